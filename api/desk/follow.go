package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// The hub follows the journal only while somebody is connected. Without clients it keeps the state as it was when the
// last one left; the next one's coming reads what happened since from the journal's feed, or everything afresh.

// Bounds of following.
const (
	// gather is how long the hub lets changes collect before it takes them: the calls' own work goes first, and many
	// changes cost one hand-over.
	gather  = 3 * time.Millisecond
	catchUp = 4_096 // changes that are read back, so that neither a restart nor an empty office loses anybody a notice
)

// wake brings the state up to date and follows from there. Nobody is attached yet.
func (l *loop) wake() {
	j := l.h.o.Engine.Journal()
	v := j.View()
	defer v.Close()
	if l.state == nil || v.Applied()-l.state.applied > catchUp || !l.overtake(v.Applied()) {
		l.start(v)
	}
	clear(l.state.queues) // of another time
	l.h.Stats.Wakes.Add(1)
	l.follow(j.Follow(v))
}

// overtake takes over the changes up to an index from the feed; false if it does not reach back.
func (l *loop) overtake(to uint64) bool {
	err := l.h.o.Engine.Journal().Feed(l.state.applied+1, to, func(c machine.Change) bool {
		t := l.state.apply(&c)
		l.ring.add(t.out)
		if t.configured {
			l.state.dir = l.h.o.Engine.Directory()
			l.ring.reset(c.Index)
		}
		return true
	})
	l.state.applied = max(l.state.applied, to)
	return err == nil
}

// start reads the state, and the last changes back into the ring as far as the journal still has them.
func (l *loop) start(v *persistence.View) {
	dir := l.h.o.Engine.Directory()
	applied := v.Applied()
	floor := uint64(0)
	if applied > catchUp {
		floor = applied - catchUp
	}
	l.ring.reset(floor)
	past := newState(dir)
	err := l.h.o.Engine.Journal().Feed(floor+1, applied, func(c machine.Change) bool {
		t := past.apply(&c)
		if t.configured {
			l.ring.reset(c.Index)
			return true
		}
		l.ring.add(t.out)
		return true
	})
	if err != nil {
		l.ring.reset(applied)
	}
	l.state = load(v, dir)
}

// follow starts the pump; sleep ends it. What a pump that was ended still brings is of no use.
func (l *loop) follow(f *persistence.Follower) {
	ctx, stop := context.WithCancel(l.h.ctx)
	l.stop = stop
	l.h.workers.Go(func() { l.h.pump(ctx, f) })
}

// sleep stops following once nobody is there.
func (l *loop) sleep() {
	if l.stop != nil && len(l.sessions) == 0 {
		l.stop()
		l.stop = nil
		l.h.counted.Store(0)
	}
}

// pump carries the journal's changes to the hub's goroutine, as many at a time as there are.
func (h *Hub) pump(ctx context.Context, f *persistence.Follower) {
	defer func() { f.Close() }()
	now, cancel := context.WithCancel(ctx)
	cancel() // Next with it gives what is there and never waits
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		batch, err := nextBatch(ctx, now, f, pause)
		if len(batch) > 0 {
			h.do(func(l *loop) {
				if ctx.Err() == nil {
					l.changes(batch)
				}
			})
		}
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
		case errors.Is(err, persistence.ErrLagged):
			h.Stats.Lagged.Add(1)
			h.log.Warn("the hub fell behind the journal, all clients get a snapshot")
			f.Close()
			v := h.o.Engine.Journal().View()
			f = h.o.Engine.Journal().Follow(v)
			h.do(func(l *loop) {
				if ctx.Err() == nil {
					l.reload(v)
				}
			})
			v.Close()
		default:
			return
		}
	}
}

// maxBatch bounds the changes handed over at once, so that asks of sessions get their turn in between.
const maxBatch = 512

// nextBatch waits for a change, lets others gather and gives them all. The error may come with changes before it.
func nextBatch(
	ctx, now context.Context, f *persistence.Follower, pause *time.Timer,
) ([]machine.Change, error) {
	batch, err := f.Next(ctx)
	if err != nil {
		return nil, err
	}
	pause.Reset(gather)
	select {
	case <-pause.C:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	batch = slices.Clip(batch) // the journal's own
	for len(batch) < maxBatch {
		more, err := f.Next(now)
		switch {
		case errors.Is(err, context.Canceled):
			return batch, nil
		case err != nil:
			return batch, err
		}
		batch = append(batch, more...)
	}
	return batch, nil
}
