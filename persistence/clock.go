package persistence

import (
	"sync"
	"time"

	"github.com/wirechief/wirechief/persistence/machine"
)

// clock is cluster time on this node; machine.Clock says how it goes.
type clock struct {
	wall func() time.Time

	mu   sync.Mutex
	last time.Time // reading of wall at time
	time machine.Clock
}

// start sets the clock: the wall clock, or the last entry's time if that is later.
func (c *clock) start(lastNs int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = c.wall()
	c.time.Start(c.last.UnixNano(), lastNs)
}

// advance reads the clock, in ns since the Unix epoch.
func (c *clock) advance() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read()
}

// read is advance with mu held.
func (c *clock) read() int64 {
	t := c.wall()
	elapsed := max(int64(t.Sub(c.last)), 0) // by the monotonic part
	c.last = t
	return c.time.Advance(elapsed, t.UnixNano())
}

// tick gives a time for an entry: larger than any given before.
func (c *clock) tick() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read()
	return c.time.Tick()
}

// observe takes over the time of an applied entry that is ahead: as of now, so that what has passed since the last
// reading does not count twice.
func (c *clock) observe(ns int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read()
	c.time.Observe(ns)
}
