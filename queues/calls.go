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
	} else if c.hold.on {
		m.progress(c, w)
	}
	m.detach(c)
	m.redials.leave(c)
	c.w = w
	m.redials.arrive(c)
	m.noteEntered(w)
	m.takeSeat(c)
	m.attach(c)
	m.markCall(c)
	m.reseat(c.place)
	return true
}

// RemoveCall tells that a call no longer waits. An agent held for it stays held until their own state moves.
func (m *Matcher) RemoveCall(id string) {
	c := m.calls[id]
	if c == nil {
		return
	}
	delete(m.calls, id)
	m.noteLeft(id)
	m.redials.leave(c)
	m.dropCallHold(c)
	m.detach(c)
	c.gone = true
	m.leaveSeat(c)
}

func (m *Matcher) newCall(w *cc.WaitingCall) *call {
	c := &call{w: w}
	m.calls[w.Call] = c
	for _, n := range [...]*node[*call]{&c.inQueue, &c.inAges, &c.inLane, &c.inPref} {
		n.v, n.prio = c, m.dice.next()
	}
	m.initTimer(&c.change, callChanges, nil, c)
	m.initTimer(&c.hold.until, callHeldTooLong, nil, c)
	return c
}

// progress ends the hold, or with ring_all what of it is over, when the call's durable state has moved on from the one
// that was matched: it is offered, was moved, or an offer came and went between two looks.
func (m *Matcher) progress(c *call, is *cc.WaitingCall) {
	was := c.w
	tried := func(list []*cc.TriedAgent, agent string) *cc.TriedAgent {
		for _, t := range list {
			if t.Agent == agent {
				return t
			}
		}
		return nil
	}
	if len(is.Ringing) > 0 && is.Queue == was.Queue {
		c.hold.others = slices.DeleteFunc(c.hold.others, func(a string) bool {
			t := tried(is.Tried, a)
			return slices.Contains(is.Ringing, a) || t != nil && t.AtMs != tried(was.Tried, a).GetAtMs()
		})
		if len(c.hold.others) == 0 {
			m.dropCallHold(c)
		}
		return
	}
	if is.Offered || was.Offered || is.Queue != was.Queue || !slices.EqualFunc(is.Tried, was.Tried,
		func(a, b *cc.TriedAgent) bool { return a.Agent == b.Agent && a.AtMs == b.AtMs }) {
		m.dropCallHold(c)
	}
}

// attach puts the call into the sets of its queue, unless another stands for its place.
func (m *Matcher) attach(c *call) {
	c.setKeys()
	if c.shadow {
		return
	}
	if c.q = m.queues[c.w.Queue]; c.q != nil {
		c.q.waiting.insert(&c.inQueue)
		c.q.ages.insert(&c.inAges)
		c.q.since += c.inAges.key.major
		c.countOpen()
		m.touch(c.q)
		m.settle(c)
	}
}

// detach takes the call out of all sets.
func (m *Matcher) detach(c *call) {
	if c.q != nil {
		m.touch(c.q)
		c.q.waiting.remove(&c.inQueue)
		c.q.ages.remove(&c.inAges)
		c.q.since -= c.inAges.key.major
		m.toLane(c, nil)
		m.setPreferring(c, nil)
		if c.counted {
			c.q.open--
			c.counted = false
		}
	}
	c.q = nil
	m.setTimer(&c.change, 0)
}

// settle brings the call into the lane that is its at m.now.
func (m *Matcher) settle(c *call) {
	if c.q == nil {
		return
	}
	tier, next := m.phase(c)
	l := m.laneOf(c.q, c.w.Tenant, tier)
	var preferred *agent
	if until := c.enteredMs() + c.q.cfg.PreferredWindowMs; c.w.Preferred != "" && m.now < until {
		if preferred = m.agents[c.w.Preferred]; preferred != nil {
			if mb := m.waitsFor(c, l, preferred, until); mb != nil {
				l = m.personalLane(l, mb)
			}
		}
		if next == 0 || until < next {
			next = until
		}
	}
	m.setPreferring(c, preferred)
	c.phaseMs = next
	if m.toLane(c, l) {
		m.markCall(c)
	}
	m.setChange(c)
}

// waitsFor is the membership of the preferred agent while the call may be offered to nobody else: that agent is being
// asked, could take it now, or is due free before the window ends (R67).
func (m *Matcher) waitsFor(c *call, l *lane, a *agent, untilMs int64) *member {
	mb := a.in(c.q)
	if mb == nil || mb.removed() || !cc.MayServe(a.cfg, c.q.cfg, c.w.Tenant) || lacks(a.cfg, l.needs) != nil || c.triedBy(a.id) {
		return nil
	}
	if mb.code == eligible || c.asks(a.id) {
		return mb
	}
	if a.hold.on {
		return nil
	}
	if at, ok := cc.DueFree(a.sum, a.cfg, c.q.cfg, m.now); ok && at < untilMs {
		return mb
	}
	return nil
}

func (c *call) triedBy(agent string) bool {
	return slices.ContainsFunc(c.w.Tried, func(t *cc.TriedAgent) bool { return t.Agent == agent })
}

// setPreferring keeps the call where changes of the preferred agent find it; nil: no window is open.
func (m *Matcher) setPreferring(c *call, a *agent) {
	if c.pref == a {
		return
	}
	if c.pref != nil {
		c.pref.preferring.remove(&c.inPref)
	}
	if c.pref = a; a != nil {
		a.preferring.insert(&c.inPref)
	}
}

// toLane moves the call to a lane, nil for none; false: it is there already.
func (m *Matcher) toLane(c *call, l *lane) bool {
	was := c.lane
	if was == l {
		if l != nil && c.offerable() != c.inLane.in() {
			if c.inLane.in() {
				l.calls.remove(&c.inLane)
			} else {
				l.calls.insert(&c.inLane)
			}
		}
		return false
	}
	if was != nil {
		was.calls.remove(&c.inLane)
	}
	c.lane = l
	if l != nil {
		l.refs++
		if c.offerable() {
			l.calls.insert(&c.inLane)
		}
	}
	if was != nil {
		was.release()
	}
	return true
}

// setChange sets the timer to what comes first: the end of an exclusion (R31) or of the call's present phase.
func (m *Matcher) setChange(c *call) {
	var at int64
	if c.offerable() {
		at = c.phaseMs
		for _, t := range c.w.Tried {
			if t.ReofferAtMs > m.now && (at == 0 || t.ReofferAtMs < at) {
				at = t.ReofferAtMs
			}
		}
	}
	m.setTimer(&c.change, at)
}

// holdCall keeps the call apart for one more agent.
func (m *Matcher) holdCall(c *call, agent string) {
	c.hold.on = true
	c.hold.others = append(c.hold.others, agent)
	m.setTimer(&c.hold.until, m.now+m.limits.TentativeMs)
	c.countOpen()
	if !c.offerable() {
		m.setTimer(&c.change, 0)
		c.lane.calls.remove(&c.inLane)
	}
}

func (m *Matcher) dropCallHold(c *call) {
	c.hold.on, c.hold.others = false, c.hold.others[:0]
	m.setTimer(&c.hold.until, 0)
	c.countOpen()
}

// freed makes the call offerable again after a hold on it has ended or shrunk.
func (m *Matcher) freed(c *call) {
	m.settle(c)
	m.markCall(c)
	m.reseat(c.place)
}
