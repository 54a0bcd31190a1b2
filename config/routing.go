package config

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// SkillNeed is a skill that an agent must have for a call (R67).
type SkillNeed struct {
	// Name of the skill.
	Name string `key:"name" need:"yes" format:"id"`
	// Level asked for at first.
	Level int32 `key:"level" default:"1" min:"1" max:"10"`
	// Lower levels that are enough once the call has waited in the queue.
	Relax []SkillStep `key:"relax" max:"16"`
}

// SkillStep lowers what a call asks for.
type SkillStep struct {
	// Wait in the queue from which the level is enough.
	AfterMs int64 `key:"after_ms" need:"yes" min:"1" max:"86400000"`
	// The level. 0: the skill is no longer needed.
	Level int32 `key:"level" default:"0" min:"0" max:"10"`
}

// Skill is what an agent knows.
type Skill struct {
	// Name of the skill.
	Name string `key:"name" need:"yes" format:"id"`
	// How well; a skill not listed is level 0.
	Level int32 `key:"level" default:"1" min:"1" max:"10"`
}

// Membership is how an agent stands in one of their queues.
type Membership struct {
	// One of the agent's `queues`.
	Queue string `key:"queue" need:"yes" format:"id"`
	// Tier: lower ones are asked first, higher ones when the queue's `tier_after_ms` says so.
	Tier int32 `key:"tier" default:"1" min:"1" max:"16"`
	// Place within the tier with strategy `ordered`, low first.
	Position int32 `key:"position" default:"0" min:"0" max:"100000"`
}

const (
	maxTiers  = 16
	maxWaitMs = 86_400_000
)

func (k *checker) checkRouting() {
	known := map[string]int32{} // best level that somebody has
	for i := range k.Agents {
		for _, s := range k.Agents[i].Skills {
			known[s.Name] = max(known[s.Name], s.Level)
		}
		k.checkSkills(i)
	}
	for i := range k.Queues {
		q := &k.Queues[i]
		k.checkNeeds(item("queues", i, "skills"), q.Skills, known)
		at := item("queues", i, "tier_after_ms")
		if len(q.TierAfterMs) > maxTiers-1 {
			k.fail(at, "may have at most %d, has %d", maxTiers-1, len(q.TierAfterMs))
		}
		for j, ms := range q.TierAfterMs {
			if ms < 0 || ms > maxWaitMs || j > 0 && ms < q.TierAfterMs[j-1] {
				k.fail(at, "must be 0 to %d and ascending", maxWaitMs)
				break
			}
		}
	}
	for i := range k.Workflows {
		for j := range k.Workflows[i].Steps {
			s := &k.Workflows[i].Steps[j]
			k.checkNeeds(item("workflows", i, item("steps", j, "skills")), s.Skills, known)
		}
	}
}

func (k *checker) checkSkills(agent int) {
	a := &k.Agents[agent]
	for j, s := range a.Skills {
		if slices.IndexFunc(a.Skills, func(o Skill) bool { return o.Name == s.Name }) < j {
			k.fail(item("agents", agent, item("skills", j, "name")), "%s is listed twice", quote(s.Name))
		}
	}
	for j, m := range a.Memberships {
		at := item("agents", agent, item("memberships", j, "queue"))
		switch {
		case !slices.Contains(a.Queues, m.Queue):
			k.fail(at, "%s is not one of the agent's queues", quote(m.Queue))
		case slices.IndexFunc(a.Memberships, func(o Membership) bool { return o.Queue == m.Queue }) < j:
			k.fail(at, "%s is listed twice", quote(m.Queue))
		}
	}
}

// checkNeeds also warns of a skill that nobody has (R104).
func (k *checker) checkNeeds(path string, needs []SkillNeed, known map[string]int32) {
	for i, n := range needs {
		at := item(path, i, "")
		if slices.IndexFunc(needs, func(o SkillNeed) bool { return o.Name == n.Name }) < i {
			k.fail(join(at, "name"), "%s is listed twice", quote(n.Name))
		}
		if known[n.Name] < n.Level {
			k.warnAt(at, "no agent has skill %s at level %d (R104)", quote(n.Name), n.Level)
		}
		for j := 1; j < len(n.Relax); j++ {
			if n.Relax[j].AfterMs <= n.Relax[j-1].AfterMs {
				k.fail(join(at, "relax"), "must be in the order of after_ms")
				break
			}
		}
	}
}

func buildNeeds(needs []SkillNeed) (out []*cc.SkillNeed) {
	for _, n := range needs {
		p := &cc.SkillNeed{Name: n.Name, Level: n.Level}
		for _, s := range n.Relax {
			p.Relax = append(p.Relax, &cc.SkillStep{AfterMs: s.AfterMs, Level: s.Level})
		}
		out = append(out, p)
	}
	return out
}

func (a *Agent) buildRouting(out *cc.Agent) {
	for _, s := range a.Skills {
		out.Skills = append(out.Skills, &cc.AgentSkill{Name: s.Name, Level: s.Level})
	}
	for _, m := range a.Memberships {
		out.Memberships = append(out.Memberships, &cc.Membership{Queue: m.Queue, Tier: m.Tier, Position: m.Position})
	}
}

var skipIfs = map[string]cc.SkipIf{
	"never": cc.SkipIf_SKIP_NEVER, "none_online": cc.SkipIf_SKIP_NONE_ONLINE,
	"none_available": cc.SkipIf_SKIP_NONE_AVAILABLE,
}
