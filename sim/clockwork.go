package sim

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"

	"github.com/wirechief/wirechief/persistence/machine"
)

// Virtual time is counted in nanoseconds since the start of a run.
const (
	us  = int64(time.Microsecond)
	ms  = int64(time.Millisecond)
	sec = int64(time.Second)
)

// event is something that will happen.
type event struct {
	at   int64
	seq  uint64 // order among events of one instant
	fn   func() // nil: cancelled
	heap int
}

// agenda is a heap of events.
type agenda []*event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if a[i].at != a[j].at {
		return a[i].at < a[j].at
	}
	return a[i].seq < a[j].seq
}
func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].heap, a[j].heap = i, j
}

// Push implements heap.Interface.
func (a *agenda) Push(x any) {
	e := x.(*event)
	e.heap = len(*a)
	*a = append(*a, e)
}

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	e := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	e.heap = -1
	return e
}

// after makes fn happen d from now.
func (w *World) after(d int64, fn func()) *event {
	w.seq++
	e := &event{at: w.now + max(d, 0), seq: w.seq, fn: fn}
	heap.Push(&w.agenda, e)
	return e
}

// place puts an event that has happened, or never was, on the agenda once more.
func (w *World) place(e *event, d int64, fn func()) {
	w.seq++
	e.at, e.seq, e.fn = w.now+max(d, 0), w.seq, fn
	heap.Push(&w.agenda, e)
}

// cancel takes back an event that may have happened already.
func (w *World) cancel(e *event) {
	if e != nil && e.fn != nil && e.heap >= 0 {
		heap.Remove(&w.agenda, e.heap)
		e.fn = nil
	}
}

// dice are one source of chance. Each person and each part of the world has its own, so that taking one out of a plan
// leaves the others as they were.
type dice struct{ *rand.Rand }

func newDice(seed uint64, what string, n int) dice {
	h := uint64(14695981039346656037)
	for _, c := range []byte(what) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return dice{rand.New(rand.NewPCG(seed, h+uint64(n)*0x9e3779b97f4a7c15))}
}

// chance is true with probability p.
func (d dice) chance(p float64) bool { return p > 0 && d.Float64() < p }

// between draws from [lo, hi).
func (d dice) between(lo, hi int64) int64 {
	if hi <= lo {
		return lo
	}
	return lo + d.Int64N(hi-lo)
}

// exponential draws a time between events of a Poisson process.
func (d dice) exponential(mean float64) float64 { return d.ExpFloat64() * mean }

// logNormal draws from the log-normal distribution with this median; sigma is the spread of the logarithm.
func (d dice) logNormal(median int64, sigma float64) int64 {
	return int64(float64(median) * math.Exp(sigma*d.NormFloat64()))
}

// seed16 is what a step derives its ids from.
func (d dice) seed16() []byte {
	b := make([]byte, 16)
	x, y := d.Uint64(), d.Uint64()
	for i := range 8 {
		b[i], b[8+i] = byte(x>>(8*i)), byte(y>>(8*i))
	}
	return b
}

// clock is cluster time on one node, with a wall clock that may be wrong.
type clock struct {
	w      *World
	wallBy int64 // how far the wall clock is off
	last   int64 // true time of the last reading
	time   machine.Clock
}

func (c *clock) wall() int64 { return epochNs + c.w.now + c.wallBy }

// start: a process that is alone begins with the wall clock, one that joins others with their time.
func (c *clock) start(lastNs int64, joins bool) {
	c.last = c.w.now
	wall := c.wall()
	if joins {
		wall = lastNs
	}
	c.time.Start(wall, lastNs)
}

func (c *clock) ns() int64 {
	elapsed := c.w.now - c.last
	c.last = c.w.now
	return c.time.Advance(elapsed, c.wall())
}

func (c *clock) tick() int64 {
	c.ns()
	return c.time.Tick()
}

func (c *clock) observe(ns int64) {
	c.ns()
	c.time.Observe(ns)
}

// epochNs is when every run begins: 2027-01-15 08:00 UTC.
const epochNs = 1_800_000_000 * int64(time.Second)
