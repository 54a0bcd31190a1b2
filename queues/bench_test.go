package queues

import (
	"fmt"
	"testing"
	"time"

	cc "github.com/wirechief/wirechief/callcenter"
)

// shape is a company for benchmarks: agents in perAgent of its queues, all tenants served by all queues; one agent in ten
// lacks the grant for the first tenant.
type shape struct {
	agents, queues, perAgent, tenants int
	strategy                          string
	skills                            int  // how many there are; agents have levels 0 to 3 of each
	alone                             bool // no two agents have the same skills
	tiers                             int
}

// center is a company at work.
type center struct {
	shape
	m        *Matcher
	free     []*cc.AgentSummary
	talking  []*cc.AgentSummary
	index    map[string]int
	now      int64
	cfg      []*cc.Queue
	ids      []string
	calls    map[string]*cc.WaitingCall
	callsSet int
}

func newCenter(tb testing.TB, s shape) *center {
	c := &cc.Center{Version: 1}
	x := &center{shape: s, index: map[string]int{}, calls: map[string]*cc.WaitingCall{}, now: 1_700_000_000_000}
	for i := range s.tenants {
		x.ids = append(x.ids, fmt.Sprint("tenant", i))
		c.Tenants = append(c.Tenants, &cc.Tenant{Id: x.ids[i]})
	}
	for i := range s.queues {
		q := &cc.Queue{Id: fmt.Sprint("queue", i), Tenants: x.ids, Strategy: s.strategy, PreferredWindowMs: 20_000}
		for t := 1; t < s.tiers; t++ {
			q.TierAfterMs = append(q.TierAfterMs, int64(t)*20_000)
		}
		c.Queues = append(c.Queues, q)
	}
	x.cfg = c.Queues
	for i := range s.agents {
		a := x.agent(i)
		c.Agents = append(c.Agents, a)
		x.index[a.Id] = i
		x.free = append(x.free, &cc.AgentSummary{
			Agent: a.Id, Presence: cc.Presence_AVAILABLE, Token: cc.TokenState_FREE, Client: true, Endpoint: true,
			IdleSinceMs: x.now - int64(i*7919%100_003), LastOfferMs: x.now - int64(i*104_729%100_003),
			Calls: int32(i * 31 % 97), TalkMs: int64(i * 7919 % 100_003),
		})
		t := x.free[i].CloneVT()
		t.Token = cc.TokenState_TALKING
		x.talking = append(x.talking, t)
	}
	var err error
	if x.m, err = New(cc.NewDirectory(c), Limits{}); err != nil {
		tb.Fatal(err)
	}
	return x
}

func (x *center) agent(i int) *cc.Agent {
	a := &cc.Agent{Id: fmt.Sprintf("agent%05d", i), Tenants: x.ids}
	if i%10 == 0 && x.tenants > 1 {
		a.Tenants = x.ids[1:]
	}
	for k := range x.perAgent {
		q := x.cfg[(i+k)%x.queues].Id
		a.Queues = append(a.Queues, q)
		a.Memberships = append(a.Memberships, &cc.Membership{
			Queue: q, Tier: int32(1 + i%max(1, x.tiers)), Position: int32(i % 7),
		})
	}
	for k := range x.skills {
		if level := int32(i >> (2 * k) % 4); level > 0 {
			a.Skills = append(a.Skills, &cc.AgentSkill{Name: fmt.Sprint("skill", k), Level: level})
		}
	}
	if x.alone {
		a.Skills = append(a.Skills, &cc.AgentSkill{Name: a.Id, Level: 1})
	}
	return a
}

func (x *center) newCall() *cc.WaitingCall {
	i := x.callsSet
	x.callsSet++
	w := &cc.WaitingCall{
		Call: fmt.Sprintf("call%06d", i), Queue: x.cfg[i%x.queues].Id, Tenant: x.ids[i%x.tenants],
		EnqueuedMs: x.now, PriorityMs: int64(i%3) * 300_000, Connected: true,
	}
	if x.skills > 0 { // two kinds a skill; all agents but those with none of it will do after half a minute
		w.Skills = []*cc.SkillNeed{{
			Name: fmt.Sprint("skill", i%x.skills), Level: int32(1 + i%2),
			Relax: []*cc.SkillStep{{AfterMs: 30_000, Level: 1}, {AfterMs: 60_000}},
		}}
	}
	return w
}

// wait puts n calls into the queues with every agent busy.
func (x *center) wait(n int) {
	for _, s := range x.talking {
		x.m.SetAgent(s)
	}
	for range n {
		x.now++
		w := x.newCall()
		x.calls[w.Call] = w
		x.m.SetCall(w)
	}
	x.m.Match(x.now)
}

// answered brings a pair to where the agent talks and the call waits no more; its record is reused for the next
// caller.
func (x *center) answered(p Match) *cc.WaitingCall {
	x.m.SetAgent(x.talking[x.index[p.Agent]])
	x.m.RemoveCall(p.Call)
	w := x.calls[p.Call]
	w.EnqueuedMs = x.now
	return w
}

// shapes: one queue, and ten with agents in three of them and three tenants.
var shapes = []shape{
	{agents: 100, queues: 1, perAgent: 1, tenants: 1}, {agents: 1_000, queues: 1, perAgent: 1, tenants: 1},
	{agents: 10_000, queues: 1, perAgent: 1, tenants: 1}, {agents: 100, queues: 10, perAgent: 3, tenants: 3},
	{agents: 1_000, queues: 10, perAgent: 3, tenants: 3}, {agents: 10_000, queues: 10, perAgent: 3, tenants: 3},
}

func (s shape) String() string { return fmt.Sprintf("agents=%d/queues=%d", s.agents, s.queues) }

// hard is a strategy at its most expensive: one queue with everybody in it, and the skills and tiers it turns on.
func hard(strategy string, n int) shape {
	s := shape{agents: n, queues: 1, perAgent: 1, tenants: 2, strategy: strategy}
	switch strategy {
	case MostSkilled:
		s.skills = 4
	case Ordered:
		s.tiers = 3
	}
	return s
}

// frees: an agent frees while callers wait, takes the best call and talks; the next caller comes. decide is called
// around what a decision is: the change of the agent and the Match.
func (x *center) frees(tb testing.TB, i int, decide func(func())) {
	x.now++
	var got []Match
	decide(func() {
		x.m.SetAgent(x.free[i*7919%x.agents])
		got = x.m.Match(x.now)
	})
	if len(got) > 1 {
		tb.Fatalf("%d matches", len(got))
	}
	if len(got) == 0 { // lacks what all callers need
		x.m.SetAgent(x.talking[i*7919%x.agents])
		return
	}
	x.m.SetCall(x.answered(got[0]))
	if got := x.m.Match(x.now); len(got) != 0 {
		tb.Fatal("matched with nobody free")
	}
}

// arrives: a call comes while all agents are idle; one answers it and is free again.
func (x *center) arrives(tb testing.TB, w *cc.WaitingCall, decide func(func())) {
	x.now++
	var got []Match
	w.EnqueuedMs = x.now
	decide(func() {
		x.m.SetCall(w)
		got = x.m.Match(x.now)
	})
	if len(got) == 0 {
		tb.Fatal("no match")
	}
	for _, p := range got {
		x.answered(p)
		a := x.free[x.index[p.Agent]]
		a.IdleSinceMs, a.LastOfferMs = x.now, x.now
		a.Calls++
		a.TalkMs++
		x.m.SetAgent(a)
	}
	x.m.Match(x.now)
}

func (x *center) allIdle() *cc.WaitingCall {
	for _, a := range x.free {
		x.m.SetAgent(a)
	}
	w := x.newCall()
	x.calls[w.Call] = w
	return w
}

// timed reports decision-ns beside the whole cycle's ns/op.
func timed(b *testing.B, cycle func(i int, decide func(func()))) {
	b.ReportAllocs()
	var spent time.Duration
	i := 0
	for b.Loop() {
		cycle(i, func(f func()) {
			t := time.Now()
			f()
			spent += time.Since(t)
		})
		i++
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "decision-ns")
}

// A decision by each strategy with as many callers waiting as there are agents: an agent frees.
func BenchmarkDecisionAgentFrees(b *testing.B) {
	for _, strategy := range allStrategies {
		for _, n := range []int{100, 1_000, 10_000} {
			b.Run(fmt.Sprintf("strategy=%s/n=%d", strategy, n), func(b *testing.B) {
				x := newCenter(b, hard(strategy, n))
				x.wait(n)
				timed(b, func(i int, decide func(func())) { x.frees(b, i, decide) })
			})
		}
	}
}

// A decision by each strategy with as many idle agents: a call arrives. With ring_all it is ten offers.
func BenchmarkDecisionCallArrives(b *testing.B) {
	for _, strategy := range allStrategies {
		for _, n := range []int{100, 1_000, 10_000} {
			b.Run(fmt.Sprintf("strategy=%s/n=%d", strategy, n), func(b *testing.B) {
				x := newCenter(b, hard(strategy, n))
				w := x.allIdle()
				timed(b, func(_ int, decide func(func())) { x.arrives(b, w, decide) })
			})
		}
	}
}

// An agent of many queues and tenants frees while 10,000 callers wait.
func BenchmarkAgentFrees(b *testing.B) {
	for _, s := range shapes {
		b.Run(s.String()+"/waiting=10000", func(b *testing.B) {
			x := newCenter(b, s)
			x.wait(10_000)
			timed(b, func(i int, decide func(func())) { x.frees(b, i, decide) })
		})
	}
}

// A call arrives while all agents of many queues and tenants are idle.
func BenchmarkCallArrives(b *testing.B) {
	for _, s := range shapes {
		b.Run(s.String(), func(b *testing.B) {
			x := newCenter(b, s)
			w := x.allIdle()
			timed(b, func(_ int, decide func(func())) { x.arrives(b, w, decide) })
		})
	}
}

// Two agents free and two calls come between two Matches: the steady state of a mailbox that gathers.
func BenchmarkChurnOfTwo(b *testing.B) {
	for _, s := range shapes {
		b.Run(s.String()+"/waiting=10000", func(b *testing.B) {
			x := newCenter(b, s)
			x.wait(10_000)
			b.ReportAllocs()
			i, matches := 0, 0
			for b.Loop() {
				x.now++
				x.m.SetAgent(x.free[i%s.agents])
				x.m.SetAgent(x.free[(i+s.agents/2)%s.agents])
				got := x.m.Match(x.now)
				matches += len(got)
				for _, p := range got {
					x.m.SetCall(x.answered(p))
				}
				i++
			}
			if matches != 2*b.N {
				b.Fatalf("%d matches in %d rounds", matches, b.N)
			}
			b.ReportMetric(float64(matches)/b.Elapsed().Seconds(), "matches/s")
		})
	}
}

// All agents come back at once to 10,000 waiting callers (a node restarts, a network blip ends).
func BenchmarkAllAgentsReturn(b *testing.B) {
	for _, agents := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("agents=%d/queues=10/waiting=10000", agents), func(b *testing.B) {
			x := newCenter(b, shape{agents: agents, queues: 10, perAgent: 3, tenants: 3})
			x.wait(10_000)
			b.ReportAllocs()
			for b.Loop() {
				x.now++
				for _, a := range x.free {
					x.m.SetAgent(a)
				}
				got := x.m.Match(x.now)
				for _, p := range got {
					x.m.SetCall(x.answered(p))
				}
				for _, a := range x.talking {
					x.m.SetAgent(a)
				}
				x.m.Match(x.now)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*agents), "ns/agent")
		})
	}
}
