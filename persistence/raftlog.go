package persistence

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
)

// raftLog is raft's Storage: the log on Pebble, with the entries that are not yet applied in memory too.
type raftLog struct {
	db     *pebble.DB
	hard   *raftpb.HardState // as read at Open
	voters []uint64

	mu        sync.Mutex
	trunc     uint64 // last index cut; its term
	truncTerm uint64
	last      uint64 // last index stored
	lastTerm  uint64
	tail      []*raftpb.Entry // the newest entries, up to last
	bytes     int64           // of the entries on disk, about
	sizes     []int64         // bytes of each entry after trunc, in order
}

// An entry's value is type, term, then its data.
func putEntry(b *pebble.Batch, e *raftpb.Entry) error {
	data := e.GetData()
	var term [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(term[:], e.GetTerm())
	op := b.SetDeferred(keyEntryLen, 1+n+len(data))
	keyEntry(op.Key, e.GetIndex())
	op.Value[0] = byte(e.GetType())
	copy(op.Value[1:], term[:n])
	copy(op.Value[1+n:], data)
	return op.Finish()
}

// entryCost is what an entry takes beside its data, about.
const entryCost = 24

func entrySize(e *raftpb.Entry) int64 { return int64(len(e.GetData())) + entryCost }

// entryHead is an entry without its data.
type entryHead struct {
	index, term uint64
	kind        raftpb.EntryType
}

// splitEntry reads an entry's value; data is a part of it.
func splitEntry(index uint64, v []byte) (h entryHead, data []byte, err error) {
	if len(v) < 2 {
		return h, nil, fmt.Errorf("raft entry %d: %w", index, ErrFormat)
	}
	term, n := binary.Uvarint(v[1:])
	if n <= 0 {
		return h, nil, fmt.Errorf("raft entry %d: %w", index, ErrFormat)
	}
	return entryHead{index, term, raftpb.EntryType(v[0])}, v[1+n:], nil
}

// loadLog reads the log's bounds.
func loadLog(db *pebble.DB, voters []uint64) (*raftLog, error) {
	l := &raftLog{db: db, voters: voters}
	var n [3]uint64
	if err := getNumbers(db, keyHard, n[:3]); err != nil {
		return nil, err
	}
	l.hard = &raftpb.HardState{Term: new(n[0]), Vote: new(n[1]), Commit: new(n[2])}
	if err := getNumbers(db, keyTrunc, n[:2]); err != nil {
		return nil, err
	}
	l.trunc, l.truncTerm = n[0], n[1]
	l.last, l.lastTerm = l.trunc, l.truncTerm
	err := l.scan(l.trunc+1, ^uint64(0), func(h entryHead, data []byte) bool {
		l.last, l.lastTerm = h.index, h.term
		l.sizes = append(l.sizes, int64(len(data))+entryCost)
		l.bytes += int64(len(data)) + entryCost
		return true
	})
	return l, err
}

// iterate reads stored entries in [lo, hi).
func (l *raftLog) iterate(lo, hi uint64, fn func(*raftpb.Entry) bool) error {
	return l.scan(lo, hi, func(h entryHead, data []byte) bool {
		e := &raftpb.Entry{Term: &h.term, Index: &h.index, Type: &h.kind}
		if len(data) > 0 {
			e.Data = append([]byte(nil), data...)
		}
		return fn(e)
	})
}

// scan reads stored entries in [lo, hi); a gap is an error. Data is valid until fn returns.
func (l *raftLog) scan(lo, hi uint64, fn func(h entryHead, data []byte) bool) error {
	it, err := l.db.NewIter(&pebble.IterOptions{LowerBound: keyEntry(nil, lo), UpperBound: keyEntry(nil, hi)})
	if err != nil {
		return fmt.Errorf("reading raft log: %w", err)
	}
	want := lo
	for ok := it.First(); ok; ok = it.Next() {
		h, data, err := splitEntry(binary.BigEndian.Uint64(it.Key()[2:]), it.Value())
		if err == nil && h.index != want {
			err = fmt.Errorf("raft log: entry %d where %d should be: %w", h.index, want, ErrFormat)
		}
		if err != nil {
			_ = it.Close() // the fault found first is the one to tell
			return err
		}
		want++
		if !fn(h, data) {
			break
		}
	}
	if err := it.Close(); err != nil {
		return fmt.Errorf("reading raft log: %w", err)
	}
	return nil
}

// appended takes note of entries just made durable. They replace what was there from their first index on.
func (l *raftLog) appended(ents []*raftpb.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := ents[0].GetIndex()
	if first <= l.last {
		keep := first - l.trunc - 1
		for _, s := range l.sizes[keep:] {
			l.bytes -= s
		}
		l.sizes = l.sizes[:keep]
		if n := len(l.tail); n > 0 && l.tail[0].GetIndex() < first {
			l.tail = l.tail[:first-l.tail[0].GetIndex()]
		} else {
			l.tail = l.tail[:0]
		}
	}
	for _, e := range ents {
		l.tail = append(l.tail, e)
		l.sizes = append(l.sizes, entrySize(e))
		l.bytes += entrySize(e)
	}
	l.last, l.lastTerm = ents[len(ents)-1].GetIndex(), ents[len(ents)-1].GetTerm()
}

// applied lets go of the entries in memory up to index.
func (l *raftLog) applied(index uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for n < len(l.tail) && l.tail[n].GetIndex() <= index {
		l.tail[n] = nil
		n++
	}
	l.tail = l.tail[n:]
}

// cut decides how far the log may go, given the applied index: 0 for nothing to do.
func (l *raftLog) cut(applied uint64, keep int, keepBytes int64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sizes) < keep && l.bytes < keepBytes || applied <= l.trunc {
		return 0
	}
	return applied
}

// cutDone takes note that the log was cut up to index.
func (l *raftLog) cutDone(index, term uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := index - l.trunc
	for _, s := range l.sizes[:n] {
		l.bytes -= s
	}
	l.sizes = l.sizes[n:]
	l.trunc, l.truncTerm = index, term
}

// InitialState implements raft.Storage.
func (l *raftLog) InitialState() (*raftpb.HardState, *raftpb.ConfState, error) {
	return l.hard, &raftpb.ConfState{Voters: l.voters}, nil
}

// Entries implements raft.Storage.
func (l *raftLog) Entries(lo, hi, maxSize uint64) ([]*raftpb.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case lo <= l.trunc:
		return nil, raft.ErrCompacted
	case hi > l.last+1:
		return nil, raft.ErrUnavailable
	}
	var out []*raftpb.Entry
	size := uint64(0)
	add := func(e *raftpb.Entry) bool {
		if size += uint64(entrySize(e)); size > maxSize && len(out) > 0 {
			return false
		}
		out = append(out, e)
		return true
	}
	mem := l.last + 1
	if len(l.tail) > 0 {
		mem = l.tail[0].GetIndex()
	}
	if lo < mem {
		stop := min(hi, mem)
		if err := l.iterate(lo, stop, add); err != nil {
			return nil, err
		}
		if uint64(len(out)) < stop-lo {
			return out, nil
		}
	}
	for i := max(lo, mem); i < hi; i++ {
		if !add(l.tail[i-mem]) {
			break
		}
	}
	return out, nil
}

// Term implements raft.Storage.
func (l *raftLog) Term(i uint64) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case i == l.trunc:
		return l.truncTerm, nil
	case i < l.trunc:
		return 0, raft.ErrCompacted
	case i > l.last:
		return 0, raft.ErrUnavailable
	case i == l.last:
		return l.lastTerm, nil
	}
	if len(l.tail) > 0 && i >= l.tail[0].GetIndex() {
		return l.tail[i-l.tail[0].GetIndex()].GetTerm(), nil
	}
	var term uint64
	err := l.iterate(i, i+1, func(e *raftpb.Entry) bool { term = e.GetTerm(); return true })
	return term, err
}

// LastIndex implements raft.Storage.
func (l *raftLog) LastIndex() (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last, nil
}

// FirstIndex implements raft.Storage.
func (l *raftLog) FirstIndex() (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trunc + 1, nil
}

// Snapshot implements raft.Storage. A group of one never asks.
func (l *raftLog) Snapshot() (*raftpb.Snapshot, error) {
	return nil, raft.ErrSnapshotTemporarilyUnavailable
}
