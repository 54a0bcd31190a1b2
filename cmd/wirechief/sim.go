package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/wirechief/wirechief/sim"
)

// simCmd runs simulated centers: see docs/simulation.md.
type simCmd struct {
	Seeds   uint64  `default:"1000" help:"How many seeds to run."`
	From    uint64  `default:"0" help:"The first seed."`
	Seed    *uint64 `help:"Run this one seed only."`
	Trace   bool    `help:"With --seed: print every line of the run."`
	Shrink  bool    `help:"Make the plan of a failing seed smaller before it is shown."`
	Mutant  string  `help:"Plant this bug. 'list' lists them."`
	Workers int     `default:"0" help:"Runs at a time; 0: one a core."`
}

// Run implements the subcommand.
func (c *simCmd) Run(ctx context.Context, m *Main) error {
	var o sim.Options
	if c.Mutant == "list" {
		for _, x := range sim.Mutants() {
			_, _ = fmt.Fprintf(m.Stdout, "%-8s %s\n", x.Where, x.Name)
		}
		return nil
	}
	if c.Mutant != "" {
		if o.Mutant = sim.Find(c.Mutant); o.Mutant == nil {
			return fmt.Errorf("there is no mutant %q; --mutant list lists them", c.Mutant)
		}
	}
	if c.Seed != nil {
		return c.one(m, o)
	}
	began := time.Now()
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.NumCPU()
	}
	failed := sim.Seeds(ctx, c.From, c.Seeds, workers, o, func(done uint64, failed int) {
		_, _ = fmt.Fprintf(m.Stderr, "\r%d of %d seeds, %d failed, %.0f a second ", done, c.Seeds, failed,
			float64(done)/time.Since(began).Seconds())
	})
	_, _ = fmt.Fprintln(m.Stderr)
	if err := ctx.Err(); err != nil {
		return errors.New("interrupted")
	}
	for _, r := range failed {
		c.show(m, r, o)
	}
	if len(failed) > 0 {
		return errReported
	}
	_, _ = fmt.Fprintf(m.Stdout, "%d seeds from %d: no violation\n", c.Seeds, c.From)
	return nil
}

func (c *simCmd) one(m *Main, o sim.Options) error {
	if c.Trace {
		o.Trace = func(l string) { _, _ = fmt.Fprintln(m.Stdout, l) }
	}
	r := sim.Run(sim.Tiny(*c.Seed), o)
	if r.Failure != nil {
		c.show(m, r, o)
		return errReported
	}
	_, _ = fmt.Fprintf(m.Stdout, "seed %d: no violation; %d events in %d s of virtual time, trace %016x\n%+v\n", *c.Seed, r.Events,
		r.VirtualMs/1000, r.Hash, r.Counts)
	return nil
}

// show prints a failing run: its number, the plan, the last lines.
func (c *simCmd) show(m *Main, r sim.Result, o sim.Options) {
	if c.Shrink {
		r = sim.Shrink(r, o)
	}
	p := &r.Plan
	_, _ = fmt.Fprintf(m.Stdout, "%s\nseed %d: %v\ntrace %016x, %d calls, %d agents, %d nodes, faults:\n", strings.Join(r.Last, "\n"),
		p.Seed, r.Failure, r.Hash, len(p.Calls), len(p.Agents), p.Size.Nodes)
	for _, f := range p.Faults {
		_, _ = fmt.Fprintf(m.Stdout, "  %v\n", f)
	}
	if r.Stack != "" {
		_, _ = fmt.Fprintln(m.Stdout, r.Stack)
	}
}
