package persistence

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/wirechief/wirechief/persistence/machine"
)

// Derived is a key space of this node's own for what is computed from the journal and can be computed again: it is not
// replicated and not synced. After a crash the store holds a prefix of what was written, in the order of writing, the
// journal's own rows included: so what is derived never stands for more than the journal holds. Safe for concurrent use.
type Derived struct {
	j      *Journal
	prefix []byte
}

// DerivedOp writes one key, or deletes it when Value is nil.
type DerivedOp struct{ Key, Value []byte }

// Derived gives the key space of a name, which is for ever and has no NUL.
func (j *Journal) Derived(name string) *Derived {
	return &Derived{j: j, prefix: append(append(keyDerived(), name...), 0)}
}

func (d *Derived) key(key []byte) []byte {
	return append(d.prefix[:len(d.prefix):len(d.prefix)], key...)
}

// end is the key after all of this space: its prefix ends with NUL.
func (d *Derived) end() []byte {
	end := append([]byte(nil), d.prefix...)
	end[len(end)-1] = 1
	return end
}

// Write does all or nothing, without waiting for the disk.
func (d *Derived) Write(ops []DerivedOp) error {
	b := d.j.db.NewBatch()
	defer func() { _ = b.Close() }()
	for _, op := range ops {
		var err error
		if op.Value == nil {
			err = b.Delete(d.key(op.Key), nil)
		} else {
			err = b.Set(d.key(op.Key), op.Value, nil)
		}
		if err != nil {
			return fmt.Errorf("writing what is derived: %w", err)
		}
	}
	return d.commit(b)
}

// Clear deletes everything.
func (d *Derived) Clear() error {
	b := d.j.db.NewBatch()
	defer func() { _ = b.Close() }()
	if err := b.DeleteRange(d.prefix, d.end(), nil); err != nil {
		return fmt.Errorf("clearing what is derived: %w", err)
	}
	return d.commit(b)
}

func (d *Derived) commit(b *pebble.Batch) error {
	d.j.stats.DerivedBytes.Add(uint64(b.Len()))
	if err := b.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("writing what is derived: %w", err)
	}
	return d.j.failure() // Pebble tells a failed commit to its logger only
}

// DerivedView is what was written when it was taken. Owned by one goroutine; close it soon.
type DerivedView struct {
	d    *Derived
	snap *pebble.Snapshot
}

// View takes a view. The journal must not be closed before it.
func (d *Derived) View() *DerivedView { return &DerivedView{d: d, snap: d.j.db.NewSnapshot()} }

// Close ends the view.
func (v *DerivedView) Close() {
	if err := v.snap.Close(); err != nil {
		v.d.j.fail(fmt.Errorf("closing a view: %w", err))
	}
}

// Get reads a key; the value is the caller's, nil when there is none. An error says that it is damaged: make it again.
func (v *DerivedView) Get(key []byte) ([]byte, error) {
	value, closer, err := v.snap.Get(v.d.key(key))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is derived: %w", damage(err))
	}
	defer func() { _ = closer.Close() }()
	return append([]byte{}, value...), nil
}

// Scan calls fn for the keys with from <= key < to in order until it returns false; to nil: to the end. Key and value
// are valid until it returns.
func (v *DerivedView) Scan(from, to []byte, fn func(key, value []byte) bool) error {
	end := v.d.end()
	if to != nil {
		end = v.d.key(to)
	}
	r := storeReader{r: v.snap}
	n := len(v.d.prefix)
	err := r.Scan(v.d.key(from), end, func(k, value []byte) bool { return fn(k[n:], value) })
	if err != nil {
		return fmt.Errorf("reading what is derived: %w", err)
	}
	return nil
}

// FollowFrom gives the changes from an index on. Close it. Its Next says ErrLagged when they are no longer in memory:
// then Feed may have them.
func (j *Journal) FollowFrom(index uint64) *Follower { return j.ring.follow(index) }

// Applied is the index of the newest change that can be read.
func (j *Journal) Applied() uint64 { return j.ring.nextIndex() - 1 }

// RecordsOf reads a whole stream in a view of its own; fn gets what is valid until it returns. See View.Records.
func (j *Journal) RecordsOf(stream string, fn func(machine.Record) bool) error {
	v := j.View()
	defer v.Close()
	for r := range v.Records(stream, 1) {
		if !fn(r) {
			break
		}
	}
	return v.Aside(stream)
}
