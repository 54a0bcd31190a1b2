package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/actors/facts"
	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/figures"
)

// freshWithin is how long a question waits for what was durable when it came; after that it is told what is there.
const freshWithin = 2 * time.Second

// noKey stands for the row of nobody in queries: in by agent that of the abandoned.
const noKey = "-"

// FiguresIn is what a table is asked for. It and its parts are exported because the API's library reads no others.
type FiguresIn struct {
	SpanIn
	FormulaIn
	By       string `query:"by" default:"queue" enum:"queue,agent,team,tenant,campaign"`
	Interval string `query:"interval" default:"all" enum:"15m,1h,1d,all"`
	Zone     string `query:"tz" default:"UTC" maxLength:"64" doc:"Time zone that days are counted in"`
	Queue    string `query:"queue"`
	Agent    string `query:"agent"`
	Team     string `query:"team"`
	Tenant   string `query:"tenant"`
	Campaign string `query:"campaign"`
}

// SpanIn is a span of time.
type SpanIn struct {
	From time.Time `query:"from" required:"true" doc:"At or after; rounded down to a quarter of an hour"`
	To   time.Time `query:"to" required:"true" doc:"Before; rounded up to a quarter of an hour"`
}

// FormulaIn chooses among formulas (R77).
type FormulaIn struct {
	View         string `query:"view" default:"corrected" enum:"seen,corrected" doc:"Class and owner as first seen or as corrected (R52)"`
	Credit       string `query:"credit" default:"owner" enum:"owner,segment" doc:"Who a call's class counts for: its owner at the close, or each who owned it (R76)"`
	SL           string `query:"sl" default:"genesys" enum:"genesys,basic,offered,asterisk2" doc:"Formula of service_level; the others stand beside it (R77)"`
	ThresholdMs  int64  `query:"sl_ms" default:"20000" minimum:"0" doc:"T of the service levels"`
	ShortMs      int64  `query:"short_ms" default:"5000" minimum:"0" doc:"S: an abandon with less wait is short"`
	SLFlowedOut  bool   `query:"sl_flowed_out" doc:"genesys: flowed out in the denominator"`
	SLShort      bool   `query:"sl_short" doc:"genesys: short abandons stay in the denominator"`
	SLNoAbandons bool   `query:"sl_no_abandons" doc:"genesys: no abandons in the denominator"`
}

type figuresOut struct{ Body FigureTable }

// FigureTable is what was asked, row by row. Facts belong to the interval they start in.
type FigureTable struct {
	Seq       uint64      `json:"seq" doc:"Index of the journal that this is at least as new as"`
	From      wire.Time   `json:"from" format:"date-time"`
	To        wire.Time   `json:"to" format:"date-time"`
	By        string      `json:"by"`
	View      string      `json:"view"`
	Rows      []FigureRow `json:"rows" doc:"By key, then time"`
	Truncated bool        `json:"truncated,omitempty" doc:"There are more rows than are shown: ask for less"`
}

// FigureRow is one queue, agent, team, tenant or campaign in one interval.
type FigureRow struct {
	Key    string           `json:"key" doc:"Empty: what has none. By agent these are the calls that nobody answered or owns"`
	Name   string           `json:"name,omitempty"`
	At     wire.Time        `json:"at" format:"date-time"`
	Sums   map[string]int64 `json:"sums" doc:"Counts and times by name; what is not listed is 0"`
	Ratios map[string]Ratio `json:"ratios" doc:"By name; what is not listed has nothing under the line"`
}

// Ratio is two whole numbers and what they come to.
type Ratio struct {
	Num   int64   `json:"num"`
	Den   int64   `json:"den"`
	Value float64 `json:"value" doc:"num / den: a share, or milliseconds where the unit is ms"`
}

func (s *Server) figureOps(api huma.API) {
	register(api, auth.FiguresRead, http.MethodGet, "/v1/figures", "get-figures",
		"Figures by queue, agent, team, tenant or campaign, per interval (R76, R77)", s.figures)
	register(api, auth.FiguresRead, http.MethodGet, "/v1/figures/calls", "get-figure-calls",
		"The calls that one figure counts: as many as it says", s.figureCalls)
	register(api, auth.Desk, http.MethodGet, "/v1/figures/mine", "get-my-figures",
		"One's own figures (R78)", s.myFigures)
	register(api, anybody, http.MethodGet, "/v1/figures/definitions", "get-figure-definitions",
		"Every figure with its label and formula", s.definitions)
}

func (s *Server) figures(ctx context.Context, in *FiguresIn) (*figuresOut, error) {
	q, err := s.query(who(ctx), in)
	if err != nil {
		return nil, err
	}
	return s.tabled(ctx, q, in)
}

// myFigures are the facts of the person alone, in whatever tenant.
func (s *Server) myFigures(ctx context.Context, in *myFiguresIn) (*figuresOut, error) {
	p := who(ctx)
	all := &FiguresIn{
		SpanIn: in.SpanIn, FormulaIn: in.FormulaIn, By: "agent", Interval: in.Interval, Zone: in.Zone, Agent: p.Agent,
	}
	q, err := s.query(p, all)
	if err != nil {
		return nil, err
	}
	q.Tenants, q.May = nil, nil
	return s.tabled(ctx, q, all)
}

type myFiguresIn struct {
	SpanIn
	FormulaIn
	Interval string `query:"interval" default:"all" enum:"15m,1h,1d,all"`
	Zone     string `query:"tz" default:"UTC" maxLength:"64"`
}

func (s *Server) tabled(ctx context.Context, q *figures.Query, in *FiguresIn) (*figuresOut, error) {
	table := figures.NewTable(q)
	seq, err := s.readFacts(ctx, q, table)
	if err != nil {
		return nil, err
	}
	ratios := figures.Ratios(&q.Options)
	out := FigureTable{
		Seq: seq, From: wire.At(q.Edges[0]), To: wire.At(q.Edges[len(q.Edges)-1]), By: in.By, View: in.View,
		Rows: []FigureRow{}, Truncated: table.Dropped > 0,
	}
	for _, r := range table.Rows() {
		row := FigureRow{
			Key: r.Key, Name: nameOf(q, r.Key), At: wire.At(q.Edges[r.Interval]),
			Sums: make(map[string]int64), Ratios: make(map[string]Ratio),
		}
		for i, n := range r.Sums {
			if n != 0 {
				row.Sums[figures.Measures[i].Name] = n
			}
		}
		for i := range ratios {
			if v := ratios[i].Of(r.Sums); v.Den > 0 {
				row.Ratios[ratios[i].Name] = Ratio{v.Num, v.Den, float64(v.Num) / float64(v.Den)}
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return &figuresOut{out}, nil
}

func nameOf(q *figures.Query, key string) string {
	switch q.By {
	case figures.ByQueue:
		return q.Dir.Queue(key).GetName()
	case figures.ByAgent:
		if key == "" {
			return "Abandoned"
		}
		return q.Dir.Agent(key).GetName()
	case figures.ByTenant:
		return q.Dir.Tenant(key).GetName()
	case figures.ByCampaign:
		return q.Dir.Campaign(key).GetName()
	}
	return ""
}

// readFacts hands the facts of the query's span to t. seq is what they are at least as new as.
func (s *Server) readFacts(ctx context.Context, q *figures.Query, t facts.Taker) (seq uint64, err error) {
	p, j := s.c.Engine.Facts(), s.c.Engine.Journal()
	seq = j.Applied()
	fresh, cancel := context.WithTimeout(ctx, freshWithin)
	defer cancel()
	if p.Wait(fresh, seq) != nil {
		seq = p.Applied()
	}
	err = p.Read(ctx, q.Edges[0], q.Edges[len(q.Edges)-1], q.NowMs, t)
	switch {
	case errors.Is(err, facts.ErrNotReady):
		err = wire.Errorf(cc.CodeUnavailable, "the figures are being made from the journal, try again")
	case errors.Is(err, facts.ErrTooMany):
		err = wire.Errorf(wire.CodeTooLarge, "there are too many facts in this span: ask for a shorter one")
	}
	return seq, err
}

// query reads what is asked, within what the person may see.
func (s *Server) query(p *auth.Principal, in *FiguresIn) (*figures.Query, error) {
	edges, err := edges(in.From, in.To, in.Interval, in.Zone)
	if err != nil {
		return nil, err
	}
	dir := s.c.Engine.Directory()
	q := &figures.Query{
		Options: in.options(s.c.Engine.Journal().NowMs()), Edges: edges, Dir: dir,
		Tenants: append([]string{}, p.Tenants...), May: seesAgents(p, dir),
		Queue: in.Queue, Agent: in.Agent, Team: in.Team, Tenant: in.Tenant, Campaign: in.Campaign,
		By: dimensions[in.By],
	}
	return q, nil
}

var dimensions = map[string]figures.Dimension{ //nolint:gochecknoglobals // a table
	"queue": figures.ByQueue, "agent": figures.ByAgent, "team": figures.ByTeam, "tenant": figures.ByTenant,
	"campaign": figures.ByCampaign,
}

func (in *FormulaIn) options(nowMs int64) figures.Options {
	o := figures.Options{
		SL: in.SL, ThresholdMs: in.ThresholdMs, ShortMs: in.ShortMs, WithFlowedOut: in.SLFlowedOut, WithShort: in.SLShort,
		WithoutAbandons: in.SLNoAbandons, BySegment: in.Credit == "segment", NowMs: nowMs,
	}
	if in.View == "seen" {
		o.View = figures.Seen
	}
	return o
}

// definition of one figure.
type definition struct {
	Name    string   `json:"name"`
	Label   string   `json:"label"`
	Formula string   `json:"formula"`
	Unit    string   `json:"unit" doc:"calls, offers, ms, or share"`
	Parts   []string `json:"parts,omitempty" doc:"Of a ratio: the figures it is made of, which have calls"`
	Calls   bool     `json:"calls,omitempty" doc:"/v1/figures/calls gives the calls it counts"`
}

type definitionsOut struct {
	Body struct {
		Figures []definition `json:"figures"`
	}
}

func (s *Server) definitions(_ context.Context, in *FormulaIn) (*definitionsOut, error) {
	out := &definitionsOut{}
	for _, m := range figures.Measures {
		out.Body.Figures = append(out.Body.Figures, definition{
			Name: m.Name, Label: m.Label, Formula: m.Formula, Unit: m.Unit, Calls: m.Kind != figures.QuarterKind,
		})
	}
	o := in.options(0)
	for _, r := range figures.Ratios(&o) {
		out.Body.Figures = append(out.Body.Figures, definition{
			Name: r.Name, Label: r.Label, Formula: strings.TrimSpace(r.Formula), Unit: r.Unit, Parts: r.Parts(),
		})
	}
	return out, nil
}
