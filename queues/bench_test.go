package queues

import (
	"fmt"
	"testing"
	"time"

	cc "github.com/wirechief/wirechief/callcenter"
)

// center is a company for benchmarks: agents in perAgent of its queues, all tenants served by all queues; one agent in
// ten lacks the grant for the first tenant.
type center struct {
	m        *Matcher
	free     []*cc.AgentSummary
	talking  []*cc.AgentSummary
	index    map[string]int
	now      int64
	queues   []*cc.Queue
	tenants  []string
	calls    map[string]*cc.WaitingCall
	callsSet int
}

func newCenter(tb testing.TB, agents, queues, perAgent, tenants int) *center {
	c := &cc.Center{Version: 1}
	x := &center{index: map[string]int{}, calls: map[string]*cc.WaitingCall{}, now: 1_700_000_000_000}
	for i := range tenants {
		x.tenants = append(x.tenants, fmt.Sprint("tenant", i))
		c.Tenants = append(c.Tenants, &cc.Tenant{Id: x.tenants[i]})
	}
	for i := range queues {
		c.Queues = append(c.Queues, &cc.Queue{Id: fmt.Sprint("queue", i), Tenants: x.tenants})
	}
	x.queues = c.Queues
	for i := range agents {
		a := &cc.Agent{Id: fmt.Sprintf("agent%05d", i), Tenants: x.tenants}
		if i%10 == 0 && tenants > 1 {
			a.Tenants = x.tenants[1:]
		}
		for k := range perAgent {
			a.Queues = append(a.Queues, c.Queues[(i+k)%queues].Id)
		}
		c.Agents = append(c.Agents, a)
		x.index[a.Id] = i
		x.free = append(x.free, &cc.AgentSummary{
			Agent: a.Id, Presence: cc.Presence_AVAILABLE, Token: cc.TokenState_FREE, Client: true, Endpoint: true,
			IdleSinceMs: x.now - int64(i*7919%100_003),
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

func (x *center) newCall() *cc.WaitingCall {
	i := x.callsSet
	x.callsSet++
	return &cc.WaitingCall{
		Call: fmt.Sprintf("call%06d", i), Queue: x.queues[i%len(x.queues)].Id, Tenant: x.tenants[i%len(x.tenants)],
		EnqueuedMs: x.now, PriorityMs: int64(i%3) * 300_000, Connected: true,
	}
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

var shapes = []struct{ agents, queues, perAgent, tenants int }{
	{100, 1, 1, 1}, {1_000, 1, 1, 1}, {10_000, 1, 1, 1},
	{100, 10, 3, 3}, {1_000, 10, 3, 3}, {10_000, 10, 3, 3},
}

// An agent frees while 10,000 callers wait. decision-ns is the change and the Match; ns/op is the whole cycle of six
// changes: freed, matched, talking, call gone, next call queued, matched (nobody).
func BenchmarkAgentFrees(b *testing.B) {
	for _, s := range shapes {
		b.Run(fmt.Sprintf("agents=%d/queues=%d/waiting=10000", s.agents, s.queues), func(b *testing.B) {
			x := newCenter(b, s.agents, s.queues, s.perAgent, s.tenants)
			x.wait(10_000)
			b.ReportAllocs()
			var spent time.Duration
			i := 0
			for b.Loop() {
				x.now++
				t := time.Now()
				x.m.SetAgent(x.free[i*7919%s.agents])
				got := x.m.Match(x.now)
				spent += time.Since(t)
				if len(got) != 1 {
					b.Fatalf("%d matches", len(got))
				}
				x.m.SetCall(x.answered(got[0]))
				if got := x.m.Match(x.now); len(got) != 0 {
					b.Fatal("matched with nobody free")
				}
				i++
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "decision-ns")
		})
	}
}

// A call arrives while all agents are idle.
func BenchmarkCallArrives(b *testing.B) {
	for _, s := range shapes {
		b.Run(fmt.Sprintf("agents=%d/queues=%d", s.agents, s.queues), func(b *testing.B) {
			x := newCenter(b, s.agents, s.queues, s.perAgent, s.tenants)
			for _, a := range x.free {
				x.m.SetAgent(a)
			}
			w := x.newCall()
			x.calls[w.Call] = w
			b.ReportAllocs()
			var spent time.Duration
			for b.Loop() {
				x.now++
				t := time.Now()
				x.m.SetCall(w)
				got := x.m.Match(x.now)
				spent += time.Since(t)
				if len(got) != 1 {
					b.Fatalf("%d matches", len(got))
				}
				x.answered(got[0])
				a := x.free[x.index[got[0].Agent]]
				a.IdleSinceMs = x.now
				x.m.SetAgent(a)
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "decision-ns")
		})
	}
}

// Two agents free and two calls come between two Matches: the steady state of a mailbox that gathers.
func BenchmarkChurnOfTwo(b *testing.B) {
	for _, s := range shapes {
		b.Run(fmt.Sprintf("agents=%d/queues=%d/waiting=10000", s.agents, s.queues), func(b *testing.B) {
			x := newCenter(b, s.agents, s.queues, s.perAgent, s.tenants)
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
			x := newCenter(b, agents, 10, 3, 3)
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
