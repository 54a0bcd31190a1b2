package machine

import "encoding/binary"

const rowVersion byte = 1

// metaVersion is that of a stream's meta row: from 2 on it holds who wrote the newest records.
const metaVersion byte = 2

// State is the machine's own row.
type State struct {
	Raft      uint64  // index of the last raft entry applied
	Index     uint64  // number of the last effective append or shard command
	TimeNs    int64   // cluster time of the last entry, nanoseconds since the Unix epoch
	FeedFloor uint64  // the feed reaches back to this index
	FeedMark  uint64  // the floor after the next trim
	NextShard ShardID // the next home shard
}

func (s *State) encode(b []byte) []byte {
	b = append(b[:0], rowVersion)
	b = binary.AppendUvarint(b, s.Raft)
	b = binary.AppendUvarint(b, s.Index)
	b = binary.AppendUvarint(b, uint64(s.TimeNs))
	b = binary.AppendUvarint(b, s.FeedFloor)
	b = binary.AppendUvarint(b, s.FeedMark)
	return binary.AppendUvarint(b, uint64(s.NextShard))
}

func decodeState(v []byte) (State, error) {
	d := decoder{b: v}
	if err := d.version(rowVersion); err != nil {
		return State{}, err
	}
	s := State{
		Raft: d.uvarint(), Index: d.uvarint(), TimeNs: int64(d.uvarint()),
		FeedFloor: d.uvarint(), FeedMark: d.uvarint(), NextShard: ShardID(d.uvarint()),
	}
	return s, d.end()
}

// meta is what is kept about a stream.
type meta struct {
	name        string
	version     uint64 // count of records ever appended
	first       uint64 // version of the oldest record kept
	snapshot    uint64 // version the snapshot stands for; 0: none
	incarnation uint64 // id of the last effective append
	seq         uint64
	index       uint64 // its result
	timeMs      int64
	dirty       bool // to be written at the end of the entry

	runs [keepRuns]run // who wrote the newest records, newest first
}

// keepRuns is how many of a stream's latest writers are known. A requirement is made while its writer lives, a moment
// before it is checked; one that names an older writer is refused.
const keepRuns = 3

// run is the records that one incarnation wrote one after the other: from its first to the next run's.
type run struct{ from, incarnation uint64 } // from 0: none

// wrote takes note of who wrote a record.
func (m *meta) wrote(version, incarnation uint64) {
	if m.runs[0].from != 0 && m.runs[0].incarnation == incarnation {
		return
	}
	copy(m.runs[1:], m.runs[:keepRuns-1])
	m.runs[0] = run{version, incarnation}
}

// has says whether the stream holds this version, written by this incarnation; 0: by anybody.
func (m *meta) has(version, incarnation uint64) bool {
	if version > m.version {
		return false
	}
	if incarnation == 0 {
		return true
	}
	for _, r := range m.runs {
		if r.from != 0 && version >= r.from {
			return r.incarnation == incarnation
		}
	}
	return false
}

func (m *meta) encode(b []byte) []byte {
	b = append(b[:0], metaVersion)
	b = binary.AppendUvarint(b, m.version)
	b = binary.AppendUvarint(b, m.first)
	b = binary.AppendUvarint(b, m.snapshot)
	b = binary.AppendUvarint(b, m.incarnation)
	b = binary.AppendUvarint(b, m.seq)
	b = binary.AppendUvarint(b, m.index)
	b = binary.AppendUvarint(b, uint64(m.timeMs))
	for _, r := range m.runs {
		if b = binary.AppendUvarint(b, r.from); r.from != 0 {
			b = binary.AppendUvarint(b, r.incarnation)
		}
	}
	return b
}

func (m *meta) decode(v []byte) error {
	d := decoder{b: v}
	if err := d.version(metaVersion); err != nil {
		return err
	}
	m.version, m.first, m.snapshot = d.uvarint(), d.uvarint(), d.uvarint()
	m.incarnation, m.seq = d.uvarint(), d.uvarint()
	m.index, m.timeMs = d.uvarint(), int64(d.uvarint())
	for i := range m.runs {
		if v[0] < metaVersion {
			break // nobody alive requires what was written before
		}
		if m.runs[i].from = d.uvarint(); m.runs[i].from != 0 {
			m.runs[i].incarnation = d.uvarint()
		}
	}
	return d.end()
}

// A record's value is version byte, index, time in ms, the append's id (seq first, without incarnation when that is
// 0), then its bytes.
func (r *Record) encode(b []byte) []byte {
	b = append(b[:0], rowVersion)
	b = binary.AppendUvarint(b, r.Index)
	b = binary.AppendUvarint(b, uint64(r.TimeMs))
	b = binary.AppendUvarint(b, r.seq)
	if r.seq != 0 {
		b = binary.AppendUvarint(b, r.incarnation)
	}
	return append(b, r.Data...)
}

func decodeRecord(version uint64, v []byte) (Record, error) {
	d := decoder{b: v}
	if err := d.version(rowVersion); err != nil {
		return Record{}, err
	}
	r := Record{Version: version, Index: d.uvarint(), TimeMs: int64(d.uvarint()), seq: d.uvarint()}
	if r.seq != 0 {
		r.incarnation = d.uvarint()
	}
	if d.bad {
		return Record{}, ErrCorrupt
	}
	r.Data = d.b
	return r, nil
}

// A snapshot's value is version byte, the stream's version, then the state.
func appendSnapshot(b []byte, version uint64, state []byte) []byte {
	b = binary.AppendUvarint(append(b, rowVersion), version)
	return append(b, state...)
}

func appendShardRow(b []byte, r ShardRow) []byte {
	b = binary.AppendUvarint(b, r.Node)
	b = binary.AppendUvarint(b, r.Incarnation)
	b = binary.AppendUvarint(b, r.Epoch)
	b = binary.AppendUvarint(b, r.BornNode)
	return binary.AppendUvarint(b, r.Born)
}

func (d *decoder) shardRow(s ShardID) ShardRow {
	return ShardRow{
		Shard: s, Node: d.uvarint(), Incarnation: d.uvarint(), Epoch: d.uvarint(),
		BornNode: d.uvarint(), Born: d.uvarint(),
	}
}

func decodeShardRow(s ShardID, v []byte) (ShardRow, error) {
	d := decoder{b: v}
	if err := d.version(rowVersion); err != nil {
		return ShardRow{}, err
	}
	r := d.shardRow(s)
	return r, d.end()
}
