package machine

// pointDeletes is the number of records up to which a compaction deletes one by one: range tombstones slow reads.
const pointDeletes = 256

// metaEvery is the number of records after which a stream's meta row is written again: see readMeta.
const metaEvery = 64

// stream finds what is known about a stream; a new one is at version 0.
func (m *Machine) stream(kv KV, name []byte) (*meta, error) {
	if s := m.hot[string(name)]; s != nil {
		return s, nil
	}
	s := m.cold[string(name)]
	if s == nil {
		s = &meta{}
		var err error
		if *s, err = readMeta(kv, string(name)); err != nil {
			return nil, err
		}
	}
	m.hot[s.name] = s
	return s, nil
}

// duplicate answers an append whose id took effect before. Of an earlier one than the last only the version is still
// known; its index and time are told as those of the last.
func (m *meta) duplicate(a *wireAppend) (Result, bool) {
	if a.seq == 0 || m.incarnation != a.incarnation || a.seq > m.seq {
		return Result{}, false
	}
	res := Result{Status: OK, Index: m.index, Version: m.version, TimeMs: m.timeMs}
	if a.seq < m.seq {
		res.Version = a.expect + uint64(len(a.records))
	}
	return res, true
}

// follows: the append before this one, of the same incarnation, was the stream's last. The version alone does not tell:
// what another incarnation wrote may have taken the place of an append that was refused.
func (m *meta) follows(a *wireAppend) bool {
	return a.seq <= 1 || m.incarnation == a.incarnation && m.seq == a.seq-1
}

// extend adds an append's records and snapshot to its stream.
func (m *Machine) extend(kv KV, s *meta, a *wireAppend, timeMs int64) error {
	before, fresh := s.version, s.index == 0
	rec := Record{Index: m.state.Index, TimeMs: timeMs, seq: a.seq}
	if a.seq != 0 { // without one the record keeps no id
		rec.incarnation = a.incarnation
	}
	for _, r := range a.records {
		s.version++
		s.wrote(s.version, rec.incarnation)
		rec.Data = r
		m.val = rec.encode(m.val)
		m.key = keyRecord(m.key, s.name, s.version)
		if err := kv.Set(m.key, m.val); err != nil {
			return err
		}
	}
	s.index, s.timeMs = m.state.Index, timeMs
	if a.seq != 0 {
		s.incarnation, s.seq = a.incarnation, a.seq
	}
	if row := fresh || len(a.records) == 0 || a.hasSnapshot || a.compact ||
		before/metaEvery != s.version/metaEvery; row && !s.dirty {
		s.dirty = true
		m.dirty = append(m.dirty, s)
	}
	if a.hasSnapshot {
		s.snapshot = s.version
		m.val = appendSnapshot(m.val[:0], s.version, a.snapshot)
		m.key = keySnapshot(m.key, s.name)
		if err := kv.Set(m.key, m.val); err != nil {
			return err
		}
	}
	if a.compact {
		return m.compact(kv, s)
	}
	return nil
}

// compact deletes the records that the snapshot stands for.
func (m *Machine) compact(kv KV, s *meta) error {
	from, to := s.first, s.snapshot
	if from > to {
		return nil
	}
	s.first = to + 1
	if to-from >= pointDeletes {
		m.key = keyRecord(m.key, s.name, from)
		m.val = keyRecord(m.val, s.name, to+1)
		return kv.DeleteRange(m.key, m.val)
	}
	for v := from; v <= to; v++ {
		m.key = keyRecord(m.key, s.name, v)
		if err := kv.Delete(m.key); err != nil {
			return err
		}
	}
	return nil
}
