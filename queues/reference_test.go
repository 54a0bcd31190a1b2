package queues

import (
	"cmp"
	"maps"
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// reference is the matcher's meaning written out without any regard to cost: the offerable calls in score order, each
// taking its best eligible agents. It shares nothing with the Matcher but Eligible and what callcenter says of a need,
// a tier and an agent due free.
type reference struct {
	dir    *cc.Directory
	calls  map[string]*cc.WaitingCall
	agents map[string]*cc.AgentSummary
	// holds: the other sides and until when; moved: a summary came since; refused: by the agent
	callHold  map[string]refHold
	agentHold map[string]refHold
	told      map[string]bool
	now       int64
}

type refHold struct {
	others         []string
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
		at := func(list []*cc.TriedAgent, agent string) int64 {
			for _, t := range list {
				if t.Agent == agent {
					return t.AtMs
				}
			}
			return -1
		}
		same := len(was.Tried) == len(w.Tried) && was.Queue == w.Queue
		for i := 0; same && i < len(w.Tried); i++ {
			same = w.Tried[i].Agent == was.Tried[i].Agent && w.Tried[i].AtMs == was.Tried[i].AtMs
		}
		switch h := r.callHold[w.Call]; {
		case len(w.Ringing) > 0 && was.Queue == w.Queue:
			h.others = slices.DeleteFunc(slices.Clone(h.others), func(a string) bool {
				now := at(w.Tried, a)
				return slices.Contains(w.Ringing, a) || now >= 0 && now != max(0, at(was.Tried, a))
			})
			r.holdCall(w.Call, h)
		case w.Offered, was.Offered, !same:
			delete(r.callHold, w.Call)
		}
	}
	r.calls[w.Call] = w
}

func (r *reference) holdCall(call string, h refHold) {
	if r.callHold[call] = h; len(h.others) == 0 {
		delete(r.callHold, call)
	}
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
	if h := r.callHold[call]; slices.Contains(h.others, agent) {
		h.others = slices.DeleteFunc(slices.Clone(h.others), func(a string) bool { return a == agent })
		r.holdCall(call, h)
	}
	if h := r.agentHold[agent]; slices.Contains(h.others, call) {
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

func (r *reference) held(holds map[string]refHold, id string, now int64) []string {
	if h := holds[id]; h.until > now {
		return h.others
	}
	return nil
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

func (r *reference) open(w *cc.WaitingCall, now int64) bool {
	return w.Offered || len(r.held(r.callHold, w.Call, now)) > 0
}

// front is the call that stands for the place of this one (R94): who is being offered, else who came last.
func (r *reference) front(w *cc.WaitingCall, now int64) *cc.WaitingCall {
	place := func(x *cc.WaitingCall) string { return cmp.Or(x.Place, x.Call) }
	shared := slices.DeleteFunc(slices.Collect(maps.Values(r.calls)), func(x *cc.WaitingCall) bool {
		return place(x) != place(w)
	})
	slices.SortFunc(shared, func(a, b *cc.WaitingCall) int {
		return cmp.Or(cmp.Compare(a.JoinedMs, b.JoinedMs), cmp.Compare(a.Call, b.Call))
	})
	for _, x := range shared {
		if r.open(x, now) {
			return x
		}
	}
	return shared[len(shared)-1]
}

func (r *reference) shadow(w *cc.WaitingCall, now int64) bool {
	return !r.open(w, now) && r.front(w, now) != w
}

// room is how many agents more may be asked for the call.
func (r *reference) room(w *cc.WaitingCall, now int64) int {
	q := r.dir.Queue(w.Queue)
	switch {
	case q == nil || r.shadow(w, now):
		return 0
	case q.Strategy != RingAll:
		if r.open(w, now) {
			return 0
		}
		return 1
	case w.Offered && len(w.Ringing) == 0:
		return 0
	}
	return max(0, q.RingAllLimit()-len(w.Ringing)-len(r.held(r.callHold, w.Call, now)))
}

func (r *reference) offerable(w *cc.WaitingCall, now int64) bool { return r.room(w, now) > 0 }

func entered(w *cc.WaitingCall) int64 { return cmp.Or(w.EnteredMs, w.EnqueuedMs) }

// needs is what the call asks for now, with 0 for what it asked for once.
func (r *reference) needs(w *cc.WaitingCall, now int64) map[string]int32 {
	out := map[string]int32{}
	for _, n := range append(slices.Clone(r.dir.Queue(w.Queue).Skills), w.Skills...) {
		level, _ := n.After(now - entered(w))
		out[n.Name] = max(out[n.Name], level)
	}
	return out
}

func (r *reference) skilled(a string, needs map[string]int32) bool {
	for name, level := range needs {
		if r.dir.Agent(a).SkillLevel(name) < level {
			return false
		}
	}
	return true
}

// free: passes the part of R80 that does not depend on the call, and is neither held nor taken.
func (r *reference) free(a string, w *cc.WaitingCall, now int64, taken map[string]bool) bool {
	return !taken[a] && r.agents[a] != nil && len(r.held(r.agentHold, a, now)) == 0 &&
		eligibility(r.dir.Agent(a), r.agents[a], r.dir.Queue(w.Queue), w.Tenant, now).OK()
}

// only is R67's preferred agent while nobody else may be asked.
func (r *reference) only(w *cc.WaitingCall, now int64, taken map[string]bool) string {
	a, q, p := r.dir.Agent(w.Preferred), r.dir.Queue(w.Queue), w.Preferred
	until := entered(w) + q.PreferredWindowMs
	if a == nil || now >= until || !cc.MemberOf(r.agents[p], a, q.Id) || !cc.MayServe(a, q, w.Tenant) || !r.skilled(p, r.needs(w, now)) {
		return ""
	}
	if slices.ContainsFunc(w.Tried, func(t *cc.TriedAgent) bool { return t.Agent == p }) {
		return ""
	}
	asked := slices.Contains(w.Ringing, p) || slices.Contains(r.held(r.callHold, w.Call, now), p)
	if asked || r.free(p, w, now, taken) {
		return p
	}
	at, ok := cc.DueFree(r.agents[p], a, q, now)
	if ok && at < until && !taken[p] && len(r.held(r.agentHold, p, now)) == 0 {
		return p
	}
	return ""
}

// ready lists who could be offered the call, whether they have been or not, in the order of the strategy.
func (r *reference) ready(w *cc.WaitingCall, now int64, taken map[string]bool) []*cc.AgentSummary {
	var out []*cc.AgentSummary
	q, needs, only := r.dir.Queue(w.Queue), r.needs(w, now), r.only(w, now, taken)
	open, _ := q.OpenTier(now - entered(w))
	for id, s := range r.agents {
		if !r.free(id, w, now, taken) || !r.skilled(id, needs) || only != "" && only != id {
			continue
		}
		if only == "" && r.dir.Agent(id).Tier(q.Id) > open {
			continue
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *cc.AgentSummary) int { return r.compare(q, needs, a, b) })
	return out
}

// compare is R67, each strategy from its words.
func (r *reference) compare(q *cc.Queue, needs map[string]int32, a, b *cc.AgentSummary) int {
	x, y := r.dir.Agent(a.Agent), r.dir.Agent(b.Agent)
	var by int
	switch q.Strategy {
	case RoundRobin:
		by = cmp.Compare(a.LastOfferMs, b.LastOfferMs)
	case FewestCalls:
		by = cmp.Or(cmp.Compare(a.Calls, b.Calls), cmp.Compare(a.IdleSinceMs, b.IdleSinceMs))
	case LeastTalk:
		by = cmp.Or(cmp.Compare(a.TalkMs, b.TalkMs), cmp.Compare(a.IdleSinceMs, b.IdleSinceMs))
	case MostSkilled:
		sum := func(a *cc.Agent) (n int32) {
			for name := range needs {
				n += a.SkillLevel(name)
			}
			return n
		}
		by = cmp.Or(cmp.Compare(sum(y), sum(x)), cmp.Compare(a.IdleSinceMs, b.IdleSinceMs))
	case Ordered:
		by = cmp.Or(cmp.Compare(x.Position(q.Id), y.Position(q.Id)), cmp.Compare(a.IdleSinceMs, b.IdleSinceMs))
	default:
		by = cmp.Compare(a.IdleSinceMs, b.IdleSinceMs)
	}
	return cmp.Or(cmp.Compare(x.Tier(q.Id), y.Tier(q.Id)), by, cmp.Compare(a.Agent, b.Agent))
}

// best is R67 with R31: those who have not had the call, else those who had it longest ago and may have it again.
func (r *reference) best(w *cc.WaitingCall, now int64, taken map[string]bool) []string {
	return r.bestOf(w, now, taken, r.room(w, now))
}

func (r *reference) bestOf(w *cc.WaitingCall, now int64, taken map[string]bool, room int) []string {
	tried := map[string]*cc.TriedAgent{}
	for _, t := range w.Tried {
		tried[t.Agent] = t
	}
	var first, again []string
	for _, s := range r.ready(w, now, taken) {
		t := tried[s.Agent]
		switch asked := slices.Concat(r.held(r.callHold, w.Call, now), w.Ringing); {
		case slices.Contains(asked, s.Agent):
		case t == nil:
			first = append(first, s.Agent)
		case t.ReofferAtMs <= now:
			again = append(again, s.Agent)
		}
	}
	if len(first) == 0 && !(r.open(w, now) && r.dir.Queue(w.Queue).Strategy == RingAll) {
		first = again
		slices.SortFunc(first, func(a, b string) int {
			return cmp.Or(cmp.Compare(tried[a].AtMs, tried[b].AtMs), cmp.Compare(a, b))
		})
	}
	return first[:min(len(first), room)]
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
		for _, a := range r.best(w, now, taken) {
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
		others := append(slices.Clone(r.callHold[p.Call].others), p.Agent)
		r.callHold[p.Call] = refHold{others: others, until: now + 1_000}
		r.agentHold[p.Agent] = refHold{others: []string{p.Call}, until: now + 1_000}
	}
	return out
}

func (r *reference) unmatched() []string {
	var out []string
	for _, w := range r.order() {
		if !w.Connected && !r.open(w, r.now) && !r.told[w.Call] {
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
		if q := r.dir.Queue(w.Queue); q != nil {
			out = append(out, entered(w)+q.PreferredWindowMs)
			for _, at := range q.TierAfterMs {
				out = append(out, entered(w)+at)
			}
			for _, n := range append(slices.Clone(q.Skills), w.Skills...) {
				for _, s := range n.Relax {
					out = append(out, entered(w)+s.AfterMs)
				}
			}
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

// code is R80 from its words: the first rule that keeps the agent from the call, "" if they would get it now.
func (r *reference) code(a string, w *cc.WaitingCall, now int64) string {
	q, cfg := r.dir.Queue(w.Queue), r.dir.Agent(a)
	code := eligibility(cfg, r.agents[a], q, w.Tenant, now).Code
	if len(r.held(r.agentHold, a, now)) > 0 { // the token is as good as taken
		switch code {
		case "", cc.Busy, cc.Cooldown:
			code = cc.TokenTaken
		}
	}
	if code != "" {
		return code
	}
	asked := slices.Concat(r.held(r.callHold, w.Call, now), w.Ringing)
	for _, t := range w.Tried {
		asked = append(asked, t.Agent)
	}
	tier, _ := q.OpenTier(now - entered(w))
	only := r.only(w, now, nil)
	switch {
	case slices.Contains(r.winners(w, now), a):
		return ""
	case slices.Contains(asked, a):
		return cc.Excluded
	case !r.skilled(a, r.needs(w, now)):
		return cc.Skill
	case only != "" && only != a:
		return cc.NotPreferred
	case only == "" && cfg.Tier(q.Id) > tier:
		return cc.Tier
	}
	return cc.Outranked
}

// winners are whom the call would be offered to now, were it not offered to anybody yet.
func (r *reference) winners(w *cc.WaitingCall, now int64) []string {
	if r.offerable(w, now) {
		return r.best(w, now, nil)
	}
	return r.bestOf(w, now, nil, 1)
}
