package feed

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Bounds of what is kept for readers, and of one read.
const (
	ringItems = 16_384
	gather    = 5 * time.Millisecond // the calls' own work goes first; many changes are one waking of the readers
	scanMost  = 4_096                // changes read back from the journal at a time
	readMost  = 256                  // events of one read, and the rest of their change
)

// Engine is what the feed needs of a node; *actors.Node is one.
type Engine interface {
	Directory() *cc.Directory
	Journal() *persistence.Journal
}

// Log hands public events to any number of readers, each from its own place. While somebody reads, one goroutine
// follows the journal and translates each change once; what is older is read back from the journal.
type Log struct {
	engine Engine
	log    *slog.Logger
	facts  *facts
	Stats  Stats

	ctx     context.Context //nolint:containedctx // the lifetime of what holds it
	cancel  context.CancelFunc
	workers sync.WaitGroup

	mu      sync.Mutex
	users   int
	stop    context.CancelFunc // ends the pump; nil while nobody reads
	items   []*Item            // oldest first
	floor   uint64             // everything after it is in items, up to upto
	upto    uint64
	changed chan struct{} // closed when upto grows
}

// NewLog makes a Log; it reads nothing before somebody does.
func NewLog(e Engine, log *slog.Logger) *Log {
	l := &Log{engine: e, log: log, facts: newFacts(e), changed: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// Close ends following and all waiting. Readers end with ErrClosed.
func (l *Log) Close() {
	l.cancel()
	l.workers.Wait()
}

// ErrClosed is returned by readers of a Log that was closed.
var ErrClosed = errors.New("feed: closed")

// Reader goes through the events from its place on. Owned by one goroutine; Close it.
type Reader struct {
	l    *Log
	pos  uint64
	done bool
}

// Applied is the seq of the newest change there is.
func (l *Log) Applied() uint64 {
	v := l.engine.Journal().View()
	defer v.Close()
	return v.Applied()
}

// From makes a reader of what came after a seq. The error is a *TooOldError, or ErrAhead.
func (l *Log) From(after uint64) (*Reader, error) {
	v := l.engine.Journal().View()
	defer v.Close()
	if after > v.Applied() {
		return nil, ErrAhead
	}
	if first := v.FeedFrom(); after+1 < first {
		l.Stats.TooOld.Add(1)
		return nil, &TooOldError{first}
	}
	return l.reader(after), nil
}

// FromNow makes a reader of what comes after all there is.
func (l *Log) FromNow() *Reader { return l.reader(l.Applied()) }

func (l *Log) reader(after uint64) *Reader {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.users++; l.users == 1 && l.ctx.Err() == nil {
		l.wake()
	}
	l.Stats.Readers.Add(1)
	return &Reader{l: l, pos: after}
}

// Close ends the reader.
func (r *Reader) Close() {
	if r.done {
		return
	}
	r.done = true
	l := r.l
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Stats.Readers.Add(-1)
	if l.users--; l.users == 0 && l.stop != nil {
		l.stop()
		l.stop, l.items = nil, nil
	}
}

// Pos is the seq up to which everything was handed out.
func (r *Reader) Pos() uint64 { return r.pos }

// Back goes back to an earlier place, at the end of a change.
func (r *Reader) Back(pos uint64) { r.pos = min(r.pos, pos) }

// Next waits for changes after Pos and gives their events; none when the changes were nobody's business. All events of
// a change come together. The error is a *TooOldError, ErrClosed, or the context's.
func (r *Reader) Next(ctx context.Context) ([]*Item, error) {
	for {
		items, pos, wait, err := r.l.read(r.pos)
		if err != nil {
			return nil, err
		}
		if pos > r.pos {
			r.pos = pos
			return items, nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-r.l.ctx.Done():
			return nil, ErrClosed
		}
	}
}

// Poll is Next without waiting; more says that there may be another change already.
func (r *Reader) Poll() (items []*Item, more bool, err error) {
	items, pos, _, err := r.l.read(r.pos)
	more = err == nil && pos > r.pos
	if more {
		r.pos = pos
	}
	return items, more, err
}

// read gives the events after a place and the place they reach to; none and the same place: wait for the channel.
func (l *Log) read(after uint64) (items []*Item, pos uint64, wait <-chan struct{}, err error) {
	l.mu.Lock()
	if l.ctx.Err() != nil {
		l.mu.Unlock()
		return nil, after, nil, ErrClosed
	}
	floor, upto, wait := l.floor, l.upto, l.changed
	if after >= floor {
		items, pos = l.cut(after)
		l.mu.Unlock()
		return items, max(pos, after), wait, nil
	}
	l.mu.Unlock()
	items, pos, err = l.readBack(after, min(floor, upto))
	return items, pos, wait, err
}

// cut copies what comes after a place out of the ring, whole changes only.
func (l *Log) cut(after uint64) ([]*Item, uint64) {
	lo, hi := 0, len(l.items)
	for lo < hi {
		if mid := (lo + hi) / 2; l.items[mid].Seq <= after {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	rest := l.items[lo:]
	if len(rest) <= readMost {
		return append([]*Item(nil), rest...), l.upto
	}
	n := readMost
	for n < len(rest) && rest[n].Seq == rest[n-1].Seq {
		n++
	}
	if n == len(rest) {
		return append([]*Item(nil), rest...), l.upto
	}
	return append([]*Item(nil), rest[:n]...), rest[n-1].Seq
}

// readBack reads from the journal what the ring no longer has, at most up to a seq.
func (l *Log) readBack(after, to uint64) (items []*Item, pos uint64, err error) {
	v := l.engine.Journal().View()
	defer v.Close()
	if first := v.FeedFrom(); after+1 < first {
		l.Stats.TooOld.Add(1)
		return nil, after, &TooOldError{first}
	}
	pos = min(after+scanMost, to)
	err = v.Feed(after+1, pos, func(c machine.Change) bool {
		items = append(items, l.translate(&c)...)
		if len(items) >= readMost {
			pos = c.Index
			return false
		}
		return true
	})
	if err != nil {
		return nil, after, err
	}
	l.Stats.ReadBack.Add(uint64(len(items)))
	return items, pos, nil
}

func (l *Log) translate(c *machine.Change) []*Item {
	items := Translate(c, l.facts)
	if c.Compacted {
		l.Stats.Unreadable.Add(1)
	}
	return items
}

// wake starts following; what is older than now is read back by who needs it. Called under mu.
func (l *Log) wake() {
	j := l.engine.Journal()
	v := j.View()
	l.items, l.floor, l.upto = nil, v.Applied(), v.Applied()
	f := j.Follow(v)
	v.Close()
	ctx, stop := context.WithCancel(l.ctx)
	l.stop = stop
	l.workers.Go(func() { l.pump(ctx, f) })
}

// pump takes over the journal's changes until ctx is done or the journal is closed.
func (l *Log) pump(ctx context.Context, f *persistence.Follower) {
	defer func() { f.Close() }()
	pause := time.NewTimer(gather)
	defer pause.Stop()
	for {
		changes, err := f.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, persistence.ErrLagged):
			l.Stats.Lagged.Add(1)
			f.Close()
			f = l.skip(ctx)
			continue
		case err != nil: // the journal closes
			return
		}
		l.take(ctx, changes)
		pause.Reset(gather)
		select {
		case <-pause.C:
		case <-ctx.Done():
			return
		}
	}
}

// skip goes on from now; nothing is lost, readers find what lies between in the journal.
func (l *Log) skip(ctx context.Context) *persistence.Follower {
	j := l.engine.Journal()
	v := j.View()
	defer v.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() == nil {
		l.items, l.floor, l.upto = nil, v.Applied(), v.Applied()
		l.grown()
	}
	return j.Follow(v)
}

func (l *Log) take(ctx context.Context, changes []machine.Change) {
	var fresh []*Item
	for i := range changes {
		fresh = append(fresh, l.translate(&changes[i])...)
	}
	l.Stats.Events.Add(uint64(len(fresh)))
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return // another pump may run by now
	}
	l.items = append(l.items, fresh...)
	if over := len(l.items) - ringItems; over > 0 {
		// In steps, so that the copy is rare; whole changes only.
		n := min(over+ringItems/8, len(l.items))
		for n < len(l.items) && l.items[n].Seq == l.items[n-1].Seq {
			n++
		}
		l.floor = l.items[n-1].Seq
		l.items = append([]*Item(nil), l.items[n:]...)
	}
	l.upto = changes[len(changes)-1].Index
	l.grown()
}

func (l *Log) grown() {
	close(l.changed)
	l.changed = make(chan struct{})
}
