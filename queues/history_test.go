package queues

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
)

// told is a matcher that decides after each change and when it wanted to be woken, as in service, and what it was told.
type told struct {
	m       *Matcher
	now     int64
	history []Change
	made    []madeOffer
}

type madeOffer struct {
	Match
	index uint64
	atMs  int64
}

func (x *told) decide(now int64) {
	for _, p := range x.m.Match(now) {
		x.made = append(x.made, madeOffer{p, uint64(len(x.history)), now})
	}
	x.m.Unmatched(now)
}

func (x *told) wait(ms int64) {
	until := x.now + ms
	for at, ok := x.m.NextWake(x.now); ok && at < until; at, ok = x.m.NextWake(at) {
		x.now = at
		x.decide(at)
	}
	x.now = until
}

func (x *told) tell(t interface{ Fatal(...any) }, c Change) {
	c.Index, c.AtMs = uint64(len(x.history)+1), x.now
	x.history = append(x.history, c)
	if err := x.m.Take(c); err != nil {
		t.Fatal(err)
	}
	x.decide(x.now)
}

// The full explanation of an offer, recomputed from the history as of its applied index, is the one that the small
// explanation in the event sums up: winner, rank key, the next five, a count for each R80 code.
func TestR80RecomputedExplanationAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir := drawDirectory(t, 1, "")
		m, err := New(dir, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		x := &told{m: m, now: 10}
		for range rapid.IntRange(1, 40).Draw(t, "changes") {
			if rapid.IntRange(0, 2).Draw(t, "later") == 0 {
				x.wait(int64(rapid.SampledFrom([]int{1, 4, 400, 999}).Draw(t, "ms")))
			}
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				x.tell(t, Change{CallGone: rapid.SampledFrom(names("c", worldCalls)).Draw(t, "gone")})
			case 1:
				x.tell(t, Change{AgentGone: rapid.SampledFrom(names("a", worldAgents)).Draw(t, "gone")})
			case 2:
				x.tell(t, Change{Center: drawDirectory(t, uint64(len(x.history)+2), "")})
			case 3, 4, 5:
				x.tell(t, Change{Call: drawCall(t, x.now)})
			default:
				x.tell(t, Change{Agent: drawSummary(t, x.now)})
			}
		}
		for _, o := range x.made {
			full, err := ExplainOffer(dir, slices.Values(x.history), o.Call, o.index, o.atMs)
			if err != nil {
				t.Fatal(err)
			}
			if !full.Agrees(o.Explain, o.Agent) {
				t.Fatalf("%s to %s at %d: small %v, full %+v", o.Call, o.Agent, o.atMs, o.Explain, full)
			}
		}
	})
}

// Agrees can say no.
func TestExplanationDisagrees(t *testing.T) {
	m := oneQueue(t, Limits{}, "anna", "ben", "cleo")
	m.SetAgent(free("anna", 1))
	m.SetAgent(free("ben", 2))
	m.SetCall(&cc.WaitingCall{Call: "c1", Queue: "sales"})
	full := m.ExplainCall("c1", 5)
	small := m.Match(5)[0].Explain
	if !full.Agrees(small, "anna") {
		t.Fatalf("%v, %+v", small, full)
	}
	for name, change := range map[string]func(*cc.Explain){
		"rank key": func(e *cc.Explain) { e.RankKey = "longest_idle:2" },
		"next":     func(e *cc.Explain) { e.Next = []string{"cleo"} },
		"no next":  func(e *cc.Explain) { e.Next = nil },
		"count":    func(e *cc.Explain) { e.Excluded[0].Count++ },
		"a code":   func(e *cc.Explain) { e.Excluded = e.Excluded[1:] },
		"version":  func(e *cc.Explain) { e.ConfigVersion++ },
	} {
		e := small.CloneVT()
		if change(e); full.Agrees(e, "anna") {
			t.Errorf("agrees with another %s", name)
		}
	}
	if full.Agrees(small, "ben") {
		t.Error("agrees with another winner")
	}
}

// Why nothing: an agent's afternoon, each stretch with its one reason.
func TestR80WhyNothing(t *testing.T) {
	dir := cc.NewDirectory(&cc.Center{Version: 1, Queues: []*cc.Queue{
		{Id: "repair", Skills: []*cc.SkillNeed{{Name: "gas", Level: 3, Relax: []*cc.SkillStep{{AfterMs: 5_000, Level: 1}}}}}, {Id: "sales"},
	}, Agents: []*cc.Agent{
		{Id: "anna", Queues: []string{"repair", "sales"}, Skills: []*cc.AgentSkill{{Name: "gas", Level: 1}}},
		{Id: "ben", Queues: []string{"sales"}},
	}})
	m, err := New(dir, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	x := &told{m: m, now: 1_000}
	at := func(ms int64, c Change) {
		x.wait(ms - x.now)
		x.tell(t, c)
	}
	lunch := free("anna", 0)
	lunch.Presence, lunch.Reason = cc.Presence_UNAVAILABLE, "lunch"
	talking := func(id, call string) *cc.AgentSummary {
		s := free(id, 0)
		s.Token, s.Call = cc.TokenState_TALKING, call
		return s
	}
	at(1_000, Change{Agent: lunch})
	at(2_000, Change{Agent: free("ben", 1_500)})
	at(4_000, Change{Agent: free("anna", 4_000)})
	at(6_000, Change{Call: &cc.WaitingCall{Call: "s1", Queue: "sales", EnqueuedMs: 6_000}}) // ben, idle for longer
	at(6_001, Change{Agent: talking("ben", "s1")})
	at(6_002, Change{CallGone: "s1"})
	at(7_000, Change{Call: &cc.WaitingCall{Call: "r1", Queue: "repair", EnqueuedMs: 7_000}})
	at(12_001, Change{Agent: talking("anna", "r1")}) // relaxed at 12,000
	at(12_002, Change{CallGone: "r1"})
	spans, whole, err := WhyNothing(dir, slices.Values(x.history), "anna", 3_000, 20_000, 100)
	if err != nil || !whole {
		t.Fatal(whole, err)
	}
	want := []Span{
		{3_000, 4_000, Reason{Code: cc.Unavailable, Detail: "lunch"}, "", ""},
		{4_000, 7_000, Reason{Code: NoCalls}, "", ""},
		{7_000, 12_000, Reason{Code: cc.Skill, Detail: "gas, 1, 3"}, "repair", "r1"},
		{12_000, 12_001, Reason{Code: cc.TokenTaken, Detail: "reserved"}, "", ""},
		{12_001, 20_000, Reason{Code: cc.TokenTaken, Detail: "talking"}, "", ""},
	}
	if diff := cmp.Diff(want, spans); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if spans, whole, _ := WhyNothing(dir, slices.Values(x.history), "anna", 3_000, 20_000, 2); whole || len(spans) != 2 {
		t.Fatalf("limited: %v %v", spans, whole)
	}
	if spans, _, _ := WhyNothing(dir, slices.Values(x.history), "zoe", 3_000, 20_000, 9); len(spans) != 1 ||
		spans[0].Reason.Code != cc.NotMember {
		t.Fatalf("unknown: %v", spans)
	}
}
