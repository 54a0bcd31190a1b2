package queues

import (
	"maps"
	"math"
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
	standings := m.rankedFor(c)
	winner := ""
	if len(standings) > 0 {
		winner = standings[0].Agent
	}
	ranked := make(map[string]bool, len(standings))
	for i := range standings {
		ranked[standings[i].Agent] = true
		if i > 0 {
			standings[i].Reason = Reason{Code: cc.Outranked, Detail: winner}
		}
	}
	for _, a := range slices.SortedFunc(maps.Values(m.agents), compareAgents) {
		if !ranked[a.id] {
			standings = append(standings, AgentStanding{Agent: a.id, Reason: m.reason(a, c)})
		}
	}
	x.Agents = standings
	return x
}

func (c *call) state() string {
	switch {
	case c.q == nil:
		return "no_queue"
	case c.w.Offered:
		return "offered"
	case c.hold.on:
		return "reserving"
	}
	return "waiting"
}

// rankedFor lists who may be offered the call, best first.
func (m *Matcher) rankedFor(c *call) []AgentStanding {
	if c.lane == nil {
		return nil
	}
	m.rankFor(c, math.MaxInt)
	var out []AgentStanding
	for i, s := range m.ranked {
		key := rankKey(c.q.strategy.Name(), s.m.rank)
		out = append(out, AgentStanding{Agent: s.m.a.id, Rank: i + 1, RankKey: key})
	}
	if len(out) > 0 {
		return out
	}
	if s, t := m.retry(c); s != nil {
		out = append(out, AgentStanding{Agent: s.m.a.id, Rank: 1, RankKey: rankKey(reofferKey, t.AtMs)})
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
	return Reason{Code: cc.Excluded}
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
	for _, c := range m.firstCalls(a) {
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
		if n := mb.q.waiting.first(); n != nil {
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
	s, _ := m.choose(c)
	switch {
	case s != nil && s.m.a == a:
		return Reason{}
	case a.mark == m.lookup: // among the call's tried ones
		return Reason{Code: cc.Excluded}
	}
	return Reason{Code: cc.Outranked, Detail: s.m.a.id} // a is ready and untried, so somebody was chosen
}
