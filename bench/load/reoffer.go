package load

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wirechief/wirechief/bench/ua"
)

// Reoffer is how long a freed agent waits for the next caller in line.
type Reoffer struct {
	Agents, Waiting int
	Hold            [2]time.Duration
	Latency         Latency // from the agent's BYE out to the next INVITE in at the same phone
	CPUPerCall      time.Duration
	Failed          int
}

// reofferTimeout bounds the run.
const reofferTimeout = 90 * time.Second

// Reoffer keeps so many callers waiting and measures count re-offers.
func (r *Rig) Reoffer(ctx context.Context, waiting, count int, hold [2]time.Duration) (Reoffer, error) { //nolint:funlen // one story
	ctx, cancel := context.WithTimeout(ctx, reofferTimeout)
	defer cancel()
	out := Reoffer{Agents: r.Site.Agents, Waiting: waiting, Hold: hold}
	r.hold.Store(&hold)
	var mu sync.Mutex
	h, freed, full := newHistogram(), make(map[string]int64), false
	more, done := make(chan struct{}, waiting+r.Site.Agents), make(chan struct{})
	hungUp := func(user string, at time.Time) {
		mu.Lock()
		freed[user] = at.UnixNano()
		mu.Unlock()
		select {
		case more <- struct{}{}:
		default:
		}
	}
	rung := func(x ua.Rung) {
		mu.Lock()
		defer mu.Unlock()
		at, ok := freed[x.User]
		if !ok || full {
			return
		}
		delete(freed, x.User)
		record(h, x.At.UnixNano()-at)
		if full = h.TotalCount() >= int64(count); full {
			close(done)
		}
	}
	before, err := r.Usage()
	if err != nil {
		return out, err
	}
	first := r.book.count()
	// The line first, then the measurement, so that no freed agent ever finds it empty. One after another: a burst on a slow
	// machine is for admission to refuse.
	for range waiting + r.Site.Agents {
		c := r.dial(time.Now().UnixNano())
		select {
		case <-c.Answered():
		case <-ctx.Done():
			return out, fmt.Errorf("filling the line: %w", ctx.Err())
		}
	}
	r.onHangUp.Store(&hungUp)
	r.onRing.Store(&rung)
	for open := true; open; {
		select {
		case <-more:
			r.dial(time.Now().UnixNano())
		case <-done:
			open = false
		case <-ctx.Done():
			mu.Lock()
			n := h.TotalCount()
			mu.Unlock()
			return out, fmt.Errorf("%d of %d re-offers: %w", n, count, ctx.Err())
		}
	}
	r.onHangUp.Store(nil)
	r.onRing.Store(nil)
	after, err := r.Usage()
	if err != nil {
		return out, err
	}
	ended := 0
	for _, e := range r.book.from(first) {
		if e.ended != 0 {
			ended++
			if !e.served {
				out.Failed++
			}
		}
	}
	out.CPUPerCall = (after.CPU - before.CPU) / time.Duration(max(ended, 1))
	mu.Lock()
	out.Latency = latencyOf(h)
	mu.Unlock()
	return out, r.settle(30 * time.Second)
}
