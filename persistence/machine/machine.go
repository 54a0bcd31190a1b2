package machine

import (
	"errors"
	"fmt"
)

// FeedKeep is the number of indexes the feed reaches back at least; at most it is twice that.
const FeedKeep = 1 << 20

// metaGeneration is the number of streams remembered per generation: at most two generations are in memory.
const metaGeneration = 1 << 16

// Machine is the part of replicated state that is kept in memory for speed, over a KV that holds all of it. Owned by
// one goroutine.
type Machine struct {
	state    State
	shards   map[ShardID]ShardRow
	feedKeep uint64

	hot, cold map[string]*meta // streams by name: used since the last turn of Evict, before that
	dirty     []*meta          // in order of their first change in this entry

	recs arena[[]byte]
	ops  arena[IndexOp]
	chgs arena[Change]

	lastChanges int // of the last entry

	in       wireAppend
	key, val []byte // scratch
}

// Applied is what an entry did.
type Applied struct {
	Header  Header     // as proposed; zero for an entry without content
	TimeMs  int64      // cluster time of the entry
	Results []Result   // one for each append, or one for the shard command; reused by the next Apply
	Changes []Change   // of those with an effect, in order; may be kept
	Rows    []ShardRow // after a shard command: what its node incarnation owns
}

// Load reads the machine's state; an empty map gives the initial state.
func Load(r Reader) (*Machine, error) {
	m := &Machine{
		shards: map[ShardID]ShardRow{}, feedKeep: FeedKeep,
		hot: map[string]*meta{}, cold: map[string]*meta{},
		recs: arena[[]byte]{block: 512}, ops: arena[IndexOp]{block: 256}, chgs: arena[Change]{block: 256},
	}
	var err error
	if m.state, err = ReadState(r); err != nil {
		return nil, fmt.Errorf("reading machine state: %w", err)
	}
	rows, err := Shards(r)
	if err != nil {
		return nil, fmt.Errorf("reading shard table: %w", err)
	}
	for _, row := range rows {
		m.shards[row.Shard] = row
	}
	return m, nil
}

// State is the machine's own row as of the last Apply.
func (m *Machine) State() State { return m.state }

// Evict bounds memory. Call it when everything written to the KV so far can be read back.
func (m *Machine) Evict() {
	if len(m.hot) >= metaGeneration {
		m.cold, m.hot = m.hot, make(map[string]*meta, metaGeneration)
	}
}

// Apply makes a committed entry's changes. index is its raft index. An error means that this replica must stop: the
// entry is corrupt or the KV failed, and the KV may hold a part of the entry.
func (m *Machine) Apply(kv KV, index uint64, entry []byte, out *Applied) error {
	out.Header, out.Results, out.Changes, out.Rows = Header{}, out.Results[:0], nil, nil
	if index <= m.state.Raft {
		return fmt.Errorf("applying entry %d after %d: %w", index, m.state.Raft, ErrCorrupt)
	}
	m.state.Raft = index
	if len(entry) > 0 {
		if err := m.applyEntry(kv, entry, out); err != nil {
			return fmt.Errorf("applying entry %d: %w", index, err)
		}
	}
	out.TimeMs = m.state.TimeNs / 1e6
	m.val = m.state.encode(m.val)
	m.key = keyState(m.key)
	return kv.Set(m.key, m.val)
}

func (m *Machine) applyEntry(kv KV, entry []byte, out *Applied) error {
	d := decoder{b: entry}
	kind, h, err := d.readHeader()
	if err != nil {
		return err
	}
	out.Header = h
	m.state.TimeNs = max(m.state.TimeNs+1, h.TimeNs)
	first := m.state.Index + 1
	if kind == kindShards {
		err = m.applyShards(kv, &d, out)
	} else {
		err = m.applyAppends(kv, &d, out)
	}
	if err != nil {
		return err
	}
	for _, s := range m.dirty {
		s.dirty = false
		m.val = s.encode(m.val)
		m.key = keyMeta(m.key, s.name)
		if err := kv.Set(m.key, m.val); err != nil {
			return err
		}
	}
	m.dirty = m.dirty[:0]
	m.lastChanges = len(out.Changes)
	return m.writeFeed(kv, first, out.Changes)
}

func (m *Machine) applyAppends(kv KV, d *decoder, out *Applied) error {
	m.lastChanges = min(m.lastChanges, len(d.b)/32+1) // a guess for a large entry must not be a small one's cost
	for len(d.b) > 0 {
		if err := d.readAppend(&m.in, &m.recs, &m.ops); err != nil {
			return err
		}
		res, err := m.applyAppend(kv, &m.in, out)
		if err != nil {
			return err
		}
		out.Results = append(out.Results, res)
	}
	return nil
}

// applyAppend checks one append and makes its changes.
func (m *Machine) applyAppend(kv KV, a *wireAppend, out *Applied) (Result, error) {
	var s *meta
	if len(a.stream) > 0 {
		var err error
		if s, err = m.stream(kv, a.stream); err != nil {
			return damaged(err)
		}
		if res, dup := s.duplicate(a); dup {
			return res, nil
		}
	}
	if reason, err := m.refuse(kv, a, s); err != nil {
		return damaged(err)
	} else if reason != NoReason {
		return Result{Status: Refused, Reason: reason}, nil
	}
	m.state.Index++
	timeMs := m.state.TimeNs / 1e6
	res := Result{Status: OK, Index: m.state.Index, TimeMs: timeMs}
	c := Change{Index: m.state.Index, TimeMs: timeMs, Shard: a.shard, Records: a.records, Ops: a.ops}
	if s != nil {
		c.Stream, c.FirstVersion = s.name, s.version+1
		if err := m.extend(kv, s, a, timeMs); err != nil {
			return Result{}, err
		}
		res.Version = s.version
	}
	for i := range a.ops {
		op := &a.ops[i]
		m.key = keyIndex(m.key, op.Key)
		var err error
		if op.Delete {
			err = kv.Delete(m.key)
		} else {
			err = kv.Set(m.key, op.Value)
		}
		if err != nil {
			return Result{}, err
		}
	}
	m.addChange(out, c)
	return res, nil
}

// damaged refuses an append to a stream that cannot be read; any other error stops the replica. A replica that has
// peers must be built again from one of them instead: what it refuses they take.
func damaged(err error) (Result, error) {
	if _, ok := errors.AsType[*Unreadable](err); ok {
		return Result{Status: Refused, Reason: Damaged}, nil
	}
	return Result{}, err
}

// addChange adds to the entry's changes: one slice, cut from the arena with the last entry's
// length as the guess.
func (m *Machine) addChange(out *Applied, c Change) {
	if out.Changes == nil {
		out.Changes = m.chgs.take(max(1, m.lastChanges))[:0]
	}
	out.Changes = append(out.Changes, c)
}

// refuse gives the reason against an append that is not a duplicate.
func (m *Machine) refuse(kv KV, a *wireAppend, s *meta) (Reason, error) {
	row, ok := m.shards[a.shard]
	switch {
	case !ok:
		return UnknownShard, nil
	case row.Epoch != a.epoch:
		return StaleEpoch, nil
	case s != nil && (s.version != a.expect || !s.follows(a)):
		return VersionConflict, nil
	}
	for _, r := range a.requires {
		other, err := m.stream(kv, r.stream)
		if err != nil {
			return NoReason, err
		}
		if !other.has(r.version, r.incarnation) {
			return RequireFailed, nil
		}
	}
	return NoReason, nil
}
