package load

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/wirechief/wirechief/bench/ua"
)

// entry is one call as the generator saw it; times are wall clock in ns, 0 = never.
type entry struct {
	call             *ua.Call
	due, sent, rung  int64
	ended            int64
	answered, served bool // served: answered, rung, and hung up by the agent
	final            int
}

// book keeps the calls of a run by number; the number is part of the caller's telephone number, by which the phone's
// INVITE is paired with the caller's.
type book struct {
	mu      sync.Mutex
	entries []entry   // guarded by mu
	open    int       // calls not ended; guarded by mu
	idle    sync.Cond // open is 0
	rings   int       // INVITEs at phones; guarded by mu
	strange int       // INVITEs at phones for no call of ours; guarded by mu
}

func newBook() *book {
	b := &book{}
	b.idle.L = &b.mu
	return b
}

// callerOf gives the n-th caller's number, numberOf reads it back.
func callerOf(n int) string { return fmt.Sprintf("+1555%07d", n) }

func numberOf(caller string) (int, bool) {
	if len(caller) < 7 {
		return 0, false
	}
	n, err := strconv.Atoi(caller[len(caller)-7:])
	return n, err == nil && n >= 0
}

// add makes room for a call that is due.
func (b *book) add(due int64) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append(b.entries, entry{due: due})
	b.open++
	return len(b.entries) - 1
}

func (b *book) sent(n int, c *ua.Call, at int64) {
	b.mu.Lock()
	b.entries[n].call, b.entries[n].sent = c, at
	b.mu.Unlock()
}

func (b *book) rung(r ua.Rung) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rings++
	n, ok := numberOf(r.From)
	if !ok || n >= len(b.entries) {
		b.strange++
		return
	}
	if e := &b.entries[n]; e.rung == 0 {
		e.rung = r.At.UnixNano()
	}
}

func (b *book) end(r ua.CallResult) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := numberOf(r.From)
	if !ok || n >= len(b.entries) || b.entries[n].ended != 0 {
		return
	}
	e := &b.entries[n]
	e.ended, e.final, e.answered = time.Now().UnixNano(), r.Final, !r.Answered.IsZero()
	e.served = e.answered && r.Released && e.rung != 0
	if b.open--; b.open == 0 {
		b.idle.Broadcast()
	}
}

// drain waits until no call is open or the time is over.
func (b *book) drain(wait time.Duration) bool {
	late := false
	timer := time.AfterFunc(wait, func() {
		b.mu.Lock()
		late = true
		b.mu.Unlock()
		b.idle.Broadcast()
	})
	defer timer.Stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.open > 0 && !late {
		b.idle.Wait()
	}
	return b.open == 0
}

// left are the calls that have not ended.
func (b *book) left() (out []*ua.Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.entries {
		if e := &b.entries[i]; e.ended == 0 && e.call != nil {
			out = append(out, e.call)
		}
	}
	return out
}

// from gives a copy of the calls from the n-th on.
func (b *book) from(n int) []entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]entry(nil), b.entries[n:]...)
}

func (b *book) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.entries)
}

// Latency is a distribution in short.
type Latency struct {
	Count         int64
	P50, P99, Max time.Duration
}

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, int64(2*time.Minute), 3) }

func latencyOf(h *hdrhistogram.Histogram) Latency {
	return Latency{
		h.TotalCount(), time.Duration(h.ValueAtQuantile(50)), time.Duration(h.ValueAtQuantile(99)), time.Duration(h.Max()),
	}
}

func record(h *hdrhistogram.Histogram, ns int64) {
	_ = h.RecordValue(min(max(ns, 1), int64(2*time.Minute)))
}
