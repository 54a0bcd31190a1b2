package queues

import cc "github.com/wirechief/wirechief/callcenter"

// reofferKey names what an agent who refused the call before was chosen by: R31, the one asked longest ago.
const reofferKey = "reoffer"

// choose finds the best agent for an offerable call, nil if nobody may be offered it now, and what they were
// chosen by.
func (m *Matcher) choose(c *call) (*slot, string) {
	m.rankFor(c, 1+nextExplained)
	if len(m.ranked) > 0 {
		s := m.ranked[0]
		return s, rankKey(c.q.strategy.Name(), s.m.rank)
	}
	if s, t := m.retry(c); s != nil {
		return s, rankKey(reofferKey, t.AtMs)
	}
	return nil, ""
}

// rankFor fills m.ranked with the first n ready agents of the call's lane who have not been offered the call, in the
// order of the strategy, and marks those who have.
func (m *Matcher) rankFor(c *call, n int) {
	m.lookup++
	for _, t := range c.w.Tried {
		if a := m.agents[t.Agent]; a != nil {
			a.mark = m.lookup
		}
	}
	m.ranked = m.ranked[:0]
	var at [2]*node[*slot] // the next of each pool
	for i, p := range c.lane.pools {
		at[i] = p.ready.first()
	}
	for len(m.ranked) < n && (at[0] != nil || at[1] != nil) {
		i := 0
		if at[0] == nil || at[1] != nil && slotLess(at[1].v, at[0].v) {
			i = 1
		}
		s := at[i].v
		at[i] = at[i].next()
		if s.m.a.mark != m.lookup {
			m.ranked = append(m.ranked, s)
		}
	}
}

// retry finds the ready agent who was offered the call longest ago and may be again: R31, when no other is left.
func (m *Matcher) retry(c *call) (*slot, *cc.TriedAgent) {
	var best *slot
	var when *cc.TriedAgent
	for _, t := range c.w.Tried {
		if t.ReofferAtMs > m.now {
			continue
		}
		if when != nil && (t.AtMs > when.AtMs || t.AtMs == when.AtMs && t.Agent >= when.Agent) {
			continue
		}
		if s := m.readyIn(c.lane, t.Agent); s != nil {
			best, when = s, t
		}
	}
	return best, when
}

// readyIn is the agent's place in the lane's ready sets, nil if they are in none.
func (m *Matcher) readyIn(l *lane, agent string) *slot {
	a := m.agents[agent]
	if a == nil {
		return nil
	}
	for _, mb := range a.members {
		if mb.q != l.q || mb.code != eligible {
			continue
		}
		for _, s := range mb.slots {
			for _, p := range l.pools {
				if s.p == p {
					return s
				}
			}
		}
	}
	return nil
}

// explain makes the small explanation of a choice; choose has just filled m.ranked.
func (m *Matcher) explain(c *call, winner *slot, key string) *cc.Explain {
	e := &cc.Explain{RankKey: key, ConfigVersion: m.dir.Center.GetVersion()}
	if len(m.ranked) > 1 {
		e.Next = make([]string, 0, len(m.ranked)-1)
		for _, s := range m.ranked[1:] {
			e.Next = append(e.Next, s.m.a.id)
		}
	}
	counts := m.exclusions(c, winner)
	e.Excluded = excludedCounts(&counts)
	return e
}

// exclusions counts all agents but the winner by the first R80 code that keeps them from the call.
func (m *Matcher) exclusions(c *call, winner *slot) (counts [codes]int32) {
	inPools := 0
	for _, p := range c.lane.pools {
		inPools += p.size
		for i, n := range p.counts {
			counts[i] += n
		}
	}
	counts[notMember] = int32(len(m.agents) - len(c.q.members))
	counts[noGrant] = int32(len(c.q.members) - inPools)
	for _, t := range c.w.Tried {
		if s := m.readyIn(c.lane, t.Agent); s != nil && s != winner {
			counts[excluded]++
		}
	}
	counts[outranked] = counts[eligible] - counts[excluded] - 1
	counts[eligible] = 0
	return counts
}

// byName lists the codes in the order of their names.
var byName = [...]code{
	busy, cooldown, excluded, noClient, noEndpoint, noGrant, notMember, offline, outranked, token, unavailable,
}

func excludedCounts(counts *[codes]int32) []*cc.ExcludedCount {
	n := 0
	for _, c := range byName {
		if counts[c] > 0 {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	values, out := make([]cc.ExcludedCount, n), make([]*cc.ExcludedCount, 0, n)
	for _, c := range byName {
		if counts[c] > 0 {
			v := &values[len(out)]
			v.Code, v.Count = codeNames[c], counts[c]
			out = append(out, v)
		}
	}
	return out
}

// policy is the resolved offer policy of a pair, made once for each lane, or for an agent with a wrap-up of their own.
func (m *Matcher) policy(l *lane, mb *member) *cc.OfferPolicy {
	if mb.a.cfg.GetWrapup().GetMode() != cc.WrapUpMode_WRAPUP_UNSET {
		if mb.policy == nil {
			mb.policy = ResolvePolicy(l.q.cfg, mb.a.cfg, nil)
		}
		return mb.policy
	}
	if l.policy == nil {
		l.policy = ResolvePolicy(l.q.cfg, mb.a.cfg, m.dir.Tenant(l.tenant))
	}
	return l.policy
}
