package whatif

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Options of a what-if.
type Options struct {
	Center   *cc.Center // the changed configuration
	Patience Patience
	Seed     uint64
	From, To uint64 // journal indexes of the arrivals, 0: no bound
}

// Course is one course of the day.
type Course struct {
	Figures
	Queues map[string]Figures `json:"queues"`
	// Hands compares with what was, Moved with the baseline.
	Hands Hands  `json:"hands"`
	Moved *Hands `json:"hands_to_baseline,omitempty"`

	Refused int `json:"refused"`          // callers whom the configuration turns away
	LeftOut int `json:"redials_left_out"` // calls again of callers who were answered
}

// Result is what was, what the same configuration gives here (its distance from what was is this model's own error), and
// what the changed one gives.
type Result struct {
	Patience string    `json:"patience"`
	Seed     uint64    `json:"seed"`
	Calls    int       `json:"calls"`
	Agents   int       `json:"agents"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`

	Actual   Course `json:"actual"`
	Baseline Course `json:"baseline"`
	Changed  Course `json:"changed"`
}

// Run plays a journal's day twice: under the configurations that were in force, and under the changed one.
func Run(r machine.Reader, o Options) (Result, error) {
	if o.To == 0 {
		o.To = ^uint64(0)
	}
	h, err := readHistory(r, o.From, o.To)
	if err != nil {
		return Result{}, err
	}
	if is := h.configs[0].dir.Center.Company; is != o.Center.Company {
		return Result{}, fmt.Errorf("the journal is of company %q, the configuration of %q", is, o.Center.Company)
	}
	m := o.Patience.fit(h.arrivals)
	out := Result{
		Patience: m.String(), Seed: o.Seed, Calls: len(h.arrivals), Agents: len(h.agents),
		From: time.UnixMilli(h.fromMs).UTC(), To: time.UnixMilli(h.toMs).UTC(),
	}
	last := h.configs[len(h.configs)-1].dir
	out.Actual = course(h.actual, h.actual, last)
	base, err := newWorld(h, h.configs, m, o.Seed)
	if err == nil {
		err = base.run()
	}
	if err != nil {
		return out, fmt.Errorf("the same configuration: %w", err)
	}
	out.Baseline = base.course(h.actual)
	changed, err := newWorld(h, []version{{h.fromMs, cc.NewDirectory(o.Center)}}, m, o.Seed)
	if err == nil {
		err = changed.run()
	}
	if err != nil {
		return out, fmt.Errorf("the changed configuration: %w", err)
	}
	out.Changed = changed.course(h.actual)
	moved := changed.book.hands(base.book)
	out.Changed.Moved = &moved
	return out, nil
}

func (w *world) course(actual *book) Course {
	c := course(w.book, actual, w.dir)
	c.Refused, c.LeftOut = w.refused, len(w.unmade)
	return c
}

func course(b, actual *book, dir *cc.Directory) Course {
	level := func(queue string) int64 {
		if ms := dir.Queue(queue).GetServiceLevelMs(); ms > 0 {
			return ms
		}
		return defaultLevelMs
	}
	c := Course{Figures: b.figures("", level), Queues: map[string]Figures{}, Hands: b.hands(actual)}
	for _, x := range b.calls {
		if _, ok := c.Queues[x.queue]; !ok && x.queue != "" {
			c.Queues[x.queue] = b.figures(x.queue, level)
		}
	}
	return c
}

// Write prints the three courses side by side.
func (r *Result) Write(out io.Writer) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	say("%d calls and %d agents from %s to %s", r.Calls, r.Agents, r.From.Format(time.RFC3339), r.To.Format(time.RFC3339))
	say("patience: %s; seed %d", r.Patience, r.Seed)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, of func(*Course) string) {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t\n", name, of(&r.Actual), of(&r.Baseline), of(&r.Changed))
	}
	_, _ = fmt.Fprintf(t, "\tactual\tsame configuration, simulated\tchanged, simulated\t\n")
	number := func(f func(*Course) int) func(*Course) string {
		return func(c *Course) string { return fmt.Sprint(f(c)) }
	}
	percent := func(f func(*Course) float64) func(*Course) string {
		return func(c *Course) string { return fmt.Sprintf("%.1f %%", 100*f(c)) }
	}
	seconds := func(f func(*Course) int64) func(*Course) string {
		return func(c *Course) string { return fmt.Sprintf("%.1f s", float64(f(c))/1000) }
	}
	row("offered", number(func(c *Course) int { return c.Offered }))
	row("answered", number(func(c *Course) int { return c.Answered }))
	row("abandoned", number(func(c *Course) int { return c.Abandoned }))
	row("of these within 5 s", number(func(c *Course) int { return c.Short }))
	row("flowed out", number(func(c *Course) int { return c.FlowedOut }))
	row("service level", percent(func(c *Course) float64 { return c.ServiceLevel }))
	row("abandon rate", percent(func(c *Course) float64 { return c.AbandonRate }))
	row("average wait", seconds(func(c *Course) int64 { return c.WaitMs }))
	row("longest wait", seconds(func(c *Course) int64 { return c.LongestMs }))
	row("occupancy", percent(func(c *Course) float64 { return c.Occupancy }))
	row("answered by another agent than in fact", number(func(c *Course) int { return c.Hands.Other }))
	row("answered here only", number(func(c *Course) int { return c.Hands.Answered }))
	row("answered in fact only", number(func(c *Course) int { return c.Hands.Lost }))
	row("turned away", number(func(c *Course) int { return c.Refused }))
	row("redials not made", number(func(c *Course) int { return c.LeftOut }))
	for _, q := range slices.Sorted(maps.Keys(r.queues())) {
		row(q+": service level", percent(func(c *Course) float64 { return c.Queues[q].ServiceLevel }))
		row(q+": abandoned", number(func(c *Course) int { return c.Queues[q].Abandoned }))
		row(q+": average wait", seconds(func(c *Course) int64 { return c.Queues[q].WaitMs }))
	}
	_ = t.Flush()
	if m := r.Changed.Moved; m != nil {
		say("of the calls answered in both simulations %d change hands, %d do not", m.Other, m.Same)
	}
}

// queues names the queues of all courses, when there is more than one.
func (r *Result) queues() map[string]bool {
	all := map[string]bool{}
	for _, c := range []*Course{&r.Actual, &r.Baseline, &r.Changed} {
		for q := range c.Queues {
			all[q] = true
		}
	}
	if len(all) < 2 {
		return nil
	}
	return all
}
