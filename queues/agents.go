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
	a.sum, a.changed = s, true
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
		a = &agent{id: id}
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
	a.hold.on, a.hold.other, a.changed, a.refused = true, call, false, false
	m.setTimer(&a.hold.until, m.now+m.limits.TentativeMs)
	m.refresh(a)
}

func (m *Matcher) dropAgentHold(a *agent) {
	a.hold.on, a.hold.other, a.refused = false, "", false
	m.setTimer(&a.hold.until, 0)
}

// refresh brings the agent's memberships to its state: the ready sets, the counts by code, and the end of a cooldown.
func (m *Matcher) refresh(a *agent) {
	var coolUntil int64
	for _, mb := range a.members {
		c := standing(a.cfg, a.sum, mb.q.cfg, a.hold.on, m.now)
		if c == cooldown {
			coolUntil = a.sum.CooldownUntilMs
		}
		m.setStanding(mb, c)
	}
	m.setTimer(&a.cool, coolUntil)
}

func (m *Matcher) setStanding(mb *member, c code) {
	rank := mb.rank
	if c == eligible {
		rank = mb.q.strategy.Rank(mb.q.cfg, mb.a.sum)
	}
	if c == mb.code && rank == mb.rank {
		return
	}
	was := mb.code
	for _, s := range mb.slots {
		s.p.ready.remove(&s.node)
	}
	mb.q.counts[was]--
	mb.q.counts[c]++
	mb.code, mb.rank = c, rank
	for _, s := range mb.slots {
		s.p.counts[was]--
		s.p.counts[c]++
		if c != eligible {
			continue
		}
		s.node.key.major = rank
		s.p.ready.insert(&s.node)
		if was != eligible {
			for _, l := range s.p.lanes {
				m.markLane(l)
			}
		}
	}
}
