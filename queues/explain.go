package queues

import (
	"maps"
	"slices"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// ExplainCall ranks every agent for the call as if it were decided now, or says what stands against them. It looks at
// all agents and is not for the hot path.
func (m *Matcher) ExplainCall(id string, now int64) CallExplanation {
	m.advance(now)
	x := CallExplanation{Call: id, ConfigVersion: m.dir.Center.GetVersion()}
	c := m.calls[id]
	if c == nil {
		return x
	}
	x.Known, x.Queue, x.Tenant, x.State = true, c.w.Queue, c.w.Tenant, c.state()
	x.Position, _ = m.Position(id)
	if c.shadow {
		c = c.place.front()
	}
	x.Agents = m.rankedFor(c)
	ranked := make(map[string]bool, len(x.Agents))
	for i := range x.Agents {
		ranked[x.Agents[i].Agent] = true
	}
	for _, a := range slices.SortedFunc(maps.Values(m.agents), compareAgents) {
		if !ranked[a.id] {
			x.Agents = append(x.Agents, AgentStanding{Agent: a.id, Reason: m.reason(a, c)})
		}
	}
	return x
}

func (c *call) state() string {
	switch {
	case c.shadow:
		return "shared"
	case c.q == nil:
		return "no_queue"
	case c.w.Offered:
		return "offered"
	case c.hold.on:
		return "reserving"
	}
	return "waiting"
}

// asIf chooses for a call whether it is being offered or not.
func (m *Matcher) asIf(c *call, next int) choice {
	m.settle(c) // nothing wakes for a call that is being offered
	return m.choose(c, max(1, c.room()), next)
}

// rankedFor lists who may be offered the call, best first.
func (m *Matcher) rankedFor(c *call) []AgentStanding {
	if c.q == nil {
		return nil
	}
	x := m.asIf(c, len(m.agents))
	out := make([]AgentStanding, 0, len(m.agents))
	for i, mb := range m.ranked {
		s := AgentStanding{Agent: mb.a.id, Rank: i + 1, RankKey: m.keyOf(c, mb, x)}
		if i >= x.winners {
			s.Reason = Reason{Code: cc.Outranked, Detail: m.ranked[0].a.id}
		}
		out = append(out, s)
	}
	return out
}

// reason is the first R80 code against an agent who is not ranked for the call.
func (m *Matcher) reason(a *agent, c *call) Reason {
	if c.q == nil {
		return Reason{Code: cc.NotMember}
	}
	if r := m.standingIn(a, c.q.cfg, c.w.Tenant); !r.OK() {
		return r
	}
	if slices.Contains(m.asked(c), a.id) {
		return Reason{Code: cc.Excluded}
	}
	if n := lacks(a.cfg, c.lane.needs); n != nil {
		return n.reason(a.cfg)
	}
	if c.lane.only != nil {
		return Reason{Code: cc.NotPreferred}
	}
	return Reason{Code: cc.Tier}
}

// standingIn is Eligible with the pairs just returned counted as reserved.
func (m *Matcher) standingIn(a *agent, q *cc.Queue, tenant string) Reason {
	r := eligibility(a.cfg, a.sum, q, tenant, m.now)
	if r.Code == cc.NotMember || r.Code == cc.NoGrant {
		return r
	}
	return standing(a.cfg, a.sum, q, a.hold.on, m.now).reason(a.sum, q)
}

// ExplainAgent says for every queue, and for the waiting calls of the agent's queues, what stands between the
// agent and it. It looks at all queues and is not for the hot path.
func (m *Matcher) ExplainAgent(id string, now int64) AgentExplanation {
	m.advance(now)
	x := AgentExplanation{Agent: id, ConfigVersion: m.dir.Center.GetVersion()}
	a := m.agents[id]
	if a == nil {
		return x
	}
	x.Known = true
	for _, q := range slices.SortedFunc(maps.Values(m.queues), compareQueues) {
		x.Queues = append(x.Queues, QueueStanding{
			Queue: q.cfg.Id, Reason: m.queueStanding(a, q.cfg), Waiting: q.waiting.len(),
		})
	}
	for _, c := range m.firstCalls(a) { // settling a call does not move it in this order
		x.Calls = append(x.Calls, CallStanding{Call: c.w.Call, Queue: c.w.Queue, Reason: m.callStanding(a, c)})
	}
	return x
}

func compareQueues(a, b *queue) int { return strings.Compare(a.cfg.Id, b.cfg.Id) }

// queueStanding leaves the tenant out: the grant fails only if there is none for any tenant of the queue.
func (m *Matcher) queueStanding(a *agent, q *cc.Queue) Reason {
	for _, t := range q.Tenants {
		if r := m.standingIn(a, q, t); r.Code != cc.NoGrant {
			return r
		}
	}
	return m.standingIn(a, q, "")
}

// firstCalls merges the calls of the agent's queues, best first, up to the limit.
func (m *Matcher) firstCalls(a *agent) []*call {
	var at []*node[*call]
	for _, mb := range a.members {
		if n := mb.q.waiting.first(); n != nil && !mb.removed() {
			at = append(at, n)
		}
	}
	var out []*call
	for len(at) > 0 && len(out) < m.limits.MaxExplain {
		least := 0
		for i := range at {
			if callLess(at[i].v, at[least].v) {
				least = i
			}
		}
		out = append(out, at[least].v)
		if at[least] = at[least].next(); at[least] == nil {
			at = slices.Delete(at, least, least+1)
		}
	}
	return out
}

func (m *Matcher) callStanding(a *agent, c *call) Reason {
	if r := m.standingIn(a, c.q.cfg, c.w.Tenant); !r.OK() {
		return r
	}
	x := m.asIf(c, 0)
	if slices.ContainsFunc(m.ranked[:x.winners], func(mb *member) bool { return mb.a == a }) {
		return Reason{}
	}
	if r := m.reason(a, c); r.Code != cc.Tier || c.lane.fit(a.in(c.q).g) == laterTier {
		return r
	}
	return Reason{Code: cc.Outranked, Detail: m.ranked[0].a.id} // a fits and is untried, so somebody was chosen
}
