package figures_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/figures"
)

// day is what a story's clock counts from.
var day = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).UnixMilli()

// story is a day of events, folded as they come.
type story struct {
	calls  map[string]*cc.CallFacts
	agents map[string]*cc.AgentFacts
	rows   figures.Rows
	now    int64
}

func newStory() *story {
	return &story{calls: map[string]*cc.CallFacts{}, agents: map[string]*cc.AgentFacts{}}
}

// TestStories plays the days in testdata: events as they are told, then the tables that are asked for.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := newStory()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "day":
				s = newStory()
				fallthrough
			case "then":
				for line := range strings.SplitSeq(strings.TrimSpace(d.Input), "\n") {
					s.line(t, line)
				}
				return ""
			case "table":
				return s.table(t, d)
			case "drill":
				return s.drill(t, d)
			}
			d.Fatalf(t, "unknown directive %s", d.Cmd)
			return ""
		})
	})
}

func (s *story) line(t *testing.T, line string) {
	t.Helper()
	w := strings.Fields(line)
	at, err := time.Parse("15:04:05", w[0])
	require.NoError(t, err, line)
	s.now = day + at.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)).Milliseconds()
	if w[1] == "agent" {
		s.agentLine(t, w[2], w[3])
		return
	}
	s.callLine(t, w[1], w[2], w[3:])
}

func (s *story) call(id string, m any) {
	f := s.calls[id]
	if f == nil {
		f = &cc.CallFacts{}
		s.calls[id] = f
	}
	figures.FoldCall(f, cc.NewEvent(m), s.now)
}

func (s *story) agent(id string, m any) {
	f := s.agents[id]
	if f == nil {
		f = &cc.AgentFacts{}
		s.agents[id] = f
		figures.FoldAgent(f, cc.NewEvent(&cc.AgentCreated{Agent: id}), s.now, &s.rows)
	}
	figures.FoldAgent(f, cc.NewEvent(m), s.now, &s.rows)
}

func (s *story) agentLine(t *testing.T, id, what string) {
	switch what {
	case "available", "unavailable", "offline":
		s.agent(id, &cc.PresenceChanged{Presence: cc.Presence(cc.Presence_value[strings.ToUpper(what)])})
	case "wrapup-done":
		s.agent(id, &cc.WrapUpEnded{})
		s.agent(id, &cc.TokenFreed{Outcome: cc.OfferOutcome_ANSWERED})
	case "direct-call":
		s.agent(id, &cc.DeskChanged{Call: &cc.DeskCall{Call: "d", State: cc.DeskCallState_DESK_ACTIVE}})
	case "direct-over":
		s.agent(id, &cc.DeskChanged{Call: &cc.DeskCall{Call: "d"}})
	default:
		t.Fatalf("what is %q", what)
	}
}

func (s *story) callLine(t *testing.T, id, what string, args []string) {
	arg := strings.Join(args, " ")
	switch what {
	case "arrives": // tenant/campaign caller [test]
		tenant, campaign, _ := strings.Cut(args[0], "/")
		caller := args[1]
		if caller == "withheld" {
			caller = ""
		}
		s.call(id, &cc.CallArrived{Call: id, Tenant: tenant, Campaign: campaign, Number: "+18005550100", Caller: caller, Test: len(args) > 2})
	case "queued":
		s.call(id, &cc.CallQueued{Queue: arg})
	case "rings":
		queue, tenant := s.calls[id].Visits[len(s.calls[id].Visits)-1].Queue, s.calls[id].Tenant
		s.call(id, &cc.OfferMade{Offer: &cc.Offer{Id: id + arg, Agent: arg, Queue: queue}})
		s.agent(arg, &cc.TokenGranted{Offer: id + arg, Call: id, Queue: queue, Tenant: tenant})
	case "missed", "rejected", "caller_gave_up":
		outcome := cc.OfferOutcome(cc.OfferOutcome_value[strings.ToUpper(what)])
		s.call(id, &cc.OfferClosed{Offer: id + arg, Agent: arg, Outcome: outcome})
		s.agent(arg, &cc.TokenFreed{Offer: id + arg, Outcome: outcome})
	case "answered":
		s.call(id, &cc.Answered{Offer: id + arg, Agent: arg})
		s.agent(arg, &cc.TokenTalking{Offer: id + arg})
	case "held":
		s.call(id, &cc.CallHeld{})
	case "resumed":
		s.call(id, &cc.CallResumed{})
	case "ends":
		f := s.calls[id]
		talks := len(f.Talks) > 0 && f.Talks[len(f.Talks)-1].UntilMs == 0
		s.call(id, &cc.CallEnded{Cause: cc.EndCause(cc.EndCause_value["END_"+strings.ToUpper(arg)])})
		if talks {
			s.agent(f.Talks[len(f.Talks)-1].Agent, &cc.WrapUpStarted{Offer: f.Offers[len(f.Offers)-1].Offer})
		}
	case "class":
		s.call(id, &cc.Classified{Class: cc.Class(cc.Class_value[strings.ToUpper(arg)])})
	case "taken":
		s.call(id, &cc.BubbleTaken{Agent: arg})
	case "redialled":
		s.call(id, &cc.PlaceTaken{By: "later", Told: cc.PlaceTold_PLACE_TAKEN})
	case "corrected": // class owner
		class := cc.Class(cc.Class_value[strings.ToUpper(args[0])])
		s.call(id, &cc.Corrected{Field: cc.CorrectedField_CORRECTED_CLASS, Chosen: class, ClassAfter: class})
		s.call(id, &cc.Corrected{Field: cc.CorrectedField_CORRECTED_OWNER, After: args[1], ClassAfter: class})
	default:
		t.Fatalf("what is %q", what)
	}
}

// query reads the arguments of table and drill.
func (s *story) query(t *testing.T, d *datadriven.TestData) *figures.Query {
	q := &figures.Query{Options: figures.Defaults(s.now)}
	q.Dir = cc.NewDirectory(&cc.Center{Agents: []*cc.Agent{
		{Id: "alice", Teams: []string{"red"}}, {Id: "bob", Teams: []string{"red", "blue"}}, {Id: "carol"},
	}})
	step := int64(24 * 3600_000)
	for _, a := range d.CmdArgs {
		v := a.Vals[0]
		switch a.Key {
		case "by":
			q.By = figures.Dimension(slices.Index([]string{"queue", "agent", "team", "tenant", "campaign"}, v))
		case "interval":
			x, err := time.ParseDuration(v)
			require.NoError(t, err)
			step = x.Milliseconds()
		case "view":
			q.View = map[string]figures.View{"seen": figures.Seen, "corrected": figures.Corrected}[v]
		case "credit":
			q.BySegment = v == "segment"
		case "tenants":
			q.Tenants = a.Vals
		case "t":
			q.ThresholdMs, _ = strconv.ParseInt(v, 10, 64)
		case "with":
			q.WithFlowedOut, q.WithShort = slices.Contains(a.Vals, "flowed_out"), slices.Contains(a.Vals, "short")
			q.WithoutAbandons = slices.Contains(a.Vals, "no_abandons")
		}
	}
	q.Edges = figures.Edges(day, day+24*3600_000, step)
	return q
}

func (s *story) fill(t *figures.Table) {
	for _, id := range slices.Sorted(maps.Keys(s.calls)) {
		t.AddCall(s.calls[id])
	}
	rows := figures.Rows{Quarters: slices.Clone(s.rows.Quarters), Wraps: slices.Clone(s.rows.Wraps)}
	for _, id := range slices.Sorted(maps.Keys(s.agents)) {
		open := figures.Open(s.agents[id], s.now)
		rows.Quarters, rows.Wraps = append(rows.Quarters, open.Quarters...), append(rows.Wraps, open.Wraps...)
	}
	for _, q := range rows.Quarters {
		t.AddQuarter(q)
	}
	for _, w := range rows.Wraps {
		t.AddWrap(w, s.calls[w.Call])
	}
}

func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format("15:04:05") }

func (s *story) table(t *testing.T, d *datadriven.TestData) string {
	q := s.query(t, d)
	table := figures.NewTable(q)
	s.fill(table)
	var show []string
	for _, a := range d.CmdArgs {
		if a.Key == "show" {
			show = a.Vals
		}
	}
	var out strings.Builder
	for _, r := range table.Rows() {
		key := r.Key
		if key == "" {
			key = "-"
		}
		fmt.Fprintf(&out, "%s %s:", clock(q.Edges[r.Interval]), key)
		for i, m := range figures.Measures {
			if len(show) == 0 && r.Sums[i] != 0 || slices.Contains(show, m.Name) {
				fmt.Fprintf(&out, " %s=%d", m.Name, r.Sums[i])
			}
		}
		for _, x := range figures.Ratios(&q.Options) {
			if v := x.Of(r.Sums); len(show) == 0 && v.Den != 0 || slices.Contains(show, x.Name) {
				fmt.Fprintf(&out, " %s=%d/%d", x.Name, v.Num, v.Den)
			}
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func (s *story) drill(t *testing.T, d *datadriven.TestData) string {
	var out strings.Builder
	var name string
	d.ScanArgs(t, "figure", &name)
	s.fill(figures.Drill(s.query(t, d), figures.MeasureOf(name), func(key string, _ int, f *figures.Fact) {
		fmt.Fprintf(&out, "%s %s %s\n", clock(f.AtMs), f.Call.GetCall(), key)
	}))
	return out.String()
}
