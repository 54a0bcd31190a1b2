package queues

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// SetCall tells that a call waits, or how that changed. The matcher keeps w: it must not be changed afterwards.
// False: dropped, the limit is reached.
func (m *Matcher) SetCall(w *cc.WaitingCall) bool {
	c := m.calls[w.Call]
	if c == nil {
		if len(m.calls) >= m.limits.MaxCalls {
			m.stats.CallsDropped++
			return false
		}
		c = m.newCall(w)
	} else if c.hold.on && progressed(c.w, w) {
		m.dropCallHold(c)
	}
	m.detach(c)
	c.w = w
	m.attach(c)
	m.markCall(c)
	return true
}

// RemoveCall tells that a call no longer waits. An agent held for it stays held until their own state moves.
func (m *Matcher) RemoveCall(id string) {
	c := m.calls[id]
	if c == nil {
		return
	}
	delete(m.calls, id)
	m.dropCallHold(c)
	m.detach(c)
	c.gone = true
}

func (m *Matcher) newCall(w *cc.WaitingCall) *call {
	c := &call{w: w}
	m.calls[w.Call] = c
	for _, n := range [...]*node[*call]{&c.inQueue, &c.inAges, &c.inLane} {
		n.v, n.prio = c, m.dice.next()
	}
	m.initTimer(&c.reoffer, callReoffer, nil, c)
	m.initTimer(&c.hold.until, callHeldTooLong, nil, c)
	return c
}

// progressed: the call's durable state has moved on from the one that was matched: it is offered, was moved, or an
// offer came and went between two looks.
func progressed(was, is *cc.WaitingCall) bool {
	return is.Offered || is.Queue != was.Queue || !slices.EqualFunc(is.Tried, was.Tried, func(a, b *cc.TriedAgent) bool {
		return a.Agent == b.Agent && a.AtMs == b.AtMs
	})
}

// attach puts the call into the sets of its queue.
func (m *Matcher) attach(c *call) {
	c.setKeys()
	if c.q = m.queues[c.w.Queue]; c.q != nil {
		c.lane = m.lane(c.q, c.w.Tenant)
		c.q.waiting.insert(&c.inQueue)
		c.q.ages.insert(&c.inAges)
	}
	if c.offerable() {
		c.lane.calls.insert(&c.inLane)
	}
	m.setReoffer(c)
}

// detach takes the call out of all sets.
func (m *Matcher) detach(c *call) {
	if c.q != nil {
		c.q.waiting.remove(&c.inQueue)
		c.q.ages.remove(&c.inAges)
		c.lane.calls.remove(&c.inLane)
	}
	c.q, c.lane = nil, nil
	m.setTimer(&c.reoffer, 0)
}

// setReoffer sets the timer to the next end of an exclusion (R31).
func (m *Matcher) setReoffer(c *call) {
	var at int64
	if c.offerable() {
		for _, t := range c.w.Tried {
			if t.ReofferAtMs > m.now && (at == 0 || t.ReofferAtMs < at) {
				at = t.ReofferAtMs
			}
		}
	}
	m.setTimer(&c.reoffer, at)
}

func (m *Matcher) holdCall(c *call, agent string) {
	c.hold.on, c.hold.other = true, agent
	m.setTimer(&c.hold.until, m.now+m.limits.TentativeMs)
	m.setTimer(&c.reoffer, 0)
	c.lane.calls.remove(&c.inLane)
}

func (m *Matcher) dropCallHold(c *call) {
	c.hold.on, c.hold.other = false, ""
	m.setTimer(&c.hold.until, 0)
}

// releaseCall makes a held call offerable again.
func (m *Matcher) releaseCall(c *call) {
	m.dropCallHold(c)
	m.detach(c)
	m.attach(c)
	m.markCall(c)
}
