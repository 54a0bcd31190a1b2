package sim

import (
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/queues"
)

// Discipline is what a queue asks beside its offers: R30, R65-R69, R94.
type Discipline struct {
	Strategy    string
	RingMax     int32
	SkipIf      int32
	MaxSize     int32
	RedialMs    int64
	PreferredMs int64
	TierAfterMs []int64
	Skill       string // "" none
	Level       int32
	RelaxMs     int64
	DropAge     bool // of the step to the overflow
	StepSkill   bool // calls that overflow need a skill of their own
}

// Trade is how an agent stands to the queues.
type Trade struct {
	Level    int32 // of the one skill there is
	Tier     int32
	Position int32
}

const theSkill = "english"

func planDiscipline(d dice) Discipline {
	x := Discipline{Strategy: [...]string{
		queues.LongestIdle, queues.LongestIdle, queues.RoundRobin, queues.FewestCalls, queues.LeastTalk, queues.MostSkilled,
		queues.RingAll, queues.RingAll, queues.Ordered,
	}[d.IntN(9)], RingMax: int32(1 + d.IntN(4))}
	if d.chance(0.2) {
		x.SkipIf = int32(1 + d.IntN(2))
	}
	if d.chance(0.2) {
		x.MaxSize = int32(1 + d.IntN(4))
	}
	if d.chance(0.7) {
		x.RedialMs = d.between(20, 200) * 1000
	}
	if d.chance(0.3) {
		x.PreferredMs = d.between(2, 12) * 1000
	}
	if d.chance(0.3) {
		x.TierAfterMs = []int64{d.between(1, 8) * 1000, d.between(8, 16) * 1000}
	}
	if d.chance(0.4) {
		x.Skill, x.Level, x.RelaxMs = theSkill, int32(1+d.IntN(3)), d.between(2, 16)*1000
	}
	x.DropAge, x.StepSkill = d.chance(0.2), d.chance(0.2)
	return x
}

func planTrade(d dice) Trade {
	return Trade{Level: int32(d.IntN(4)), Tier: int32(1 + d.IntN(3)), Position: int32(d.IntN(3))}
}

// impose gives a queue of the configuration its discipline.
func (x *Discipline) impose(q *cc.Queue) {
	q.Strategy, q.RingAllMax, q.SkipIf, q.MaxSize = x.Strategy, x.RingMax, cc.SkipIf(x.SkipIf), x.MaxSize
	q.RedialWindowMs, q.PreferredWindowMs, q.LastAgent = x.RedialMs, x.PreferredMs, x.PreferredMs > 0
	q.TierAfterMs = x.TierAfterMs
	if x.Skill != "" {
		q.Skills = []*cc.SkillNeed{{
			Name: x.Skill, Level: x.Level, Relax: []*cc.SkillStep{{AfterMs: x.RelaxMs}},
		}}
	}
}

// overflow is the step to the next queue.
func (x *Discipline) overflow(queue string) *cc.WorkflowStep {
	s := &cc.WorkflowStep{Queue: queue, DropAge: x.DropAge}
	if x.StepSkill {
		s.Skills = []*cc.SkillNeed{{Name: theSkill, Level: 1, Relax: []*cc.SkillStep{{AfterMs: 10_000}}}}
	}
	return s
}

// suits says whether an agent, eligible by R80's first part, may be offered the call now or what keeps them: needs not
// yet relaxed, a later tier, another preferred agent, another call standing for the place.
func suits(a *cc.Agent, q *cc.Queue, s *cc.CallState, nowMs int64) bool {
	waited := nowMs - s.EnteredMs - 1000 // to be on the safe side of each step
	for _, list := range [][]*cc.SkillNeed{q.Skills, s.Skills} {
		for _, n := range list {
			if level, _ := n.After(waited); a.SkillLevel(n.Name) < level {
				return false
			}
		}
	}
	if open, _ := q.OpenTier(waited); a.Tier(q.Id) > open {
		return false
	}
	preferred := s.Preferred != "" && s.Preferred != a.Id && waited < q.PreferredWindowMs
	return !preferred && s.Place == "" && len(s.Sharers) == 0
}
