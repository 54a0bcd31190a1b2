package queues

import (
	"fmt"
	"strconv"

	cc "github.com/wirechief/wirechief/callcenter"
)

// need is a level of a skill that a call asks for now; 0: the skill is only good to have.
type need struct {
	name  string
	level int32
}

// lacks is the first need that the agent does not meet.
func lacks(a *cc.Agent, needs []need) *need {
	for i := range needs {
		if needs[i].level > 0 && a.SkillLevel(needs[i].name) < needs[i].level {
			return &needs[i]
		}
	}
	return nil
}

// skillScore sums the agent's levels of the skills that the call asks for, or asked for before it waited.
func skillScore(a *cc.Agent, needs []need) (score int64) {
	for _, n := range needs {
		score += int64(a.SkillLevel(n.name))
	}
	return score
}

func (n need) reason(a *cc.Agent) Reason {
	return Reason{Code: cc.Skill, Detail: fmt.Sprintf("%s, %d, %d", n.name, a.SkillLevel(n.name), n.level)}
}

// phase works out what the call asks for at m.now: its needs into m.needs, the kind of its lane into m.kind; it returns
// the open tier and when that changes next by itself (0: never).
func (m *Matcher) phase(c *call) (tier int32, nextMs int64) {
	entered := c.enteredMs()
	waited := max(0, m.now-entered) // m.now may be of before the call came
	next := func(after int64) {
		if at := entered + after; after != 0 && (nextMs == 0 || at < nextMs) {
			nextMs = at
		}
	}
	m.needs = m.needs[:0]
	for _, list := range [...][]*cc.SkillNeed{c.q.needs, c.w.Skills} {
		for _, n := range list {
			level, after := n.After(waited)
			next(after)
			if level > 0 || c.q.strategy.skilled {
				m.addNeed(need{n.Name, level})
			}
		}
	}
	tier = cc.AllTiers
	if c.q.tiered {
		var after int64
		if tier, after = c.q.cfg.OpenTier(waited); tier >= c.q.maxTier {
			tier = cc.AllTiers
		} else {
			next(after)
		}
	}
	m.spell(c.w.Tenant, tier)
	return tier, nextMs
}

// addNeed keeps m.needs in the order of their names; of two for one skill the higher level holds.
func (m *Matcher) addNeed(n need) {
	i := len(m.needs)
	for i > 0 && m.needs[i-1].name > n.name {
		i--
	}
	if i > 0 && m.needs[i-1].name == n.name {
		m.needs[i-1].level = max(m.needs[i-1].level, n.level)
		return
	}
	m.needs = append(m.needs, need{})
	copy(m.needs[i+1:], m.needs[i:])
	m.needs[i] = n
}

// spell writes the kind; names come from the configuration and from calls, so their length goes first.
func (m *Matcher) spell(tenant string, tier int32) {
	k := strconv.AppendInt(m.kind[:0], int64(tier), 10)
	k = append(append(k, ' '), tenant...)
	for _, n := range m.needs {
		k = append(strconv.AppendInt(append(k, 0), int64(len(n.name)), 10), ' ')
		k = append(append(k, n.name...), ' ')
		k = strconv.AppendInt(k, int64(n.level), 10)
	}
	m.kind = k
}
