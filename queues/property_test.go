package queues

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
)

// twins drive a Matcher and the reference with the same changes.
type twins struct {
	m       *Matcher
	r       *reference
	now     int64
	version uint64
	settled bool // nothing changed since the last Match
	last    []Match

	strategy string // of all queues, "" = drawn
}

func newTwins(t *rapid.T, strategy string) *twins {
	dir := drawDirectory(t, 1, strategy)
	m, err := New(dir, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return &twins{m: m, r: newReference(dir), now: 10, version: 1, strategy: strategy}
}

func (w *twins) actions() map[string]func(*rapid.T) {
	setCall := func(t *rapid.T) {
		c := drawCall(t, w.now)
		w.settled = false
		w.m.SetCall(c)
		w.r.setCall(c)
	}
	setAgent := func(t *rapid.T) {
		s := drawSummary(t, w.now)
		w.settled = false
		w.m.SetAgent(s)
		w.r.setAgent(s)
	}
	return map[string]func(*rapid.T){
		"": w.check, "call": setCall, "call again": setCall, "agent": setAgent, "agent again": setAgent,
		"remove": w.remove, "configure": w.configure, "refuse": w.refuse, "match": w.match,
		"everyone frees": w.everyoneFrees, "offers end": w.offersEnd,
		"time": func(t *rapid.T) {
			w.settled = false
			w.now += int64(rapid.SampledFrom([]int{1, 3, 500, 999, 1000}).Draw(t, "ms"))
		},
		"wake": func(t *rapid.T) {
			if at, ok := w.m.NextWake(w.now); ok {
				w.now = max(w.now, at)
				w.match(t)
			}
		},
	}
}

func (w *twins) remove(t *rapid.T) {
	w.settled = false
	if rapid.Bool().Draw(t, "an agent") {
		id := rapid.SampledFrom(names("a", worldAgents)).Draw(t, "agent")
		w.m.RemoveAgent(id)
		w.r.removeAgent(id)
		return
	}
	id := rapid.SampledFrom(names("c", worldCalls)).Draw(t, "call")
	w.m.RemoveCall(id)
	w.r.removeCall(id)
}

// everyoneFrees: a team meeting is over, and many agents meet the calls that wait already.
func (w *twins) everyoneFrees(t *rapid.T) {
	w.settled = false
	for _, id := range names("a", worldAgents) {
		s := free(id, int64(rapid.IntRange(0, 4).Draw(t, "idle")))
		w.m.SetAgent(s)
		w.r.setAgent(s)
	}
}

// offersEnd: each of the last pairs is offered and refused, and both sides come back.
func (w *twins) offersEnd(t *rapid.T) {
	w.settled = false
	for _, p := range w.last {
		was := w.r.calls[p.Call]
		if was == nil {
			continue
		}
		reserved := free(p.Agent, 0)
		reserved.Token = cc.TokenState_RESERVED
		offered := was.CloneVT()
		offered.Offered, offered.Ringing = true, nil
		back := was.CloneVT()
		back.Tried = slices.DeleteFunc(back.Tried, func(x *cc.TriedAgent) bool { return x.Agent == p.Agent })
		if rapid.Bool().Draw(t, "counts as tried") {
			back.Tried = append(back.Tried, &cc.TriedAgent{Agent: p.Agent, AtMs: w.now, ReofferAtMs: w.now + 600})
		}
		for _, s := range []*cc.AgentSummary{reserved, free(p.Agent, w.now)} {
			w.m.SetAgent(s)
			w.r.setAgent(s)
		}
		for _, c := range []*cc.WaitingCall{offered, back} {
			w.m.SetCall(c)
			w.r.setCall(c)
		}
	}
}

func (w *twins) configure(t *rapid.T) {
	if seldom(t, "really") {
		w.settled = false
		w.version++
		dir := drawDirectory(t, w.version, w.strategy)
		if err := w.m.Configure(dir); err != nil {
			t.Fatal(err)
		}
		w.r.dir = dir
	}
}

func (w *twins) refuse(t *rapid.T) {
	if len(w.last) == 0 {
		return
	}
	w.settled = false
	p := rapid.SampledFrom(w.last).Draw(t, "which")
	w.r.now = w.now
	w.m.Refused(p.Call, p.Agent, cc.Offline, w.now)
	w.r.refused(p.Call, p.Agent)
}

func (w *twins) match(t *rapid.T) {
	before := w.explainFirst()
	w.checkOrder(t, w.m.Match(w.now), before)
	if diff := cmp.Diff(w.r.unmatched(), w.m.Unmatched(w.now)); diff != "" {
		t.Fatalf("unmatched (-want +got):\n%s", diff)
	}
	w.settled = true
}

// explainFirst explains the call that the next Match has to take first, as of before that Match.
func (w *twins) explainFirst() CallExplanation {
	w.r.now = w.now
	w.r.expire(w.now)
	if p := w.r.pairs(w.now); len(p) > 0 {
		return w.m.ExplainCall(p[0].Call, w.now)
	}
	return CallExplanation{}
}

func (w *twins) checkOrder(t *rapid.T, got []Match, first CallExplanation) {
	var pairs []pairOf
	for _, p := range got {
		pairs = append(pairs, pairOf{p.Call, p.Agent})
	}
	if diff := cmp.Diff(w.r.match(w.now), pairs); diff != "" {
		t.Fatalf("at %d (-want +got):\n%s", w.now, diff)
	}
	if len(got) > 0 {
		checkAgreement(t, got, first)
		w.last = got
	}
}

// checkAgreement holds a match's small explanation, or those of an offer group, against the full one of the same
// moment.
func checkAgreement(t *rapid.T, got []Match, full CallExplanation) {
	counts := map[string]int32{}
	var ranked []string
	for _, s := range full.Agents {
		if s.Reason.Code != "" {
			counts[s.Reason.Code]++
		}
		if s.Rank > 0 {
			ranked = append(ranked, s.Agent)
		}
	}
	n := 0
	for ; n < len(got) && got[n].Call == full.Call; n++ {
		small := map[string]int32{}
		for _, e := range got[n].Explain.Excluded {
			small[e.Code] = e.Count
		}
		if diff := cmp.Diff(counts, small); diff != "" {
			t.Fatalf("counts of %s (-full +small):\n%s", full.Call, diff)
		}
		if len(ranked) <= n || ranked[n] != got[n].Agent || full.Agents[n].RankKey != got[n].Explain.RankKey {
			t.Fatalf("winner %s by %s, full %+v", got[n].Agent, got[n].Explain.RankKey, full.Agents)
		}
		if !full.Agents[n].Reason.OK() {
			t.Fatalf("winner %s has a reason against: %v", got[n].Agent, full.Agents[n].Reason)
		}
	}
	e := got[0].Explain
	if want := ranked[n:min(len(ranked), n+nextExplained)]; !slices.Equal(want, e.Next) {
		t.Fatalf("next %v, full %v", e.Next, want)
	}
	if n > 1 && e.Group != int32(n) || n == 1 && e.Group != 0 {
		t.Fatalf("a group of %d says %d", n, e.Group)
	}
	if !slices.IsSortedFunc(e.Excluded, func(a, b *cc.ExcludedCount) int { return compare(a.Code, b.Code) }) {
		t.Fatalf("not sorted by code: %v", e.Excluded)
	}
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// check holds after every action. After a Match nothing is possible until NextWake (nobody idle while an offerable
// pair exists, no wake missed).
func (w *twins) check(t *rapid.T) {
	checkStructure(t, w.m)
	if !w.settled {
		return
	}
	wake, ok := w.m.NextWake(w.now)
	for _, at := range append([]int64{w.now}, w.r.moments()...) {
		if ok && at >= wake {
			break
		}
		if p := w.r.pairs(at); len(p) > 0 {
			t.Fatalf("at %d: possible %v, but the next wake is %d (%v)", at, p, wake, ok)
		}
	}
	w.checkStats(t)
	w.checkExplanations(t)
}

// checkExplanations: ExplainAgent and ExplainCall say the same of each pair, and name nobody as next when settled.
func (w *twins) checkExplanations(t *rapid.T) {
	byCall := map[string]map[string]Reason{}
	for id, c := range w.r.calls {
		byCall[id] = map[string]Reason{}
		for _, s := range w.m.ExplainCall(id, w.now).Agents {
			byCall[id][s.Agent] = s.Reason
			if w.r.dir.Queue(c.Queue) != nil && !w.r.shadow(c, w.now) {
				if want := w.r.code(s.Agent, c, w.now); s.Reason.Code != want {
					t.Fatalf("%s for %s: %q, want %q", s.Agent, id, s.Reason, want)
				}
			}
			if s.Rank > 0 && w.r.offerable(c, w.now) {
				t.Fatalf("%s waits and %s could be offered the call", id, s.Agent)
			}
		}
	}
	for _, a := range w.r.dir.Center.Agents {
		for _, c := range w.m.ExplainAgent(a.Id, w.now).Calls {
			if diff := cmp.Diff(byCall[c.Call][a.Id], c.Reason); diff != "" {
				t.Fatalf("%s for %s (-call +agent):\n%s", a.Id, c.Call, diff)
			}
		}
	}
}

func (w *twins) checkStats(t *rapid.T) {
	place := map[string]int{}
	for _, c := range w.r.order() {
		if w.r.dir.Queue(c.Queue) == nil || w.r.shadow(c, w.now) {
			continue
		}
		place[c.Queue]++
		if p, ok := w.m.Position(c.Call); !ok || p != place[c.Queue] {
			t.Fatalf("position of %s: %d %v, want %d", c.Call, p, ok, place[c.Queue])
		}
	}
	for _, q := range w.r.dir.Center.Queues {
		got, _ := w.m.QueueStats(q.Id, w.now)
		want := QueueStats{Queue: q.Id, Waiting: place[q.Id], Members: got.Members, ByCode: got.ByCode}
		since := int64(0)
		for _, c := range w.r.calls {
			if c.Queue == q.Id && !w.r.shadow(c, w.now) {
				want.LongestWaitMs = max(want.LongestWaitMs, w.now-c.EnqueuedMs)
				since += c.EnqueuedMs
				if w.r.open(c, w.now) {
					want.Offered++
				}
			}
		}
		if want.Waiting > 0 {
			want.AverageWaitMs = max(0, w.now-since/int64(want.Waiting))
		}
		for _, a := range w.r.dir.Center.Agents {
			_, held := w.r.agentHold[a.Id]
			if cc.MemberOf(w.r.agents[a.Id], a, q.Id) && !held && standing(a, w.r.agents[a.Id], q, false, w.now) == eligible {
				want.Available++
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("stats (-want +got):\n%s", diff)
		}
	}
}

// The pairs of every Match, under any changes in any order, are those of the brute-force reference; explanations
// agree; no wake is missed; statistics add up.
func TestR67MatcherIsTheReference(t *testing.T) {
	for _, strategy := range append(allStrategies, "") {
		t.Run("strategy="+strategy, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { t.Repeat(newTwins(t, strategy).actions()) })
		})
	}
}

// R68: the order in which changes arrive does not matter, nor what stood there before.
func TestR68Confluence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir := drawDirectory(t, 1, "")
		var calls []*cc.WaitingCall
		var agents []*cc.AgentSummary
		seen := map[string]bool{}
		for range rapid.IntRange(0, 30).Draw(t, "changes") {
			if c := drawCall(t, 10); !seen[c.Call] {
				calls, seen[c.Call] = append(calls, c), true
			}
			if s := drawSummary(t, 10); !seen[s.Agent] {
				agents, seen[s.Agent] = append(agents, s), true
			}
		}
		run := func(label string) (out []pairOf) {
			m, err := New(dir, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			n := len(calls) + len(agents)
			for _, i := range rapid.Permutation(indexes(n)).Draw(t, label) {
				if old := drawSummary(t, 10); i >= len(calls) { // an older state of the same agent first
					old.Agent = agents[i-len(calls)].Agent
					m.SetAgent(old)
					m.SetAgent(agents[i-len(calls)])
				} else {
					m.SetCall(calls[i])
				}
			}
			for _, p := range m.Match(10) {
				out = append(out, pairOf{p.Call, p.Agent})
			}
			return out
		}
		if diff := cmp.Diff(run("one order"), run("another")); diff != "" {
			t.Fatal(diff)
		}
	})
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// I3, R66: no agent is given a call while one with a higher score could have had them.
func TestI3NoLowerScoreFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newTwins(t, "")
		for range rapid.IntRange(1, 25).Draw(t, "changes") {
			c, s := drawCall(t, w.now), drawSummary(t, w.now)
			w.m.SetCall(c)
			w.r.setCall(c)
			w.m.SetAgent(s)
			w.r.setAgent(s)
		}
		w.r.now = w.now
		order := w.r.order()
		had := map[string][]string{}
		for _, p := range w.m.Match(w.now) {
			had[p.Call] = append(had[p.Call], p.Agent)
		}
		for i, worse := range order {
			for _, a := range had[worse.Call] {
				for _, better := range order[:i] {
					if len(had[better.Call]) > 0 || !w.r.offerable(better, w.now) {
						continue
					}
					tried := slices.ContainsFunc(better.Tried, func(x *cc.TriedAgent) bool { return x.Agent == a }) ||
						slices.Contains(better.Ringing, a)
					could := func(s *cc.AgentSummary) bool { return s.Agent == a }
					if !tried && slices.ContainsFunc(w.r.ready(better, w.now, nil), could) {
						t.Fatalf("%s went to %s while %s waited", a, worse.Call, better.Call)
					}
				}
			}
		}
	})
}
