package figures

import (
	"cmp"
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// View says whose word on class and owner counts (R52).
type View uint8

// Views.
const (
	Corrected View = iota // as corrected, where a person did
	Seen                  // as first seen
)

// Dimension is what rows stand for.
type Dimension uint8

// Dimensions. A fact that has none of it stands under "": what nobody answered, in by agent, is the row Abandoned. In by
// team a fact counts in each team of its agent.
const (
	ByQueue Dimension = iota
	ByAgent
	ByTeam
	ByTenant
	ByCampaign
)

// Options of the formulas. Zero values are not the defaults: see Defaults.
type Options struct {
	View            View
	SL              string // which service level is shown first
	ThresholdMs     int64  // T
	ShortMs         int64  // S: abandons with less wait are short
	WithFlowedOut   bool   // genesys: flow-outs in the denominator
	WithShort       bool   // genesys: short abandons stay in the denominator
	WithoutAbandons bool   // genesys: no abandons in the denominator
	BySegment       bool   // booking: whoever owned the call is credited, not the owner at the close alone
	NowMs           int64  // what runs is counted until now
}

// Defaults are the options of R77.
func Defaults(nowMs int64) Options {
	return Options{SL: Genesys, ThresholdMs: 20_000, ShortMs: 5_000, NowMs: nowMs}
}

// Query says what is asked.
type Query struct {
	Options
	By Dimension
	// Edges of the intervals, ascending, on quarters of an hour: interval i is from Edges[i] to before Edges[i+1].
	Edges []int64
	// Who may be seen. nil: all.
	Tenants []string                // facts of other tenants are not counted
	May     func(agent string) bool // nor what is told of other agents
	// Only facts with this; "": any.
	Queue, Agent, Team, Tenant, Campaign string

	Dir *cc.Directory // teams of agents
}

// MaxCells bounds rows times intervals of one table; facts beyond are counted in Table.Dropped.
const MaxCells = 20_000

// Row is the sums of one key in one interval, in the order of Measures.
type Row struct {
	Key      string
	Interval int
	Sums     []int64
}

// Table adds facts up. Each call, quarter and wrap-up must be added once.
type Table struct {
	q       *Query
	cells   map[cell]*Row
	Dropped int // facts of keys beyond MaxCells

	measure int // drilling: facts of this measure go to found
	found   func(key string, interval int, f *Fact)
}

type cell struct {
	key      string
	interval int
}

// NewTable starts with nothing.
func NewTable(q *Query) *Table { return &Table{q: q, cells: make(map[cell]*Row), measure: -1} }

// Drill starts a table that hands out the facts that one measure counts instead of adding them up: as many as the
// figure says, for a count.
func Drill(q *Query, measure int, found func(key string, interval int, f *Fact)) *Table {
	return &Table{q: q, measure: measure, found: found}
}

// AddCall adds what a call has in the span of the query.
func (t *Table) AddCall(c *cc.CallFacts) {
	if outside(c, t.q.View) {
		return
	}
	t.add(&Fact{Kind: CallKind, AtMs: c.ArrivedMs, Call: c})
	for _, v := range c.Visits {
		t.add(&Fact{Kind: VisitKind, AtMs: v.EnterMs, Call: c, Visit: v})
	}
	for _, o := range c.Offers {
		t.add(&Fact{Kind: OfferKind, AtMs: o.MadeMs, Call: c, Offer: o})
	}
	for _, k := range c.Talks {
		t.add(&Fact{Kind: TalkKind, AtMs: k.FromMs, Call: c, Talk: k})
	}
}

// AddWrap adds a wrap-up; call is what it came after, nil when nothing is known of it.
func (t *Table) AddWrap(w *cc.WrapFact, call *cc.CallFacts) {
	if call == nil || !outside(call, t.q.View) {
		t.add(&Fact{Kind: WrapKind, AtMs: w.FromMs, Call: call, Wrap: w})
	}
}

// AddQuarter adds a quarter of an hour of an agent.
func (t *Table) AddQuarter(q *cc.AgentQuarter) {
	t.add(&Fact{Kind: QuarterKind, AtMs: q.StartMs, Quarter: q})
}

// Rows are the rows, by key, then time. A query without intervals has none.
func (t *Table) Rows() []Row {
	out := make([]Row, 0, len(t.cells))
	for _, r := range t.cells {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Interval, b.Interval))
	})
	return out
}

func (t *Table) add(f *Fact) {
	i, ok := slices.BinarySearch(t.q.Edges, f.AtMs)
	if !ok {
		i--
	}
	if i < 0 || i >= len(t.q.Edges)-1 {
		return
	}
	for _, agent := range t.q.agentsOf(f) {
		d := t.q.describe(f, agent)
		if !t.q.wanted(f, &d) {
			continue
		}
		if t.q.By != ByTeam {
			t.count(t.q.key(&d), i, f)
			continue
		}
		teams := t.q.teams(agent)
		for _, team := range teams {
			if t.q.Team == "" || team == t.q.Team {
				t.count(team, i, f)
			}
		}
		if len(teams) == 0 && t.q.Team == "" {
			t.count("", i, f)
		}
	}
}

func (t *Table) count(key string, interval int, f *Fact) {
	o := &t.q.Options
	if t.found != nil {
		if m := &Measures[t.measure]; m.Kind == f.Kind && m.of(o, f) != 0 {
			t.found(key, interval, f)
		}
		return
	}
	at := cell{key, interval}
	row := t.cells[at]
	if row == nil {
		if len(t.cells) >= MaxCells {
			t.Dropped++
			return
		}
		row = &Row{Key: key, Interval: interval, Sums: make([]int64, len(Measures))}
		t.cells[at] = row
	}
	for i := range Measures {
		if m := &Measures[i]; m.Kind == f.Kind {
			row.Sums[i] += m.of(o, f)
		}
	}
}
