package actors

import (
	"sync"
	"time"
)

// governor refuses new calls while this node is behind, so that those it takes are served in time: past its highest
// rate a node that takes everything serves hardly anything. A new call is under way from its INVITE to its record. When
// even the quickest of an interval took longer than the target, work is queueing everywhere and not just in a burst
// (the idea of CoDel, RFC 8289); from then on only as many calls may be under way as the node puts on record within the
// target, until nothing had to be refused for a while.
type governor struct {
	mu       sync.Mutex
	underway int
	end      time.Time     // of the interval
	least    time.Duration // shortest delay of the interval; 0 nothing seen
	records  int           // calls put on record in the interval
	room     float64       // calls that may be under way; 0 no bound
	refused  time.Time     // the last one
}

const (
	governInterval = 100 * time.Millisecond
	governTarget   = 60 * time.Millisecond // well below what a caller notices, and before their INVITE is repeated (T1, 500 ms)
	governLeast    = 8                     // calls that may always be under way
	governSmooth   = 0.3                   // weight of the newest interval
	governCalm     = time.Second           // without a refusal, and the bound goes
)

func newGovernor() *governor { return &governor{} }

// admit says whether a new call is taken.
func (g *governor) admit(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	if g.room == 0 || float64(g.underway) < g.room {
		return true
	}
	g.refused = now
	return false
}

// begin is told of each new call; then settled, when it is on record, or dropped, when it never will be.
func (g *governor) begin() {
	g.mu.Lock()
	g.underway++
	g.mu.Unlock()
}

func (g *governor) settled(began, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	g.underway--
	g.records++
	if d := now.Sub(began); g.least == 0 || d < g.least {
		g.least = max(d, 1)
	}
}

func (g *governor) dropped() {
	g.mu.Lock()
	g.underway--
	g.mu.Unlock()
}

// turn ends the interval when its time has come.
func (g *governor) turn(now time.Time) {
	if now.Before(g.end) {
		return
	}
	room := float64(g.records) * float64(governTarget) / float64(governInterval+now.Sub(g.end))
	switch {
	case g.end.IsZero():
	case g.room == 0 && g.least > governTarget:
		g.room, g.refused = max(room, governLeast), now
	case g.room > 0 && now.Sub(g.refused) > governCalm:
		g.room = 0
	case g.room > 0 && g.records > 0:
		g.room = max(governLeast, g.room+governSmooth*(room-g.room))
	}
	g.least, g.records, g.end = 0, 0, now.Add(governInterval)
}

// level is how many new calls are under way and how many may be, 0 = any number.
func (g *governor) level() (underway int, bound float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.underway, g.room
}
