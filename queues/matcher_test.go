package queues

import (
	"errors"
	"fmt"
	"testing"

	cc "github.com/wirechief/wirechief/callcenter"
)

func oneQueue(t *testing.T, limits Limits, agents ...string) *Matcher {
	t.Helper()
	c := &cc.Center{Version: 1, Queues: []*cc.Queue{{Id: "sales"}}}
	for _, a := range agents {
		c.Agents = append(c.Agents, &cc.Agent{Id: a, Queues: []string{"sales"}})
	}
	m, err := New(cc.NewDirectory(c), limits)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func free(id string, idle int64) *cc.AgentSummary {
	return &cc.AgentSummary{
		Agent: id, Presence: cc.Presence_AVAILABLE, Token: cc.TokenState_FREE, Client: true, Endpoint: true,
		IdleSinceMs: idle,
	}
}

// Edge case 23: an agent alone, status kept, rejects within a millisecond for a minute: at most six offers, woken by
// NextWake alone.
func TestEdge23OneAgentRejectsForAMinute(t *testing.T) {
	m := oneQueue(t, Limits{}, "anna")
	m.SetAgent(free("anna", 0))
	m.SetCall(&cc.WaitingCall{Call: "c1", Queue: "sales"})
	offers, wakes := 0, 0
	for now := int64(0); now < 60_000; wakes++ {
		for range m.Match(now) {
			offers++
			reserved := free("anna", 0)
			reserved.Token = cc.TokenState_RESERVED
			m.SetAgent(reserved)
			m.SetCall(&cc.WaitingCall{Call: "c1", Queue: "sales", Tried: []*cc.TriedAgent{{
				Agent: "anna", AtMs: now, ReofferAtMs: now + 10_000, Outcome: cc.OfferOutcome_REJECTED,
			}}})
			m.SetAgent(free("anna", now))
		}
		m.Match(now)
		at, ok := m.NextWake(now)
		if !ok || at <= now {
			t.Fatalf("at %d: next wake %d %v", now, at, ok)
		}
		now = at
	}
	if offers != 6 || wakes > 12 {
		t.Fatalf("%d offers in %d wakes", offers, wakes)
	}
}

func TestUnknownStrategyIsRefused(t *testing.T) {
	dir := cc.NewDirectory(&cc.Center{Queues: []*cc.Queue{{Id: "q", Strategy: "best_dressed"}}})
	if _, err := New(dir, Limits{}); !errors.Is(err, ErrUnknownStrategy) {
		t.Fatalf("New: %v", err)
	}
	m := oneQueue(t, Limits{}, "anna")
	if err := m.Configure(dir); !errors.Is(err, ErrUnknownStrategy) {
		t.Fatalf("Configure: %v", err)
	}
	if _, ok := m.QueueStats("sales", 0); !ok {
		t.Fatal("the former version is gone")
	}
}

func TestLimitsDropAndCount(t *testing.T) {
	m := oneQueue(t, Limits{MaxCalls: 2, MaxAgents: 2}, "anna")
	for i, want := range []bool{true, true, false} {
		if got := m.SetCall(&cc.WaitingCall{Call: fmt.Sprint("c", i), Queue: "sales"}); got != want {
			t.Fatalf("call %d: %v", i, got)
		}
	}
	if !m.SetCall(&cc.WaitingCall{Call: "c1", Queue: "sales", Offered: true}) {
		t.Fatal("a call already held must not be dropped")
	}
	m.RemoveCall("c0")
	if !m.SetCall(&cc.WaitingCall{Call: "c3", Queue: "sales"}) {
		t.Fatal("no place after a removal")
	}
	for i, want := range []bool{true, true, false} {
		if got := m.SetAgent(free([]string{"anna", "ben", "cleo"}[i], 0)); got != want {
			t.Fatalf("agent %d: %v", i, got)
		}
	}
	m.RemoveAgent("ben")
	if !m.SetAgent(free("cleo", 0)) {
		t.Fatal("no place after a removal")
	}
	counted := map[string]float64{}
	m.Stats().Each(func(name string, v float64) { counted[name] = v })
	if counted["calls_dropped"] != 1 || counted["agents_dropped"] != 1 {
		t.Fatalf("%v", counted)
	}
}

// The work of a decision does not grow with what waits: no call is walked past, and what it allocates is bounded.
func TestDecisionIsBounded(t *testing.T) {
	for _, s := range shapes {
		x := newCenter(t, s)
		x.wait(2_000)
		i := 0
		allocs := testing.AllocsPerRun(200, func() {
			x.now++
			x.m.SetAgent(x.free[i%s.agents])
			got := x.m.Match(x.now)
			if len(got) != 1 {
				t.Fatalf("%d matches", len(got))
			}
			x.m.SetCall(x.answered(got[0]))
			i++
		})
		if allocs > 10 {
			t.Errorf("%d agents: %v allocations", s.agents, allocs)
		}
		if n := x.m.Stats().CallsPassed; n != 0 {
			t.Errorf("%d agents: %d calls passed over", s.agents, n)
		}
	}
}

// With as many agents as calls coming at once everyone gets one, each call looked at about once.
func TestAllAtOnce(t *testing.T) {
	x := newCenter(t, shape{agents: 1_000, queues: 10, perAgent: 3, tenants: 1})
	x.wait(1_000)
	for _, a := range x.free {
		x.m.SetAgent(a)
	}
	if got := x.m.Match(x.now); len(got) < 900 {
		t.Fatalf("%d matches", len(got))
	}
	if n := x.m.Stats().CallsPassed; n > 10 {
		t.Fatalf("%d calls passed over", n)
	}
}

// A resolved policy is shared by pairs, so it must be one object per lane, and the agent's own where they override.
func TestPolicyOfAMatch(t *testing.T) {
	timed := func(ms int64) *cc.WrapUp { return &cc.WrapUp{Mode: cc.WrapUpMode_WRAPUP_TIMED, LengthMs: ms} }
	m, err := New(cc.NewDirectory(&cc.Center{
		Tenants: []*cc.Tenant{{Id: "acme", Wrapup: timed(5_000)}},
		Queues:  []*cc.Queue{{Id: "sales", Tenants: []string{"acme"}}},
		Agents: []*cc.Agent{
			{Id: "anna", Queues: []string{"sales"}, Tenants: []string{"acme"}},
			{Id: "ben", Queues: []string{"sales"}, Tenants: []string{"acme"}, Wrapup: timed(7_000)},
		},
	}), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"anna": 5_000, "ben": 7_000}
	for round := range 2 {
		for i, id := range []string{"anna", "ben"} {
			reserved := free(id, 0)
			reserved.Token = cc.TokenState_RESERVED
			m.SetAgent(reserved)
			m.SetAgent(free(id, int64(i)))
			m.SetCall(&cc.WaitingCall{Call: fmt.Sprint(id, round), Queue: "sales", Tenant: "acme"})
		}
		got := m.Match(int64(round))
		if len(got) != 2 {
			t.Fatalf("%d matches", len(got))
		}
		for _, p := range got {
			if ms := p.Policy.Wrapup.LengthMs; ms != want[p.Agent] {
				t.Errorf("%s: wrap-up %d", p.Agent, ms)
			}
		}
	}
}
