package callcenter

import "testing"

// R67: a level is lowered step by step, each from its own time on.
func TestR67NeedIsRelaxedByTime(t *testing.T) {
	n := &SkillNeed{Name: "gas", Level: 7, Relax: []*SkillStep{{AfterMs: 30_000, Level: 4}, {AfterMs: 60_000, Level: 0}}}
	for _, c := range []struct {
		waited, next int64
		level        int32
	}{{0, 30_000, 7}, {29_999, 30_000, 7}, {30_000, 60_000, 4}, {60_000, 0, 0}, {1 << 40, 0, 0}} {
		if level, next := n.After(c.waited); level != c.level || next != c.next {
			t.Errorf("after %d ms: level %d, next %d; want %d, %d", c.waited, level, next, c.level, c.next)
		}
	}
}

// R67: a tier is opened by the wait; tiers beyond the list come with its last, and without a list all are open.
func TestR67TierOpensByTime(t *testing.T) {
	q := &Queue{TierAfterMs: []int64{10_000, 20_000}}
	for _, c := range []struct {
		waited, next int64
		tier         int32
	}{{0, 10_000, 1}, {10_000, 20_000, 2}, {20_000, 0, AllTiers}} {
		if tier, next := q.OpenTier(c.waited); tier != c.tier || next != c.next {
			t.Errorf("after %d ms: tier %d, next %d; want %d, %d", c.waited, tier, next, c.tier, c.next)
		}
	}
	if tier, next := (&Queue{}).OpenTier(0); tier != AllTiers || next != 0 {
		t.Errorf("no list: tier %d, next %d", tier, next)
	}
}

func TestR67Membership(t *testing.T) {
	a := &Agent{
		Queues: []string{"q", "p"}, Memberships: []*Membership{{Queue: "p", Tier: 2, Position: 5}},
		Skills: []*AgentSkill{{Name: "gas", Level: 3}},
	}
	if a.Tier("q") != 1 || a.Tier("p") != 2 || a.Position("q") != 0 || a.Position("p") != 5 {
		t.Error("tier or position")
	}
	if a.SkillLevel("gas") != 3 || a.SkillLevel("oil") != 0 {
		t.Error("level")
	}
}
