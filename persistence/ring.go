package persistence

import (
	"context"
	"slices"
	"sync"
	"unsafe"

	"github.com/wirechief/wirechief/persistence/machine"
)

// segment is the changes of one entry.
type segment struct {
	first, last uint64
	changes     []machine.Change
	bytes       int64
}

func newSegment(changes []machine.Change, data int) segment {
	const each = int64(unsafe.Sizeof(machine.Change{})) + 64 // and about two records or operations
	return segment{
		first: changes[0].Index, last: changes[len(changes)-1].Index,
		changes: changes, bytes: int64(data) + each*int64(len(changes)),
	}
}

// ring keeps the newest changes for followers.
type ring struct {
	maxChanges int
	maxBytes   int64
	stats      *Stats

	mu        sync.Mutex
	segs      []segment
	next      uint64 // index after the newest change
	count     int
	bytes     int64
	followers map[*Follower]struct{}
	closed    bool
}

func newRing(o *Options, next uint64, stats *Stats) *ring {
	return &ring{
		maxChanges: o.RingChanges, maxBytes: o.RingBytes, stats: stats,
		next: next, followers: map[*Follower]struct{}{},
	}
}

// push adds segments, drops the oldest beyond the limits and wakes the followers.
func (r *ring) push(segs []segment) {
	if len(segs) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range segs {
		r.segs = append(r.segs, s)
		r.count += len(s.changes)
		r.bytes += s.bytes
	}
	r.next = segs[len(segs)-1].last + 1
	n := 0
	for n < len(r.segs)-1 && (r.count > r.maxChanges || r.bytes > r.maxBytes) {
		s := &r.segs[n]
		r.count -= len(s.changes)
		r.bytes -= s.bytes
		r.stats.Evicted.Add(uint64(len(s.changes)))
		*s = segment{}
		n++
	}
	r.segs = r.segs[n:]
	for f := range r.followers {
		f.signal()
	}
}

// from gives the changes from index on that are in one segment; none when there are no newer ones.
func (r *ring) from(index uint64) ([]machine.Change, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	if index >= r.next {
		return nil, nil
	}
	if len(r.segs) == 0 || index < r.segs[0].first {
		r.stats.Lagged.Add(1)
		return nil, ErrLagged
	}
	i, _ := slices.BinarySearchFunc(r.segs, index, func(s segment, index uint64) int {
		if s.last < index {
			return -1
		}
		if s.first > index {
			return 1
		}
		return 0
	})
	s := &r.segs[i]
	return s.changes[index-s.first:], nil
}

// nextIndex is the index of the change to come.
func (r *ring) nextIndex() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next
}

func (r *ring) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for f := range r.followers {
		f.signal()
	}
}

// Follower hands out changes in order, without gaps. Owned by one goroutine but for Close.
type Follower struct {
	ring *ring
	pos  uint64
	wake chan struct{}

	once sync.Once
	done chan struct{}
}

func (r *ring) follow(pos uint64) *Follower {
	f := &Follower{ring: r, pos: pos, wake: make(chan struct{}, 1), done: make(chan struct{})}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.followers[f] = struct{}{}
	return f
}

func (f *Follower) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Next waits for changes and gives some of them, at least one; they must not be written to. ErrLagged: take a new
// View and follow that. ErrClosed: the journal or the follower was closed. Else the context's error.
func (f *Follower) Next(ctx context.Context) ([]machine.Change, error) {
	for {
		select {
		case <-f.done:
			return nil, ErrClosed
		default:
		}
		changes, err := f.ring.from(f.pos)
		if err != nil {
			return nil, err
		}
		if len(changes) > 0 {
			f.pos = changes[len(changes)-1].Index + 1
			return changes, nil
		}
		select {
		case <-f.wake:
		case <-f.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Close ends the follower and wakes its Next.
func (f *Follower) Close() {
	f.once.Do(func() {
		close(f.done)
		f.ring.mu.Lock()
		defer f.ring.mu.Unlock()
		delete(f.ring.followers, f)
	})
}
