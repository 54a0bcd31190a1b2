package machine

import "bytes"

// wireAppend is an Append as it lies in an entry: nothing is copied.
type wireAppend struct {
	shard         ShardID
	epoch         uint64
	stream        []byte
	expect        uint64
	incarnation   uint64
	seq           uint64
	requires      []wireRequire // valid until the next append is read
	records       [][]byte
	ops           []IndexOp
	snapshot      []byte
	hasSnapshot   bool
	compact       bool
	requireBuffer []wireRequire
}

type wireRequire struct {
	stream               []byte
	version, incarnation uint64
}

// readHeader reads an entry up to its body.
func (d *decoder) readHeader() (kind byte, h Header, err error) {
	if len(d.b) > 0 {
		d.entry = d.b[0]
	}
	if err := d.version(entryVersion); err != nil {
		return 0, h, err
	}
	kind = d.byte()
	h = Header{Node: d.uvarint(), Boot: d.uvarint(), Number: d.uvarint(), TimeNs: int64(d.uvarint())}
	if d.bad || h.TimeNs < 0 {
		return 0, h, ErrCorrupt
	}
	if kind != kindAppends && kind != kindShards {
		return 0, h, ErrVersion
	}
	return kind, h, nil
}

// DecodeHeader reads the header of an entry.
func DecodeHeader(entry []byte) (Header, error) {
	d := decoder{b: entry}
	_, h, err := d.readHeader()
	return h, err
}

func (d *decoder) streamName() []byte {
	s := d.bytes(MaxStreamName)
	if bytes.IndexByte(s, 0) >= 0 {
		d.fail()
	}
	return s
}

// readAppend reads the next append. Its records and ops come from the arenas.
func (d *decoder) readAppend(w *wireAppend, recs *arena[[]byte], ops *arena[IndexOp]) error {
	flags := d.byte()
	shard := d.uvarint()
	if flags&^flagsAll != 0 || shard > uint64(^ShardID(0)) {
		return ErrCorrupt
	}
	w.shard, w.epoch = ShardID(shard), d.uvarint()
	w.stream, w.expect = d.streamName(), d.uvarint()
	w.incarnation, w.seq = d.uvarint(), d.uvarint()
	w.compact, w.hasSnapshot = flags&flagCompact != 0, flags&flagSnapshot != 0

	w.requireBuffer = w.requireBuffer[:0]
	for n := d.count(MaxParts); n > 0; n-- {
		r := wireRequire{stream: d.streamName(), version: d.uvarint()}
		if d.entry >= entryWithWriters {
			r.incarnation = d.uvarint()
		}
		w.requireBuffer = append(w.requireBuffer, r)
	}
	w.requires = w.requireBuffer
	w.records = recs.take(d.count(MaxParts))
	for i := range w.records {
		w.records[i] = d.bytes(MaxAppend)
	}
	w.ops = d.readOps(ops)
	w.snapshot = nil
	if w.hasSnapshot {
		w.snapshot = d.bytes(MaxAppend)
	}
	if d.bad || len(w.stream) == 0 && (len(w.records) > 0 || w.hasSnapshot || w.compact || w.seq != 0) {
		return ErrCorrupt
	}
	return nil
}

func (d *decoder) readOps(arena *arena[IndexOp]) []IndexOp {
	ops := arena.take(d.count(MaxParts))
	for i := range ops {
		switch d.byte() {
		case 0:
			ops[i] = IndexOp{Key: d.bytes(MaxKey), Value: d.bytes(MaxAppend)}
		case 1:
			ops[i] = IndexOp{Key: d.bytes(MaxKey), Delete: true}
		default:
			d.fail()
		}
		if len(ops[i].Key) == 0 {
			d.fail()
		}
	}
	return ops
}

func (d *decoder) readShardCommand() (ShardCommand, error) {
	c := ShardCommand{Op: ShardOp(d.byte()), Node: d.uvarint(), Incarnation: d.uvarint()}
	if err := d.end(); err != nil {
		return c, err
	}
	if c.Op < ClaimHash || c.Op > MoveFormer {
		return c, ErrVersion
	}
	if c.Node == 0 || c.Incarnation == 0 {
		return c, ErrCorrupt
	}
	return c, nil
}
