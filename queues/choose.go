package queues

import (
	"slices"
	"strconv"

	cc "github.com/wirechief/wirechief/callcenter"
)

// choice is whom an offerable call is to be offered to: the first few of m.ranked.
type choice struct {
	winners int
	retry   bool // they were offered the call before (R31)
}

// choose fills m.ranked with the best agents for a call that has room for so many, and with the next ones.
func (m *Matcher) choose(c *call, room, next int) choice {
	m.rankFor(c, room+next)
	if len(m.ranked) > 0 {
		return choice{winners: min(room, len(m.ranked))}
	}
	m.retry(c, room)
	return choice{winners: len(m.ranked), retry: true}
}

// keyOf is what an agent of the choice was chosen by.
func (m *Matcher) keyOf(c *call, mb *member, x choice) string {
	if x.retry {
		return reofferKey + ":" + strconv.FormatInt(c.triedAt(mb.a.id), 10)
	}
	return c.lane.rankKey(mb)
}

func (c *call) triedAt(agent string) int64 {
	for _, t := range c.w.Tried {
		if t.Agent == agent {
			return t.AtMs
		}
	}
	return 0
}

// explain makes the small explanation of a choice; choose has just filled m.ranked. Offers of one group share all but
// the rank key.
func (m *Matcher) explain(c *call, x choice) []cc.Explain {
	out := make([]cc.Explain, x.winners)
	e := &out[0]
	e.ConfigVersion = m.dir.Center.GetVersion()
	if rest := m.ranked[x.winners:]; len(rest) > 0 {
		e.Next = make([]string, 0, len(rest))
		for _, mb := range rest {
			e.Next = append(e.Next, mb.a.id)
		}
	}
	counts := m.exclusions(c, m.ranked[:x.winners])
	e.Excluded = excludedCounts(&counts)
	if x.winners > 1 {
		e.Group = int32(x.winners)
	}
	for i, mb := range m.ranked[:x.winners] {
		f := &out[i]
		f.ConfigVersion, f.Next, f.Excluded, f.Group = e.ConfigVersion, e.Next, e.Excluded, e.Group
		f.RankKey = m.keyOf(c, mb, x)
	}
	return out
}

// exclusions counts all agents but the winners by the first R80 code that keeps them from the call.
func (m *Matcher) exclusions(c *call, winners []*member) (counts [codes]int32) {
	l := c.lane.shared()
	l.settle()
	counts = l.counts
	removed := c.q.counts[notMember]
	counts[noGrant] = int32(len(c.q.members)) - removed - (l.granted - counts[notMember])
	counts[notMember] = int32(len(m.agents)-len(c.q.members)) + removed
	lacking, later := l.lacking, l.later
	ready := counts[eligible] - int32(len(winners))
	counts[eligible] = 0
	for _, id := range m.asked(c) {
		mb := m.readyMember(c, id)
		if mb == nil || mb.a.counted == m.lookup || slices.Contains(winners, mb) {
			continue
		}
		mb.a.counted = m.lookup
		counts[excluded]++
		ready--
		switch l.fit(mb.g) {
		case lacksSkill:
			lacking--
		case laterTier:
			later--
		}
	}
	counts[skill] = lacking
	if c.lane.only != nil {
		counts[notPreferred] = ready - lacking
		return counts
	}
	counts[laterTierCode] = later
	counts[outranked] = ready - lacking - later
	return counts
}

// readyMember is the membership of an agent who is ready and may serve the call's tenant, whatever the call needs.
func (m *Matcher) readyMember(c *call, agent string) *member {
	a := m.agents[agent]
	if a == nil {
		return nil
	}
	if mb := a.in(c.q); mb != nil && mb.code == eligible && cc.MayServe(mb.g.cfg, c.q.cfg, c.w.Tenant) {
		return mb
	}
	return nil
}

// byName lists the codes in the order of their names.
var byName = [...]code{
	busy, cooldown, excluded, noClient, noEndpoint, noGrant, notMember, notPreferred, offline, outranked, skill,
	laterTierCode, token, unavailable,
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
	if l = l.shared(); l.policy == nil {
		l.policy = ResolvePolicy(l.q.cfg, mb.a.cfg, m.dir.Tenant(l.tenant))
	}
	return l.policy
}
