package persistence

import (
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/wirechief/wirechief/persistence/machine"
)

// View is one consistent state: that after the last applied entry when it was taken. Safe for concurrent use. Close
// it soon: it holds back the store's compaction. A stream that cannot be read is set aside: reading it ends early, and
// Aside tells. Any other read that fails is fatal to the journal, like a failed write.
type View struct {
	j     *Journal
	snap  *pebble.Snapshot
	state machine.State
	once  sync.Once
}

// View takes a view. The journal must not be closed before it.
func (j *Journal) View() *View {
	v := &View{j: j, snap: j.db.NewSnapshot()}
	v.read(func(r machine.Reader) (err error) {
		v.state, err = machine.ReadState(r)
		return err
	})
	return v
}

// Close ends the view.
func (v *View) Close() {
	v.once.Do(func() {
		if err := v.snap.Close(); err != nil {
			v.j.fail(fmt.Errorf("closing a view: %w", err))
		}
	})
}

func (v *View) read(fn func(machine.Reader) error) {
	r := &storeReader{r: v.snap}
	err := fn(r)
	if e := r.release(); err == nil {
		err = e
	}
	var bad *machine.Unreadable
	switch {
	case errors.As(err, &bad):
		_ = v.j.SetAside(*bad)
	case err != nil:
		v.j.fail(fmt.Errorf("reading: %w", err))
	}
}

// Aside is why the stream cannot be read, nil as far as is known: ask after reading it. See Journal.SetAside.
func (v *View) Aside(stream string) error { return v.j.Aside(stream) }

// Applied is the index of the last change in this view.
func (v *View) Applied() uint64 { return v.state.Index }

// FeedFrom is the first index whose change the feed still has.
func (v *View) FeedFrom() uint64 { return max(v.state.FeedFloor, 1) }

// TimeMs is the cluster time of the last entry in this view.
func (v *View) TimeMs() int64 { return v.state.TimeNs / 1e6 }

// FeedFloor is the first index that Feed reaches back to; 0 when nothing was ever fed.
func (v *View) FeedFloor() uint64 { return v.state.FeedFloor }

// Get reads a key of the index. The value is the caller's.
func (v *View) Get(key []byte) (value []byte, ok bool) {
	v.read(func(r machine.Reader) error {
		val, found, err := machine.Get(r, key)
		value, ok = append([]byte(nil), val...), found
		return err
	})
	return value, ok
}

// Scan gives the index keys with this prefix in order. Key and value are valid until the next step.
func (v *View) Scan(prefix []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func([]byte, []byte) bool) {
		v.read(func(r machine.Reader) error { return machine.Scan(r, prefix, yield) })
	}
}

// ScanFrom gives the index keys with this prefix from a key on, as Scan does.
func (v *View) ScanFrom(prefix, from []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func([]byte, []byte) bool) {
		v.read(func(r machine.Reader) error { return machine.ScanFrom(r, prefix, from, yield) })
	}
}

// StreamVersion is the stream's count of records, 0 if there is no such stream.
func (v *View) StreamVersion(stream string) (version uint64) {
	v.read(func(r machine.Reader) (err error) {
		version, err = machine.StreamVersion(r, stream)
		return err
	})
	return version
}

// Snapshot is the stream's newest snapshot and the version it stands for. The state is the caller's.
func (v *View) Snapshot(stream string) (state []byte, version uint64, ok bool) {
	v.read(func(r machine.Reader) error {
		s, at, found, err := machine.Snapshot(r, stream)
		state, version, ok = append([]byte(nil), s...), at, found
		return err
	})
	return state, version, ok
}

// Records gives the stream's records with version >= from (the first is 1). Data is valid until the next step.
func (v *View) Records(stream string, from uint64) iter.Seq[machine.Record] {
	return func(yield func(machine.Record) bool) {
		v.read(func(r machine.Reader) error { return machine.Records(r, stream, from, yield) })
	}
}

// Shards is the shard table, ordered by shard.
func (v *View) Shards() (rows []machine.ShardRow) {
	v.read(func(r machine.Reader) (err error) {
		rows, err = machine.Shards(r)
		return err
	})
	return rows
}

// Hash is the hash over all replicated state: for tests and for comparing replicas. It reads everything.
func (v *View) Hash() (hash uint64) {
	v.read(func(r machine.Reader) (err error) {
		hash, err = machine.Hash(r)
		return err
	})
	return hash
}

// Follow gives the changes after those that v shows. Close it.
func (j *Journal) Follow(v *View) *Follower { return j.ring.follow(v.Applied() + 1) }

// Feed calls fn for the changes with from <= index <= to in order until it returns false. What fn gets may be kept.
// ErrTrimmed if from is too old: a journal keeps at least the last machine.FeedKeep indexes.
func (j *Journal) Feed(from, to uint64, fn func(machine.Change) bool) error {
	v := j.View()
	defer v.Close()
	return v.Feed(from, to, fn)
}

// Feed is Journal.Feed as of this view.
func (v *View) Feed(from, to uint64, fn func(machine.Change) bool) error {
	r := &storeReader{r: v.snap}
	err := machine.Feed(r, from, to, fn)
	if e := r.release(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("reading the feed from %d: %w", from, err)
	}
	return nil
}
