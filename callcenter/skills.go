package callcenter

import "math"

// SkillLevel is the agent's level of a skill, 0 = does not have it.
func (a *Agent) SkillLevel(name string) int32 {
	for _, s := range a.GetSkills() {
		if s.Name == name {
			return s.Level
		}
	}
	return 0
}

// After is the level asked for once the call has waited in its queue for waitedMs, and the wait at which that changes
// next, 0 if never (R67).
func (n *SkillNeed) After(waitedMs int64) (level int32, nextMs int64) {
	level = n.GetLevel()
	for _, s := range n.GetRelax() {
		if s.AfterMs > waitedMs {
			return level, s.AfterMs
		}
		level = s.Level
	}
	return level, 0
}

// Tier is the agent's tier in one of their queues, from 1.
func (a *Agent) Tier(queue string) int32 { return max(1, a.membership(queue).GetTier()) }

// Position orders the agents of a tier under strategy ordered, low first.
func (a *Agent) Position(queue string) int32 { return a.membership(queue).GetPosition() }

func (a *Agent) membership(queue string) *Membership {
	for _, m := range a.GetMemberships() {
		if m.Queue == queue {
			return m
		}
	}
	return nil
}

// AllTiers is the open tier of a call that may be offered to every member.
const AllTiers = math.MaxInt32

// OpenTier is the last tier that is asked once a call has waited in the queue for waitedMs, and the wait at which that
// changes next, 0 if never. Tier 2 is asked after the first of tier_after_ms, tier 3 after the second; tiers beyond the
// list come with its last.
func (q *Queue) OpenTier(waitedMs int64) (tier int32, nextMs int64) {
	tier = 1
	for _, at := range q.GetTierAfterMs() {
		if at > waitedMs {
			return tier, at
		}
		tier++
	}
	return AllTiers, 0
}
