package machine

// SlewShare is the share of elapsed time by which cluster time is drawn towards the wall clock: 1/16.
const SlewShare = 16

// Clock is the reckoning of cluster time on one node: never backward, monotonic between entries, drawn gently towards
// the wall clock so that a step of the wall clock is no step here. It reads no clock itself. All times are ns; Now since
// the Unix epoch.
type Clock struct{ Now int64 }

// Start sets the clock: the wall clock, or the last entry's time if that is later.
func (c *Clock) Start(wall, last int64) { c.Now = max(wall, last+1) }

// Advance takes in how much time has passed since it was called last, and what the wall clock says now.
func (c *Clock) Advance(elapsed, wall int64) int64 {
	c.Now += elapsed
	off := wall - c.Now
	c.Now += min(max(off, -elapsed/SlewShare), elapsed/SlewShare)
	return c.Now
}

// Tick gives a time for an entry: larger than any given before.
func (c *Clock) Tick() int64 {
	c.Now++
	return c.Now
}

// Observe takes over the time of an applied entry that is ahead. Advance comes first, so that what has passed does not
// count twice.
func (c *Clock) Observe(ns int64) { c.Now = max(c.Now, ns) }

// Soonest is the least time a stopwatch shows while cluster time goes on by d: that much faster it may run.
func Soonest(d int64) int64 { return d - d/(SlewShare+1) }
