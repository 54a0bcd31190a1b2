package queues

import (
	"cmp"
	"maps"
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// reference is the matcher's meaning written out without any regard to cost: the offerable calls in score order, each
// taking its best eligible agent. It shares nothing with the Matcher but Eligible.
type reference struct {
	dir    *cc.Directory
	calls  map[string]*cc.WaitingCall
	agents map[string]*cc.AgentSummary
	// holds: the other side and until when; moved: a summary came since; refused: by the agent
	callHold  map[string]refHold
	agentHold map[string]refHold
	told      map[string]bool
	now       int64
}

type refHold struct {
	other          string
	until          int64
	moved, refused bool
}

func newReference(dir *cc.Directory) *reference {
	return &reference{
		dir: dir, calls: map[string]*cc.WaitingCall{}, agents: map[string]*cc.AgentSummary{},
		callHold: map[string]refHold{}, agentHold: map[string]refHold{}, told: map[string]bool{},
	}
}

func (r *reference) setCall(w *cc.WaitingCall) {
	if was := r.calls[w.Call]; was != nil {
		same := len(was.Tried) == len(w.Tried) && was.Queue == w.Queue
		for i := 0; same && i < len(w.Tried); i++ {
			same = w.Tried[i].Agent == was.Tried[i].Agent && w.Tried[i].AtMs == was.Tried[i].AtMs
		}
		if w.Offered || !same {
			delete(r.callHold, w.Call)
		}
	}
	r.calls[w.Call] = w
}

func (r *reference) removeCall(id string) {
	delete(r.calls, id)
	delete(r.callHold, id)
	delete(r.told, id)
}

func (r *reference) setAgent(s *cc.AgentSummary) {
	r.agents[s.Agent] = s
	h, held := r.agentHold[s.Agent]
	if s.Token > cc.TokenState_FREE || h.refused {
		delete(r.agentHold, s.Agent)
	} else if held {
		h.moved = true
		r.agentHold[s.Agent] = h
	}
}

func (r *reference) removeAgent(id string) {
	delete(r.agents, id)
	delete(r.agentHold, id)
}

func (r *reference) refused(call, agent string) {
	r.expire(r.now)
	if r.callHold[call].other == agent {
		delete(r.callHold, call)
	}
	if h := r.agentHold[agent]; h.other == call {
		if h.moved {
			delete(r.agentHold, agent)
		} else {
			h.refused = true
			r.agentHold[agent] = h
		}
	}
}

func (r *reference) expire(now int64) {
	over := func(_ string, h refHold) bool { return h.until <= now }
	maps.DeleteFunc(r.callHold, over)
	maps.DeleteFunc(r.agentHold, over)
}

// order is R66 from its words: a score in milliseconds, the highest first.
func (r *reference) order() []*cc.WaitingCall {
	score := func(w *cc.WaitingCall) int64 { return w.PriorityMs + r.now - w.EnqueuedMs }
	strict := func(w *cc.WaitingCall) int32 {
		if w.StrictPriority {
			return w.Priority
		}
		return 0
	}
	return slices.SortedFunc(maps.Values(r.calls), func(a, b *cc.WaitingCall) int {
		return cmp.Or(cmp.Compare(strict(b), strict(a)), cmp.Compare(score(b), score(a)),
			cmp.Compare(a.EnqueuedMs, b.EnqueuedMs), cmp.Compare(a.Call, b.Call))
	})
}

func (r *reference) offerable(w *cc.WaitingCall, now int64) bool {
	h, held := r.callHold[w.Call]
	return !w.Offered && (!held || h.until <= now) && r.dir.Queue(w.Queue) != nil
}

// ready lists who passes the agent's part of R80 for the call and is not held, longest idle first.
func (r *reference) ready(w *cc.WaitingCall, now int64, taken map[string]bool) []*cc.AgentSummary {
	var out []*cc.AgentSummary
	q := r.dir.Queue(w.Queue)
	for id, s := range r.agents {
		h, held := r.agentHold[id]
		if !taken[id] && (!held || h.until <= now) && eligibility(r.dir.Agent(id), s, q, w.Tenant, now).OK() {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *cc.AgentSummary) int {
		return cmp.Or(cmp.Compare(a.IdleSinceMs, b.IdleSinceMs), cmp.Compare(a.Agent, b.Agent))
	})
	return out
}

// best is R67 with R31: who has not had the call, else who had it longest ago and may have it again.
func (r *reference) best(w *cc.WaitingCall, now int64, taken map[string]bool) string {
	tried := map[string]*cc.TriedAgent{}
	for _, t := range w.Tried {
		tried[t.Agent] = t
	}
	var again *cc.TriedAgent
	for _, s := range r.ready(w, now, taken) {
		t := tried[s.Agent]
		if t == nil {
			return s.Agent
		}
		sooner := again == nil || t.AtMs < again.AtMs || t.AtMs == again.AtMs && t.Agent < again.Agent
		if t.ReofferAtMs <= now && sooner {
			again = t
		}
	}
	return again.GetAgent()
}

type pairOf struct{ Call, Agent string }

// pairs are what a Match at this time has to return, given what is held now.
func (r *reference) pairs(now int64) []pairOf {
	var out []pairOf
	taken := map[string]bool{}
	for _, w := range r.order() {
		if !r.offerable(w, now) {
			continue
		}
		if a := r.best(w, now, taken); a != "" {
			taken[a] = true
			out = append(out, pairOf{w.Call, a})
		}
	}
	return out
}

func (r *reference) match(now int64) []pairOf {
	r.now = now
	r.expire(now)
	out := r.pairs(now)
	for _, p := range out {
		r.callHold[p.Call] = refHold{other: p.Agent, until: now + 1_000}
		r.agentHold[p.Agent] = refHold{other: p.Call, until: now + 1_000}
	}
	return out
}

func (r *reference) unmatched() []string {
	var out []string
	for _, w := range r.order() {
		_, held := r.callHold[w.Call]
		if !w.Connected && !w.Offered && !held && !r.told[w.Call] {
			r.told[w.Call] = true
			out = append(out, w.Call)
		}
	}
	return out
}

// moments are all times after now at which something in the state comes to its end by itself.
func (r *reference) moments() []int64 {
	var out []int64
	for _, s := range r.agents {
		out = append(out, s.CooldownUntilMs)
	}
	for _, w := range r.calls {
		for _, t := range w.Tried {
			out = append(out, t.ReofferAtMs)
		}
	}
	for _, holds := range []map[string]refHold{r.callHold, r.agentHold} {
		for _, h := range holds {
			out = append(out, h.until)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(t int64) bool { return t <= r.now })
}
