package queues

import (
	"fmt"

	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
)

// The world is small so that ties, shared queues and partial grants are common.
const (
	worldAgents = 6
	worldCalls  = 9
	worldQueues = 3
)

var (
	worldTenants  = []string{"t0", "t1", "t2"}
	worldSkills   = []string{"gas", "oil"}
	allStrategies = []string{LongestIdle, RoundRobin, FewestCalls, LeastTalk, MostSkilled, RingAll, Ordered}
)

func subset(t *rapid.T, from []string, label string) []string {
	var out []string
	for _, s := range from {
		if rapid.IntRange(0, 2).Draw(t, label+s) > 0 {
			out = append(out, s)
		}
	}
	return out
}

func names(prefix string, n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprint(prefix, i))
	}
	return out
}

// drawDirectory draws a center; strategy "" draws that too.
func drawDirectory(t *rapid.T, version uint64, strategy string) *cc.Directory {
	c := &cc.Center{Version: version, Company: "co"}
	for _, id := range worldTenants {
		c.Tenants = append(c.Tenants, &cc.Tenant{Id: id})
	}
	ids := names("q", rapid.IntRange(1, worldQueues).Draw(t, "queues"))
	for _, id := range ids {
		c.Queues = append(c.Queues, drawQueue(t, id, strategy))
	}
	for _, id := range names("a", rapid.IntRange(1, worldAgents).Draw(t, "agents")) {
		a := &cc.Agent{
			Id: id, Tenants: subset(t, worldTenants, id+" granted "), Queues: subset(t, ids, id+" in "),
			PhoneOnly: rapid.Bool().Draw(t, "phone only"),
		}
		for _, name := range subset(t, worldSkills, id+" knows ") {
			a.Skills = append(a.Skills, &cc.AgentSkill{Name: name, Level: int32(rapid.IntRange(1, 3).Draw(t, "level"))})
		}
		for _, q := range ids {
			if rapid.Bool().Draw(t, "membership") {
				a.Memberships = append(a.Memberships, &cc.Membership{
					Queue: q, Tier: int32(rapid.IntRange(0, 4).Draw(t, "tier")), Position: int32(rapid.IntRange(0, 2).Draw(t, "position")),
				})
			}
		}
		c.Agents = append(c.Agents, a)
	}
	return cc.NewDirectory(c)
}

func drawQueue(t *rapid.T, id, strategy string) *cc.Queue {
	if strategy == "" {
		strategy = rapid.SampledFrom(allStrategies).Draw(t, "strategy")
	}
	return &cc.Queue{
		Id: id, Tenants: subset(t, worldTenants, id+" serves "), Strategy: strategy,
		OfferDuringOutbound: rapid.Bool().Draw(t, "during outbound"),
		OfferDuringDirect:   rapid.Bool().Draw(t, "during direct"),
		Skills:              drawNeeds(t),
		PreferredWindowMs:   int64(rapid.SampledFrom([]int{0, 8, 900}).Draw(t, "window")),
		TierAfterMs:         rapid.SampledFrom([][]int64{nil, {7}, {6, 700}, {0, 9, 12}}).Draw(t, "tiers"),
		RingAllMax:          int32(rapid.IntRange(0, 3).Draw(t, "ring all")),
	}
}

// drawNeeds: levels up to 3, some relaxed within the times of the world.
func drawNeeds(t *rapid.T) (out []*cc.SkillNeed) {
	if rapid.IntRange(0, 2).Draw(t, "needs") > 0 {
		return nil
	}
	for _, name := range subset(t, worldSkills, "needs ") {
		n := &cc.SkillNeed{Name: name, Level: int32(rapid.IntRange(1, 3).Draw(t, "level"))}
		for _, at := range rapid.SampledFrom([][]int64{nil, {5}, {9, 600}, {800}}).Draw(t, "relaxed") {
			n.Relax = append(n.Relax, &cc.SkillStep{AfterMs: at, Level: int32(rapid.IntRange(0, 2).Draw(t, "to"))})
		}
		out = append(out, n)
	}
	return out
}

func oftenTrue(t *rapid.T, label string) bool { return rapid.IntRange(0, 7).Draw(t, label) > 0 }
func seldom(t *rapid.T, label string) bool    { return !oftenTrue(t, label) }

func drawSummary(t *rapid.T, now int64) *cc.AgentSummary {
	s := &cc.AgentSummary{
		Agent:    rapid.SampledFrom(names("a", worldAgents)).Draw(t, "agent"),
		Presence: cc.Presence_AVAILABLE, Token: cc.TokenState_FREE,
		Client: oftenTrue(t, "client"), Endpoint: oftenTrue(t, "endpoint"),
		BusyDirect: seldom(t, "direct"), BusyInternal: seldom(t, "internal"), BusyOutbound: seldom(t, "outbound"),
		IdleSinceMs: int64(rapid.IntRange(0, 4).Draw(t, "idle")),
		LastOfferMs: int64(rapid.IntRange(0, 3).Draw(t, "last offer")),
		Calls:       int32(rapid.IntRange(0, 2).Draw(t, "calls")), TalkMs: int64(rapid.IntRange(0, 2).Draw(t, "talk")),
	}
	if seldom(t, "away") {
		s.Presence, s.Reason = cc.Presence_UNAVAILABLE, "lunch"
	}
	if rapid.IntRange(0, 3).Draw(t, "token taken") == 0 {
		s.Token = cc.TokenState(rapid.IntRange(2, 5).Draw(t, "token"))
	}
	if s.Token == cc.TokenState_WRAPUP {
		s.WrapupUntilMs = now + int64(rapid.SampledFrom([]int{-1, 0, 2, 300}).Draw(t, "wrap-up"))
		if seldom(t, "then away") {
			s.NextPresence = cc.Presence_UNAVAILABLE
		}
	}
	if seldom(t, "added") {
		s.QueuesAdded = subset(t, names("q", worldQueues), "added ")
	}
	if seldom(t, "removed") {
		s.QueuesRemoved = subset(t, names("q", worldQueues), "removed ")
	}
	if seldom(t, "cooling") {
		s.CooldownUntilMs = now + int64(rapid.IntRange(-5, 1500).Draw(t, "cool"))
	}
	return s
}

func drawCall(t *rapid.T, now int64) *cc.WaitingCall {
	w := &cc.WaitingCall{
		Call:           rapid.SampledFrom(names("c", worldCalls)).Draw(t, "call"),
		Queue:          rapid.SampledFrom(names("q", worldQueues)).Draw(t, "queue"),
		Tenant:         rapid.SampledFrom(append(worldTenants, "")).Draw(t, "tenant"),
		EnqueuedMs:     int64(rapid.IntRange(0, 5).Draw(t, "enqueued")),
		PriorityMs:     int64(rapid.IntRange(0, 3).Draw(t, "head start")),
		StrictPriority: seldom(t, "strict"), Offered: seldom(t, "offered"),
		Connected: rapid.Bool().Draw(t, "connected"),
	}
	if rapid.Bool().Draw(t, "entered later") {
		w.EnteredMs = now - int64(rapid.IntRange(0, 4).Draw(t, "entered"))
	}
	if rapid.IntRange(0, 3).Draw(t, "own needs") == 0 {
		w.Skills = drawNeeds(t)
	}
	if rapid.IntRange(0, 2).Draw(t, "preference") == 0 {
		w.Preferred = rapid.SampledFrom(names("a", worldAgents)).Draw(t, "preferred")
	}
	if rapid.IntRange(0, 3).Draw(t, "shares") == 0 {
		w.Place = rapid.SampledFrom([]string{"c0", "c1"}).Draw(t, "place")
		w.JoinedMs = int64(rapid.IntRange(0, 2).Draw(t, "joined"))
	}
	if rapid.IntRange(0, 4).Draw(t, "rings") == 0 {
		w.Offered, w.Ringing = true, subset(t, names("a", worldAgents), "ringing ")
	}
	if rapid.Bool().Draw(t, "has priority") {
		w.Priority = int32(rapid.IntRange(0, 2).Draw(t, "priority"))
	}
	for _, a := range rapid.Permutation(names("a", worldAgents)).Draw(t, "tried order") {
		if rapid.IntRange(0, 2).Draw(t, "tried "+a) == 0 {
			at := now - int64(rapid.IntRange(0, 3).Draw(t, "ago"))
			w.Tried = append(w.Tried, &cc.TriedAgent{
				Agent: a, AtMs: at, Outcome: cc.OfferOutcome_MISSED,
				ReofferAtMs: at + int64(rapid.SampledFrom([]int{0, 1, 2, 600, 1200}).Draw(t, "reoffer")),
			})
		}
	}
	return w
}
