package queues

import cc "github.com/wirechief/wirechief/callcenter"

// SetAgent tells an agent's state. The matcher keeps a: it must not be changed afterwards.
// False: dropped, the limit is reached.
func (m *Matcher) SetAgent(s *cc.AgentSummary) bool {
	a := m.agents[s.Agent]
	if a == nil {
		if len(m.agents) >= m.limits.MaxAgents {
			m.stats.AgentsDropped++
			return false
		}
		a = m.agent(s.Agent)
	}
	m.noteAgent(a.sum, s)
	a.sum, a.changed = s, true
	m.joinAdded(a)
	if s.Token > cc.TokenState_FREE || a.refused {
		m.dropAgentHold(a)
	}
	m.refresh(a)
	return true
}

// RemoveAgent tells that an agent's state is gone; who is still configured counts as offline.
func (m *Matcher) RemoveAgent(id string) {
	if a := m.agents[id]; a != nil {
		a.sum = nil
		m.dropAgentHold(a)
		m.refresh(a)
		m.forgetIfUnknown(a)
	}
}

// agent finds or makes an agent.
func (m *Matcher) agent(id string) *agent {
	a := m.agents[id]
	if a == nil {
		a = &agent{id: id, preferring: tree[*call]{tie: callTie, work: &m.stats.Steps}}
		m.agents[id] = a
		m.initTimer(&a.cool, agentCooled, a, nil)
		m.initTimer(&a.hold.until, agentHeldTooLong, a, nil)
	}
	return a
}

func (m *Matcher) forgetIfUnknown(a *agent) {
	if a.cfg == nil && a.sum == nil {
		m.setTimer(&a.cool, 0)
		m.setTimer(&a.hold.until, 0)
		delete(m.agents, a.id)
	}
}

func (m *Matcher) holdAgent(a *agent, call string) {
	a.hold.on, a.changed, a.refused = true, false, false
	a.hold.others = append(a.hold.others[:0], call)
	m.setTimer(&a.hold.until, m.now+m.limits.TentativeMs)
	m.refresh(a)
}

func (m *Matcher) dropAgentHold(a *agent) {
	a.hold.on, a.hold.others, a.refused = false, a.hold.others[:0], false
	m.setTimer(&a.hold.until, 0)
}

// refresh brings the agent's memberships to its state: the ready sets, the counts by code, the end of a cooldown, and
// the calls that would wait for this agent alone.
func (m *Matcher) refresh(a *agent) {
	var coolUntil int64
	for _, mb := range a.members {
		c := notMember
		if !mb.removed() {
			c = standing(a.cfg, a.sum, mb.q.cfg, a.hold.on, m.now)
		}
		if c == cooldown {
			coolUntil = a.sum.CooldownUntilMs
		}
		m.setStanding(mb, c)
	}
	m.setTimer(&a.cool, coolUntil)
	m.loose = m.loose[:0]
	for n := a.preferring.first(); n != nil; n = n.next() {
		m.loose = append(m.loose, n.v)
	}
	for _, c := range m.loose {
		m.settle(c)
	}
}

func (m *Matcher) setStanding(mb *member, c code) {
	rank := mb.key
	if c == eligible {
		rank = mb.q.strategy.rank(mb.a.cfg, mb.q.cfg.Id, mb.a.sum)
	}
	if c == mb.code && rank == mb.key {
		return
	}
	was, g := mb.code, mb.g
	g.ready.remove(&mb.node)
	mb.q.counts[was]--
	mb.q.counts[c]++
	g.counts[was]--
	g.counts[c]++
	mb.code, mb.key = c, rank
	if c == eligible {
		g.ready.insert(&mb.node)
	}
	m.stats.Steps += uint64(len(g.entries))
	for _, e := range g.entries {
		e.mark()
		if c == eligible && was != eligible && e.fit == fits {
			m.markLane(e.l)
		}
	}
	for _, l := range mb.personal {
		if c == eligible && was != eligible {
			m.markLane(l)
		}
	}
}
