package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wirechief/wirechief/bench/load"
	"github.com/wirechief/wirechief/bench/report"
)

// form is how much is measured.
type form struct {
	journal          time.Duration // each part
	ringCalls        int
	ringRate         float64
	reoffers         int
	gentle           []float64 // rates with 100 agents
	rates            []float64 // rates with many agents
	many             int
	recorded         []float64 // rates with many agents, recorded
	step             time.Duration
	waiting, bridged int
}

// Hold 0.3 to 1 s keeps 0.65 agents busy for each call a second: 100 agents serve 150 calls/s at the very most.
var (
	shortForm = form{
		journal: 1200 * time.Millisecond, ringCalls: 1000, ringRate: 100, reoffers: 400,
		gentle: []float64{100}, rates: []float64{200, 400, 600, 900, 1200, 1500, 1800}, many: 1500, recorded: []float64{200},
		step: 3 * time.Second, waiting: 500, bridged: 100,
	}
	longForm = form{
		journal: 5 * time.Second, ringCalls: 5000, ringRate: 100, reoffers: 1500,
		gentle: []float64{50, 100, 130},
		rates:  []float64{200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200, 1400, 1600, 1800, 2000},
		many:   2000, recorded: []float64{100, 200, 400, 600}, step: 12 * time.Second, waiting: 2000, bridged: 500,
	}
	hold     = [2]time.Duration{300 * time.Millisecond, time.Second}
	ringHold = [2]time.Duration{150 * time.Millisecond, 300 * time.Millisecond}
	quick    = [2]time.Duration{100 * time.Millisecond, 300 * time.Millisecond}
)

const (
	few            = 100 // agents
	reofferAgents  = 10
	reofferWaiting = 100
	warmUpCalls    = 50
)

func (f *form) measure(ctx context.Context, h *load.Host, r *report.Run) (err error) {
	progress := func(format string, args ...any) { _, _ = fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
	progress("journal")
	if r.Journal, err = h.Journal(ctx, h.Dir, f.journal, 1, 64, 1024); err != nil {
		return err
	}
	part := func(what string, o load.Options, do func(*load.Rig) error) error {
		progress("%s", what)
		if err := withRig(ctx, h, r, o, do); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	}
	return errors.Join(
		part("time to ring, and calls a second with 100 agents", load.Options{Agents: few}, func(g *load.Rig) (err error) {
			plan := load.Plan{Rate: f.ringRate, Calls: f.ringCalls, Even: true, Hold: ringHold, Patient: 10 * time.Second}
			if r.Ring, err = g.Run(ctx, plan); err != nil {
				return err
			}
			return f.climb(ctx, g, f.gentle, &r.Steps)
		}),
		part("calls a second", load.Options{Agents: f.many}, func(g *load.Rig) error {
			return f.climb(ctx, g, f.rates, &r.Steps)
		}),
		part("overload", load.Options{Agents: f.many}, func(g *load.Rig) error { return f.overload(ctx, g, r) }),
		part("calls a second, recorded", load.Options{Agents: f.many, Record: true}, func(g *load.Rig) error {
			return f.climb(ctx, g, f.recorded, &r.Recorded)
		}),
		part("re-offer", load.Options{Agents: reofferAgents}, func(g *load.Rig) (err error) {
			r.Reoffer, err = g.Reoffer(ctx, reofferWaiting, f.reoffers, quick)
			return err
		}),
		part("memory", load.Options{Agents: f.bridged, Record: true}, func(g *load.Rig) (err error) {
			r.Memory, err = g.Memory(ctx, f.waiting)
			return err
		}),
	)
}

// withRig runs one engine, then reads its journal.
func withRig(ctx context.Context, h *load.Host, r *report.Run, o load.Options, do func(*load.Rig) error) (err error) {
	g, err := h.NewRig(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	if err := warmUp(ctx, g, o.Agents); err != nil {
		return err
	}
	if err := do(g); err != nil {
		return err
	}
	if err := g.Stop(); err != nil {
		return err
	}
	found, err := g.Inspect(ctx)
	if err != nil {
		return err
	}
	r.Audits = append(r.Audits, found)
	return nil
}

// warmUp has a few calls made that are not counted.
func warmUp(ctx context.Context, g *load.Rig, agents int) error {
	short := [2]time.Duration{20 * time.Millisecond, 40 * time.Millisecond}
	s, err := g.Run(ctx, load.Plan{
		Rate: 50, Calls: min(warmUpCalls, 5*agents), Even: true, Hold: short, Patient: 10 * time.Second,
	})
	if err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	if s.Served == 0 {
		return fmt.Errorf("warming up: no call came through: %v", s.Why)
	}
	return nil
}

// climb runs steps until one collapses: what is beyond it would only be about overload.
func (f *form) climb(ctx context.Context, g *load.Rig, rates []float64, out *[]load.Step) error {
	for i, rate := range rates {
		s, err := g.Run(ctx, load.Plan{
			Rate: rate, Calls: int(rate * f.step.Seconds()), Hold: hold, Seed: uint64(i + 1), Patient: 5 * time.Second,
		})
		if err != nil {
			return fmt.Errorf("%v calls/s: %w", rate, err)
		}
		*out = append(*out, s)
		if s.Collapsed() {
			return nil
		}
	}
	return nil
}

// overload offers twice the highest rate held, once the engine has had a moment of it: it has to go on serving nearly
// as many, and refuse the others at once.
func (f *form) overload(ctx context.Context, g *load.Rig, r *report.Run) (err error) {
	best := report.Best(r.Steps, (*load.Step).Held)
	if best == nil {
		return nil
	}
	rate := 2 * best.Rate
	plan := load.Plan{Rate: rate, Calls: int(rate * f.step.Seconds()), Hold: hold, Seed: 1, Patient: 10 * time.Second}
	if _, err = g.Run(ctx, plan); err != nil {
		return err
	}
	plan.Seed = 2
	r.Overload, err = g.Run(ctx, plan)
	return err
}

// profile loads an engine of this program at one rate and leaves its profiles in the report's directory.
func profile(ctx context.Context, out io.Writer, h *load.Host, o options) (err error) {
	r := &report.Run{When: time.Now()}
	g, err := h.NewRig(ctx, load.Options{Agents: o.agents, Record: o.record, Profile: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	if err := warmUp(ctx, g, o.agents); err != nil {
		return err
	}
	f := form{step: o.profileFor}
	if err := f.climb(ctx, g, []float64{o.profile}, &r.Steps); err != nil {
		return err
	}
	if err := g.Stop(); err != nil {
		return err
	}
	if err := r.Text(out); err != nil {
		return err
	}
	cpu, mem := g.Site.Profiles()
	for _, p := range []string{cpu, mem} {
		if err := os.Rename(p, filepath.Join(o.out, filepath.Base(p))); err != nil {
			return fmt.Errorf("keeping the profile: %w", err)
		}
	}
	_, err = fmt.Fprintf(out, "go tool pprof -top %s/cpu.prof\n", o.out)
	return err
}
