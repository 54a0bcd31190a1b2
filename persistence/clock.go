package persistence

import (
	"sync"
	"time"
)

// slewShare is the share of elapsed time by which cluster time is drawn towards the wall clock: 1/16.
const slewShare = 16

// clock is cluster time on this node: never backward, monotonic between entries, drawn gently towards the wall clock
// so that a step of the wall clock is no step here.
type clock struct {
	wall func() time.Time

	mu   sync.Mutex
	last time.Time // reading of wall at now
	now  int64     // ns since the Unix epoch
}

// start sets the clock: the wall clock, or the last entry's time if that is later.
func (c *clock) start(lastNs int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = c.wall()
	c.now = max(c.last.UnixNano(), lastNs+1)
}

// advance reads the clock, in ns since the Unix epoch.
func (c *clock) advance() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.wall()
	elapsed := max(int64(t.Sub(c.last)), 0) // by the monotonic part
	c.last = t
	c.now += elapsed
	off := t.UnixNano() - c.now
	c.now += min(max(off, -elapsed/slewShare), elapsed/slewShare)
	return c.now
}

// tick gives a time for an entry: larger than any given before.
func (c *clock) tick() int64 {
	c.advance()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now++
	return c.now
}

// observe takes over the time of an applied entry that is ahead: as of now, so that what has passed since the last
// reading does not count twice.
func (c *clock) observe(ns int64) {
	c.advance()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = max(c.now, ns)
}
