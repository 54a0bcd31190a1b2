package queues

import "slices"

// candidate is a call to look at next. With lane set it stands for the lane's calls from this one on.
type candidate struct {
	c    *call
	lane *lane
}

// Match returns all pairs to reserve now, best call first. A returned pair is tentative: neither side is matched
// again until SetCall or SetAgent shows progress, Refused says no, or TentativeMs pass.
//
// It costs O(log n) in agents and calls for each change since the last Match and for each pair; a change of an agent
// costs a step for each kind of call of their queues, and for each call whose window for that agent is open. On top
// comes one step for each call that all ready agents of its lane refused within their reoffer times (R31); these are
// few, as an agent refuses a call at a time.
func (m *Matcher) Match(now int64) []Match {
	m.advance(now)
	m.learn()
	m.gather()
	var out []Match
	for len(m.heap) > 0 {
		next := m.popCandidate()
		if next.c.offerable() && next.c.lane.anyReady() {
			if m.onTurn != nil {
				m.onTurn(next.c)
			}
			if x := m.choose(next.c, next.c.room(), nextExplained); x.winners > 0 {
				out = m.pair(out, next.c, x)
				m.gather() // calls that waited for one of the agents alone are open to others now
			} else {
				m.stats.CallsPassed++
			}
		}
		if l := next.lane; l != nil && l.anyReady() {
			if n := l.calls.after(&next.c.inLane); n != nil {
				m.pushCandidate(candidate{n.v, l})
			}
		}
	}
	m.stats.Matches += uint64(len(out))
	return out
}

// gather turns what changed into candidates. Whatever did not change has no possible pair: the last Match took all.
func (m *Matcher) gather() {
	for _, l := range m.dirtyLanes {
		l.dirty = false
		if n := l.calls.first(); n != nil && l.anyReady() {
			m.pushCandidate(candidate{n.v, l})
		}
	}
	for _, c := range m.dirtyCalls {
		c.dirty = false
		if c.offerable() && c.lane.anyReady() {
			m.pushCandidate(candidate{c: c})
		}
	}
	clear(m.dirtyLanes)
	clear(m.dirtyCalls)
	m.dirtyLanes, m.dirtyCalls = m.dirtyLanes[:0], m.dirtyCalls[:0]
}

func (m *Matcher) pair(out []Match, c *call, x choice) []Match {
	why := m.explain(c, x)
	out = slices.Grow(out, x.winners)
	c.hold.others = slices.Grow(c.hold.others, x.winners)
	for i, mb := range m.ranked[:x.winners] {
		out = append(out, Match{
			Call: c.w.Call, Agent: mb.a.id, Queue: c.w.Queue, Tenant: c.w.Tenant,
			Policy: m.policy(c.lane, mb), Explain: &why[i],
		})
		m.holdCall(c, mb.a.id)
	}
	for _, mb := range m.ranked[:x.winners] {
		m.holdAgent(mb.a, c.w.Call)
	}
	m.reseat(c.place)
	return out
}

// Refused tells that the agent refused the reservation for the call. The call is matched again at once; the agent
// stays apart until a newer state of theirs is seen (it may have been already) or TentativeMs pass, as by the
// state known here they would be asked again. What to do does not depend on the code.
func (m *Matcher) Refused(callID, agentID, _ string, now int64) {
	m.advance(now)
	named := false
	if c := m.calls[callID]; c != nil && c.hold.on {
		if i := slices.Index(c.hold.others, agentID); i >= 0 {
			if c.hold.others = slices.Delete(c.hold.others, i, i+1); len(c.hold.others) == 0 {
				m.dropCallHold(c)
			}
			m.freed(c)
			named = true
		}
	}
	if a := m.agents[agentID]; a != nil && a.hold.on && slices.Contains(a.hold.others, callID) {
		named = true
		if a.refused = !a.changed; a.changed {
			m.dropAgentHold(a)
			m.refresh(a)
		}
	}
	if named {
		m.stats.Refusals++
	}
}

// Unmatched returns, best first and once each, the calls not yet connected for which the last Match found nobody.
// Ask it after Match; calls that changed since are left for the next time.
func (m *Matcher) Unmatched(now int64) []string {
	var found []*call
	keep := m.fresh[:0]
	for _, c := range m.fresh {
		switch {
		case c.dirty && !c.gone:
			keep = append(keep, c)
			continue
		case c.gone, c.w.Connected, c.w.Offered, c.hold.on:
		default:
			c.told = true
			found = append(found, c)
		}
		c.fresh = false
	}
	clear(m.fresh[len(keep):])
	m.fresh = keep
	slices.SortFunc(found, compareCalls)
	var ids []string
	for _, c := range found {
		ids = append(ids, c.w.Call)
	}
	return ids
}

// pushCandidate and popCandidate keep a binary heap with the best call on top.
func (m *Matcher) pushCandidate(x candidate) {
	h := append(m.heap, x) //nolint:gocritic // put back below
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !callLess(h[i].c, h[up].c) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
	m.heap = h
}

func (m *Matcher) popCandidate() candidate {
	h := m.heap
	top, last := h[0], len(h)-1
	h[0], h[last] = h[last], candidate{}
	h = h[:last]
	for i := 0; ; {
		least := i
		for _, k := range [...]int{2*i + 1, 2*i + 2} {
			if k < last && callLess(h[k].c, h[least].c) {
				least = k
			}
		}
		if least == i {
			break
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
	m.heap = h
	return top
}
