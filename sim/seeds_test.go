package sim

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testSeeds are run with every change; make sim runs 100,000.
const testSeeds = 2000

// I1-I12 hold in the small worlds of many seeds; see check.go for what each of them is here.
func TestSeeds(t *testing.T) {
	n := uint64(testSeeds)
	if testing.Short() {
		n = 200
	}
	for _, r := range Seeds(context.Background(), 0, n, runtime.NumCPU(), Options{}, nil) {
		t.Errorf("seed %d: %v\nwirechief sim --seed %d --trace\n%s", r.Plan.Seed, r.Failure, r.Plan.Seed, r.Stack)
	}
}

// A failing run gives the same failure when run again, and shrinks to a smaller plan that breaks the same invariant.
func TestFailureReplaysAndShrinks(t *testing.T) {
	o := Options{Mutant: Find("goes on after a version conflict")}
	require.NotNil(t, o.Mutant)
	for seed := range uint64(mutantSeeds) {
		r := Run(Tiny(seed), o)
		if r.Failure == nil {
			continue
		}
		again := Run(r.Plan, o)
		require.Equal(t, r.Failure, again.Failure)
		require.Equal(t, r.Hash, again.Hash)
		small := Shrink(r, o)
		require.Equal(t, r.Failure.Invariant, small.Failure.Invariant)
		require.Less(t, len(small.Plan.Faults)+len(small.Plan.Calls), len(r.Plan.Faults)+len(r.Plan.Calls))
		require.Equal(t, small.Hash, Run(small.Plan, o).Hash)
		return
	}
	t.Fatal("the mutant was not found")
}

// BenchmarkHundredAgents reports how much faster than the clock a center of 100 agents runs on one core, with faults.
func BenchmarkHundredAgents(b *testing.B) {
	var virtual time.Duration
	calls := 0
	for i := 0; b.Loop(); i++ {
		r := Run(NewPlan(uint64(i), Size{
			Agents: 100, Queues: 5, Tenants: 3, Nodes: 2, LoadS: 1800, PerHour: 12, Faults: 20,
		}), Options{})
		if r.Failure != nil {
			b.Fatalf("seed %d: %v", i, r.Failure)
		}
		virtual += time.Duration(r.VirtualMs) * time.Millisecond
		calls += r.Counts.Calls
	}
	b.ReportMetric(float64(virtual)/float64(b.Elapsed()), "x-real-time")
	b.ReportMetric(float64(calls)/b.Elapsed().Seconds(), "calls/s")
}
