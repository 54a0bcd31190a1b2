package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/bench/engine"
	"github.com/wirechief/wirechief/bench/load"
)

func good() *Run {
	ring := load.Latency{Count: 1000, P50: time.Millisecond, P99: 3 * time.Millisecond, Max: 9 * time.Millisecond}
	step := func(rate float64, failed int) load.Step {
		return load.Step{
			Plan: load.Plan{Rate: rate, Calls: 1000}, Agents: 100, Offered: rate, Completed: rate, Ring: ring,
			Served: 1000 - failed, Failed: failed,
		}
	}
	return &Run{
		When: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Ring: step(100, 0),
		Steps:   []load.Step{step(100, 0), step(200, 0), step(400, 2), step(800, 0)},
		Reoffer: load.Reoffer{Latency: ring},
		Journal: engine.JournalFigures{SyncP50: 200 * time.Microsecond, Runs: []engine.JournalRun{
			{Writers: 1, PerSecond: 4000, P50: 250 * time.Microsecond}, {Writers: 64, PerSecond: 50_000},
		}},
		Memory: load.Memory{PerWaiting: 40 << 10, PerBridged: 100 << 10},
		Audits: []engine.Findings{{Calls: 1000, CommitsToRing: 3}},
	}
}

// A rate counts only while all below it were held.
func TestBest(t *testing.T) {
	require.InDelta(t, 200, Best(good().Steps, (*load.Step).Held).Offered, 0)
	require.Nil(t, Best(nil, (*load.Step).Clean))
}

func TestAbsurd(t *testing.T) {
	require.Empty(t, good().Absurd())
	for name, c := range map[string]struct {
		want  string
		spoil func(*Run)
	}{
		"ring":       {"time to ring p50", func(r *Run) { r.Ring.Ring.P50 = time.Second }},
		"failed":     {"100 of 1000 calls failed", func(r *Run) { r.Ring.Served, r.Ring.Failed = 900, 100 }},
		"reoffer":    {"does something poll", func(r *Run) { r.Reoffer.Latency.P50 = time.Second }},
		"memory":     {"a waiting call takes 2048 KiB", func(r *Run) { r.Memory.PerWaiting = 2 << 20 }},
		"journal":    {"64 writers append 10/s", func(r *Run) { r.Journal.Runs[1].PerSecond = 10 }},
		"commit":     {"a commit takes", func(r *Run) { r.Journal.Runs[0].P50 = time.Second }},
		"invariants": {"journal: I1", func(r *Run) { r.Audits[0].Violations = []string{"I1 call: twice"} }},
	} {
		t.Run(name, func(t *testing.T) {
			r := good()
			c.spoil(r)
			require.Contains(t, strings.Join(r.Absurd(), "\n"), c.want)
		})
	}
}

func TestFiles(t *testing.T) {
	dir, r := t.TempDir(), good()
	require.NoError(t, r.Files(dir))
	text, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	require.NoError(t, err)
	var back Run
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, r.Ring.Ring, back.Ring.Ring)
	lines, err := os.ReadFile(filepath.Join(dir, "bench.txt"))
	require.NoError(t, err)
	require.Contains(t, string(lines), "BenchmarkRing/agents=100 1000 1 p50-ms 3 p99-ms 9 max-ms\n")
	require.Contains(t, string(lines), "BenchmarkHighestRate/Clean 1 200 calls/s\n")
	page := filepath.Join(dir, "page.md")
	require.NoError(t, r.Page(page))
	md, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(md), "highest clean rate: 200 calls/s")
	require.Contains(t, string(md), "Asterisk")
}
