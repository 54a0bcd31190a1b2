package sip

import (
	"sync"
	"time"

	"github.com/wirechief/wirechief/sip/leg"
)

// Timers of a final response over an unreliable transport (RFC 3261 17.2.1, timer G).
const (
	t1        = 500 * time.Millisecond
	t2        = 4 * time.Second
	finalTime = 64 * t1
)

// maxFinals bounds the finals repeated at a time; beyond it they are sent once and to retransmissions.
const maxFinals = 4096

// final is a response given by Reply to an INVITE. After our 100 the caller does not retransmit, so it is repeated
// until the ACK.
type final struct {
	data []byte
	to   leg.Dest

	mu    sync.Mutex
	timer *time.Timer // nil when not repeating; guarded by mu
	acked bool        // guarded by mu
}

// repeatFinal starts timer G.
func (e *Endpoint) repeatFinal(f *final) {
	if f.to.Reliable() {
		return
	}
	if e.finals.Add(1) > maxFinals {
		e.finals.Add(-1)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	wait, spent := t1, t1
	f.timer = time.AfterFunc(wait, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.acked || e.state.Load() != 1 {
			return
		}
		if spent >= finalTime {
			e.Stats.FinalsLost.Add(1)
			f.end(e)
			return
		}
		e.Stats.FinalsRepeated.Add(1)
		_ = e.Send(f.to, f.data) // counted there; the next repeat follows anyway
		wait = min(2*wait, t2)
		spent += wait
		f.timer.Reset(wait)
	})
}

// ack ends the repeats.
func (f *final) ack(e *Endpoint) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.acked {
		f.end(e)
	}
}

// end stops the timer; mu is held.
func (f *final) end(e *Endpoint) {
	f.acked = true
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
		e.finals.Add(-1)
	}
}
