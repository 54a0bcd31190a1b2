package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/figures"
)

type (
	scorecardsIn struct {
		SpanIn
		View   string `query:"view" default:"corrected" enum:"seen,corrected"`
		Credit string `query:"credit" default:"owner" enum:"owner,segment"`
		Agent  string `query:"agent"`
		Team   string `query:"team"`
		Tenant string `query:"tenant"`
		Limit  int    `query:"limit" default:"100" minimum:"0" maximum:"1000" doc:"Calls listed in each tab; all are counted"`
	}
	scorecardsOut struct{ Body Scorecards }
)

// Scorecards: R53. The abandoned stand apart, under nobody: they need a quick callback.
type Scorecards struct {
	Seq       uint64       `json:"seq"`
	From      wire.Time    `json:"from" format:"date-time"`
	To        wire.Time    `json:"to" format:"date-time"`
	Agents    []Scorecard  `json:"agents"`
	Abandoned AbandonedRow `json:"abandoned"`
}

// Scorecard is one agent's calls by what became of them.
type Scorecard struct {
	Agent       string `json:"agent"`
	Name        string `json:"name,omitempty"`
	Booked      Tab    `json:"booked"`
	Unbooked    Tab    `json:"unbooked"`
	Excused     Tab    `json:"excused"`
	NotLead     Tab    `json:"not_lead"`
	BookingRate *Ratio `json:"booking_rate,omitempty" doc:"booked / (booked + unbooked)"`
}

// AbandonedRow is the row of calls that nobody took.
type AbandonedRow struct {
	Unanswered Tab `json:"unanswered"`
	Unclaimed  Tab `json:"unclaimed" doc:"Answered, and nobody claimed the bubble"`
}

// Tab counts calls and lists the oldest of them.
type Tab struct {
	Count int          `json:"count"`
	Calls []ScoredCall `json:"calls" doc:"Oldest first"`
}

// ScoredCall is one call of a tab.
type ScoredCall struct {
	Call   string    `json:"call"`
	At     wire.Time `json:"at" format:"date-time"`
	Tenant string    `json:"tenant,omitempty"`
	Caller string    `json:"caller,omitempty" doc:"Empty: withheld"`
	Class  string    `json:"class"`
}

func (s *Server) scorecardOps(api huma.API) {
	register(api, auth.FiguresRead, http.MethodGet, "/v1/scorecards", "get-scorecards",
		"Each agent's calls: booked, unbooked, excused, not a lead; the abandoned apart (R53)", s.scorecards)
}

func (s *Server) scorecards(ctx context.Context, in *scorecardsIn) (*scorecardsOut, error) {
	p, dir := who(ctx), s.c.Engine.Directory()
	q, err := s.query(p, &FiguresIn{
		SpanIn: in.SpanIn, FormulaIn: FormulaIn{View: in.View, Credit: in.Credit}, By: "agent", Interval: "all",
		Zone: "UTC", Agent: in.Agent, Team: in.Team, Tenant: in.Tenant,
	})
	if err != nil {
		return nil, err
	}
	out := Scorecards{From: wire.At(q.Edges[0]), To: wire.At(q.Edges[len(q.Edges)-1]), Agents: []Scorecard{}}
	cards := make(map[string]*Scorecard)
	var nobody AbandonedRow
	table := figures.Drill(q, figures.MeasureOf("calls"), func(key string, _ int, f *figures.Fact) {
		class := figures.Class(f.Call, q.View)
		tab := figures.Tab(class)
		switch tab {
		case "":
			return
		case "unanswered":
			nobody.Unanswered.add(f.Call, class)
			return
		case "unclaimed":
			nobody.Unclaimed.add(f.Call, class)
			return
		}
		c := cards[key]
		if c == nil {
			c = &Scorecard{Agent: key, Name: dir.Agent(key).GetName()}
			cards[key] = c
		}
		c.tab(tab).add(f.Call, class)
	})
	if out.Seq, err = s.readFacts(ctx, q, table); err != nil {
		return nil, err
	}
	for _, c := range cards {
		if den := c.Booked.Count + c.Unbooked.Count; den > 0 {
			c.BookingRate = &Ratio{int64(c.Booked.Count), int64(den), float64(c.Booked.Count) / float64(den)}
		}
		for _, t := range []string{"booked", "unbooked", "excused", "not_lead"} {
			c.tab(t).cut(in.Limit)
		}
		out.Agents = append(out.Agents, *c)
	}
	slices.SortFunc(out.Agents, func(a, b Scorecard) int { return cmp.Compare(a.Agent, b.Agent) })
	nobody.Unanswered.cut(in.Limit)
	nobody.Unclaimed.cut(in.Limit)
	out.Abandoned = nobody
	return &scorecardsOut{out}, nil
}

func (c *Scorecard) tab(name string) *Tab {
	switch name {
	case "booked":
		return &c.Booked
	case "unbooked":
		return &c.Unbooked
	case "excused":
		return &c.Excused
	}
	return &c.NotLead
}

func (t *Tab) add(c *cc.CallFacts, class cc.Class) {
	t.Count++
	t.Calls = append(t.Calls, ScoredCall{c.Call, wire.At(c.ArrivedMs), c.Tenant, c.Caller, wire.Class(class)})
}

// cut keeps the oldest.
func (t *Tab) cut(limit int) {
	slices.SortStableFunc(t.Calls, func(a, b ScoredCall) int { return cmp.Compare(a.At, b.At) })
	if len(t.Calls) > limit {
		t.Calls = t.Calls[:limit]
	}
	if t.Calls == nil {
		t.Calls = []ScoredCall{}
	}
}
