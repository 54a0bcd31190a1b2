package machine

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The feed has one row for each entry with an effect, keyed by the index of its first change. The row holds small
// pointers to records, and the index operations themselves, because an index key keeps its newest value only.

func (m *Machine) writeFeed(kv KV, first uint64, changes []Change) error {
	if len(changes) == 0 {
		return nil
	}
	b := binary.AppendUvarint(append(m.val[:0], rowVersion), uint64(changes[0].TimeMs))
	for i := range changes {
		b = appendChange(b, &changes[i])
	}
	m.val = b
	m.key = keyFeed(m.key, first)
	if err := kv.Set(m.key, b); err != nil {
		return err
	}
	return m.trimFeed(kv, first)
}

// trimFeed cuts at row boundaries without reading: the mark is the first index of a row at least feedKeep after the
// floor; when the feed has grown by feedKeep more, the mark becomes the floor.
func (m *Machine) trimFeed(kv KV, row uint64) error {
	s := &m.state
	switch {
	case s.FeedFloor == 0:
		s.FeedFloor = row
	case s.FeedMark == 0 && row-s.FeedFloor >= m.feedKeep:
		s.FeedMark = row
	case s.FeedMark != 0 && row-s.FeedMark >= m.feedKeep:
		m.key = keyFeed(m.key, s.FeedFloor)
		m.val = keyFeed(m.val, s.FeedMark)
		if err := kv.DeleteRange(m.key, m.val); err != nil {
			return err
		}
		s.FeedFloor, s.FeedMark = s.FeedMark, row
	}
	return nil
}

func appendChange(b []byte, c *Change) []byte {
	b = binary.AppendUvarint(b, uint64(c.Shard))
	b = appendBytes(b, c.Stream)
	b = binary.AppendUvarint(b, c.FirstVersion)
	b = binary.AppendUvarint(b, uint64(len(c.Records)))
	b = appendOps(b, c.Ops)
	b = binary.AppendUvarint(b, uint64(len(c.Shards)))
	for _, row := range c.Shards {
		b = appendShardRow(binary.AppendUvarint(b, uint64(row.Shard)), row)
	}
	return b
}

// pointer is a change as the feed holds it.
type pointer struct {
	change  Change
	records uint64
}

func (d *decoder) readChange() pointer {
	p := pointer{}
	p.change.Shard = ShardID(d.uvarint())
	p.change.Stream = string(d.bytes(MaxStreamName))
	p.change.FirstVersion = d.uvarint()
	p.records = d.uvarint()
	if p.records > MaxParts {
		d.fail()
	}
	p.change.Ops = d.readOps(&arena[IndexOp]{})
	if n := d.count(MaxShards); n > 0 {
		p.change.Shards = make([]ShardRow, n)
		for i := range p.change.Shards {
			p.change.Shards[i] = d.shardRow(ShardID(d.uvarint()))
		}
	}
	return p
}

// Feed calls fn for the changes with from <= index <= to, in order, until it returns false. What fn gets may be kept.
// ErrTrimmed when the feed does not reach back to from.
func Feed(r Reader, from, to uint64, fn func(Change) bool) error {
	state, err := ReadState(r)
	if err != nil {
		return err
	}
	from = max(from, 1)
	if from < state.FeedFloor {
		return ErrTrimmed
	}
	if from > to || from > state.Index {
		return nil
	}
	start, err := rowBefore(r, state.FeedFloor, from)
	if err != nil {
		return err
	}
	var fault error
	end := prefixEnd([]byte{Prefix, tabFeed})
	err = r.Scan(keyFeed(nil, start), end, func(k, v []byte) bool {
		index := binary.BigEndian.Uint64(k[2:])
		if index > to {
			return false
		}
		var more bool
		more, fault = feedRow(r, index, from, to, append([]byte(nil), v...), fn)
		return more && fault == nil
	})
	if fault != nil {
		return fault
	}
	return err
}

// feedRow hands out the changes of one row.
func feedRow(r Reader, index, from, to uint64, row []byte, fn func(Change) bool) (bool, error) {
	d := decoder{b: row}
	if err := d.version(rowVersion); err != nil {
		return false, err
	}
	timeMs := int64(d.uvarint())
	for ; len(d.b) > 0 && index <= to; index++ {
		p := d.readChange()
		if d.bad {
			return false, fmt.Errorf("feed row %d: %w", index, ErrCorrupt)
		}
		if index < from {
			continue
		}
		p.change.Index, p.change.TimeMs = index, timeMs
		if err := p.load(r); err != nil {
			return false, err
		}
		if !fn(p.change) {
			return false, nil
		}
	}
	return index <= to, nil
}

// load fetches the records a pointer stands for.
func (p *pointer) load(r Reader) error {
	if p.records == 0 {
		return nil
	}
	recs := make([][]byte, 0, p.records)
	from := p.change.FirstVersion
	err := Records(r, p.change.Stream, from, func(rec Record) bool {
		if rec.Version >= from+p.records {
			return false
		}
		recs = append(recs, append([]byte{}, rec.Data...))
		return uint64(len(recs)) < p.records
	})
	var bad *Unreadable
	if err != nil && !errors.As(err, &bad) { // one stream's fault must not end the feed for all
		return err
	}
	if uint64(len(recs)) < p.records { // a compaction deletes the oldest: an incomplete change tells nothing
		p.change.Compacted = true
		return nil
	}
	p.change.Records = recs
	return nil
}

// rowBefore finds the row that holds index: rows have unknown lengths, so it looks back in growing steps.
func rowBefore(r Reader, floor, index uint64) (uint64, error) {
	for step := uint64(1); ; step *= 4 {
		lo := floor
		if index-floor > step {
			lo = index - step
		}
		found, ok := uint64(0), false
		err := r.Scan(keyFeed(nil, lo), keyFeed(nil, index+1), func(k, _ []byte) bool {
			found, ok = binary.BigEndian.Uint64(k[2:]), true
			return true
		})
		if err != nil {
			return 0, err
		}
		if ok || lo == floor {
			return max(found, floor), nil
		}
	}
}
