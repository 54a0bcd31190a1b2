package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wirechief/wirechief/bench/load"
)

// Files writes bench.json and bench.txt (for benchstat) into a directory.
func (r *Run) Files(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", dir, err)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the figures: %w", err)
	}
	for name, data := range map[string][]byte{"bench.json": append(text, '\n'), "bench.txt": []byte(r.Benchstat())} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return nil
}

// Benchstat gives the figures as lines of the Go benchmark format; collect several runs in one file to compare.
func (r *Run) Benchstat() string {
	var b strings.Builder
	fmt.Fprintf(&b, "goos: linux\ncpu: %s\npkg: github.com/wirechief/wirechief/bench\n", r.Machine.CPU)
	line := func(name string, n int, values ...any) {
		fmt.Fprintf(&b, "Benchmark%s %d", name, max(n, 1))
		for i := 0; i+1 < len(values); i += 2 {
			v := values[i]
			if d, ok := v.(time.Duration); ok {
				v = float64(d) / 1e6
			}
			fmt.Fprintf(&b, " %.6g %s", v, values[i+1])
		}
		b.WriteByte('\n')
	}
	latency := func(name string, l load.Latency) {
		line(name, int(l.Count), l.P50, "p50-ms", l.P99, "p99-ms", l.Max, "max-ms")
	}
	latency(fmt.Sprintf("Ring/agents=%d", r.Ring.Agents), r.Ring.Ring)
	latency(fmt.Sprintf("RingWire/agents=%d", r.Ring.Agents), r.Ring.RingWire)
	latency(fmt.Sprintf("Reoffer/agents=%d", r.Reoffer.Agents), r.Reoffer.Latency)
	for _, list := range [][]load.Step{r.Steps, r.Recorded} {
		for i := range list {
			s := &list[i]
			line(fmt.Sprintf("Calls/agents=%d/rate=%.0f/recorded=%t", s.Agents, s.Rate, s.Recorded), s.Calls,
				s.Completed, "calls/s", s.FailedShare()*100, "failed-%", s.Ring.P50, "p50-ms", s.Ring.P99, "p99-ms",
				s.CPUPerCall, "cpu-ms/call", float64(s.RSS)/(1<<20), "rss-MiB", s.WrittenPerCall, "disk-B/call")
		}
	}
	for name, good := range map[string]func(*load.Step) bool{"Held": (*load.Step).Held, "Clean": (*load.Step).Clean} {
		if best := Best(r.Steps, good); best != nil {
			line("HighestRate/"+name, 1, best.Offered, "calls/s")
		}
	}
	line("Fdatasync", 1, r.Journal.SyncPerSecond, "syncs/s", r.Journal.SyncP50, "p50-ms", r.Journal.SyncP99, "p99-ms")
	for _, x := range r.Journal.Runs {
		line(fmt.Sprintf("Journal/writers=%d", x.Writers), 1, x.PerSecond, "appends/s", x.P50, "p50-ms", x.P99, "p99-ms",
			float64(x.CPUPerAppend)/1e3, "cpu-us/append", x.BytesPerAppend, "wal-B/append")
	}
	line("Memory/waiting", r.Memory.Waiting, float64(r.Memory.PerWaiting), "B/call")
	line("Memory/bridged", r.Memory.Bridged, float64(r.Memory.PerBridged), "B/call")
	return b.String()
}

// Page writes the figures as a page of docs.
func (r *Run) Page(path string) error {
	var text strings.Builder
	if err := r.Text(&text); err != nil {
		return err
	}
	page := fmt.Sprintf("# Benchmarks of %s\n\nWritten by `make bench`; how it is measured and against whom: "+
		"[README](README.md).\n\n```\n%s```\n", r.When.UTC().Format(time.DateOnly), text.String())
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}
