package figures_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/figures"
)

// randomDay is a story of calls and agents who do anything the events can say, in any order.
func randomDay(t *rapid.T) *story {
	s := newStory()
	s.now = day + rapid.Int64Range(0, 3600_000).Draw(t, "start")
	name := func(prefix string, n int) string {
		return fmt.Sprint(prefix, rapid.IntRange(1, n).Draw(t, prefix))
	}
	agents := []string{"alice", "bob", "carol"}
	for i := range rapid.IntRange(1, 60).Draw(t, "events") {
		s.now += rapid.Int64Range(0, 1_500_000).Draw(t, "pause")
		a, c := rapid.SampledFrom(agents).Draw(t, "agent"), name("c", 6)
		if s.calls[c] == nil {
			s.call(c, &cc.CallArrived{Call: c, Tenant: name("tenant", 2), Campaign: name("camp", 2), Test: i%9 == 0})
		}
		offer := name("o", 9)
		switch rapid.IntRange(0, 15).Draw(t, "what") {
		case 0, 1, 2:
			s.call(c, &cc.CallQueued{Queue: name("q", 2)})
		case 3:
			s.call(c, &cc.OfferMade{Offer: &cc.Offer{Id: offer, Agent: a, Queue: name("q", 2)}})
			s.agent(a, &cc.TokenGranted{Offer: offer, Call: c, Tenant: s.calls[c].Tenant, Queue: name("q", 2)})
		case 4:
			s.call(c, &cc.OfferClosed{Offer: offer, Outcome: cc.OfferOutcome(rapid.IntRange(1, 14).Draw(t, "outcome"))})
			s.agent(a, &cc.TokenFreed{Offer: offer})
		case 5, 6:
			s.call(c, &cc.Answered{Offer: offer, Agent: a})
			s.agent(a, &cc.TokenTalking{Offer: offer})
		case 7:
			s.call(c, &cc.CallHeld{})
		case 8:
			s.call(c, &cc.CallResumed{})
		case 9, 10:
			s.call(c, &cc.CallEnded{Cause: cc.EndCause(rapid.IntRange(1, 10).Draw(t, "cause"))})
			s.call(c, &cc.Classified{Class: cc.Class(rapid.IntRange(1, 16).Draw(t, "class"))})
		case 11:
			s.agent(a, &cc.WrapUpStarted{Offer: offer})
		case 12:
			s.agent(a, &cc.TokenFreed{Offer: offer})
		case 13:
			s.agent(a, &cc.PresenceChanged{Presence: cc.Presence(rapid.IntRange(1, 3).Draw(t, "presence"))})
		case 14:
			s.agent(a, &cc.DeskChanged{Call: &cc.DeskCall{
				Call: name("d", 2), State: cc.DeskCallState(rapid.IntRange(0, 3).Draw(t, "desk")),
			}})
		case 15:
			figures.Correct(s.calls[c], cc.Class(rapid.IntRange(0, 16).Draw(t, "class")), a)
		}
	}
	return s
}

func (s *story) ask(t *rapid.T) figures.Query {
	return figures.Query{
		Options: figures.Options{
			View: figures.View(rapid.IntRange(0, 1).Draw(t, "view")), SL: figures.Genesys, NowMs: s.now,
			ThresholdMs: rapid.Int64Range(0, 3_000_000).Draw(t, "t"), ShortMs: rapid.Int64Range(0, 3_000_000).Draw(t, "s"),
			BySegment: rapid.Bool().Draw(t, "segment"),
		},
		By:    figures.Dimension(rapid.IntRange(0, 4).Draw(t, "by")),
		Edges: []int64{day, day + 30*24*3600_000},
		Dir:   cc.NewDirectory(&cc.Center{Agents: []*cc.Agent{{Id: "alice", Teams: []string{"red", "blue"}}, {Id: "bob", Teams: []string{"red"}}}}),
	}
}

func (s *story) sums(q figures.Query) map[string][]int64 {
	table := figures.NewTable(&q)
	s.fill(table)
	out := map[string][]int64{}
	for _, r := range table.Rows() {
		if out[r.Key] == nil {
			out[r.Key] = make([]int64, len(figures.Measures))
		}
		for i, n := range r.Sums {
			out[r.Key][i] += n
		}
	}
	return out
}

// R77: whoever was offered has been answered, has abandoned, has flowed out or waits.
func TestOfferedIsTheSumOfItsEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomDay(t)
		for key, n := range s.sums(s.ask(t)) {
			get := func(name string) int64 { return n[figures.MeasureOf(name)] }
			require.Equal(t, get(figures.Offered),
				get(figures.Answered)+get(figures.Abandoned)+get(figures.FlowedOut)+get(figures.Waiting), key)
			require.Equal(t, get(figures.Answered), get(figures.AnsweredInTime)+get(figures.AnsweredLate), key)
			require.LessOrEqual(t, get(figures.AbandonedShort), get(figures.Abandoned), key)
		}
	})
}

// The intervals of a day add up to the day, exactly.
func TestIntervalsAddUpToTheDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomDay(t)
		q := s.ask(t)
		whole := s.sums(q)
		q.Edges = figures.Edges(q.Edges[0], q.Edges[1], figures.QuarterMs*rapid.Int64Range(1, 200).Draw(t, "step"))
		require.Equal(t, whole, s.sums(q))
	})
}

// Every count gives as many facts as it says, every time the facts it is made of.
func TestDrillDownCountsWhatTheFigureSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomDay(t)
		q := s.ask(t)
		sums := s.sums(q)
		for i, m := range figures.Measures {
			found := map[string]int64{}
			s.fill(figures.Drill(&q, i, func(key string, _ int, _ *figures.Fact) { found[key]++ }))
			for key, n := range sums {
				if m.Unit != "ms" {
					require.Equal(t, n[i], found[key], "%s of %s", m.Name, key)
				} else if n[i] != 0 {
					require.NotZero(t, found[key], "%s of %s", m.Name, key)
				}
			}
		}
	})
}

// An agent's time is split at the quarters and nothing of it is lost: from the first event to now it is one of all
// activities, offline by difference.
func TestAgentsTimeIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomDay(t)
		for id, f := range s.agents {
			open := figures.Open(f, s.now+rapid.Int64Range(0, 4*figures.QuarterMs).Draw(t, "later"))
			seen := map[int64]bool{}
			for _, q := range append(slices.Clone(s.rows.Quarters), open.Quarters...) {
				if q.Agent != id {
					continue
				}
				require.False(t, seen[q.StartMs], "the quarter of %s twice", clock(q.StartMs))
				seen[q.StartMs] = true
				sum := q.UnavailableMs + q.IdleMs + q.RingingMs + q.TalkMs + q.WrapupMs + q.OtherMs
				require.LessOrEqual(t, sum, int64(figures.QuarterMs))
				require.Zero(t, q.StartMs%figures.QuarterMs)
			}
		}
	})
}

// The rows of agents, without those of nobody, add up to the rows of queues where both count the same facts.
func TestEveryDimensionCountsTheSameCalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomDay(t)
		q := s.ask(t)
		q.BySegment = false
		var want []int64
		for _, by := range []figures.Dimension{figures.ByQueue, figures.ByAgent, figures.ByTenant, figures.ByCampaign} {
			q.By = by
			var got []int64
			total := make([]int64, len(figures.Measures))
			for _, key := range slices.Sorted(maps.Keys(s.sums(q))) {
				for i, n := range s.sums(q)[key] {
					total[i] += n
				}
			}
			for i, m := range figures.Measures {
				if m.Kind != figures.QuarterKind {
					got = append(got, total[i])
				}
			}
			if want == nil {
				want = got
			}
			require.Equal(t, want, got)
		}
	})
}
