package report

import (
	"fmt"
	"time"

	"github.com/wirechief/wirechief/bench/engine"
	"github.com/wirechief/wirechief/bench/load"
)

// Run is everything one run found out.
type Run struct {
	When     time.Time
	Machine  Machine
	Engine   string // what was measured
	Short    bool
	Journal  engine.JournalFigures
	Ring     load.Step   // time to ring, idle agents, gentle
	Steps    []load.Step // rising rates
	Recorded []load.Step // the same with recording
	Overload load.Step   // at twice the highest rate held; no calls: there was none
	Reoffer  load.Reoffer
	Memory   load.Memory
	Audits   []engine.Findings // of each engine's journal, in the order above
	Took     time.Duration
}

// Machine is where and beside what it ran.
type Machine struct {
	CPU                       string
	Cores                     int
	EngineCore, GeneratorCore int
	Kernel, Go                string
	LoadBefore                string // load averages
}

// Best is the last of rising steps before the first that is not good, nil when already the first is not.
func Best(steps []load.Step, good func(*load.Step) bool) *load.Step {
	var best *load.Step
	for i := range steps {
		if !good(&steps[i]) {
			break
		}
		best = &steps[i]
	}
	return best
}

// Wide margins: what is past them is not a slow machine but something broken.
const (
	absurdRing     = 60  // time to ring over the commits it waits for
	absurdReoffer  = 120 // the same for a re-offer
	absurdSlack    = 30 * time.Millisecond
	absurdFailed   = 0.05 // of the gentlest calls
	absurdWaiting  = 1 << 20
	absurdBridged  = 4 << 20
	absurdGrowth   = 0.5 // 64 writers against one
	absurdJournals = 30  // one writer's commit over the bare disk's
	absurdGoodput  = 0.3 // of the highest rate, at twice that rate
)

// Absurd lists what is wrong beyond all noise; the run has failed if there is any.
func (r *Run) Absurd() (out []string) {
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	commit := r.commit()
	commits := time.Duration(max(r.commits(), 1))
	bad(r.Ring.FailedShare() > absurdFailed, "time to ring: %d of %d calls failed: %v",
		r.Ring.Failed, r.Ring.Calls, r.Ring.Why)
	limit := absurdSlack + absurdRing*commits*commit //nolint:durationcheck // a count times a duration
	bad(r.Ring.Ring.P50 > limit, "time to ring p50 %v is over %v", r.Ring.Ring.P50, limit)
	limit = absurdSlack + absurdReoffer*commits*commit //nolint:durationcheck // a count times a duration
	bad(r.Reoffer.Latency.P50 > limit, "re-offer p50 %v is over %v: does something poll?", r.Reoffer.Latency.P50, limit)
	bad(r.Memory.PerWaiting > absurdWaiting, "a waiting call takes %d KiB", r.Memory.PerWaiting>>10)
	bad(r.Memory.PerBridged > absurdBridged, "a bridged call takes %d KiB", r.Memory.PerBridged>>10)
	if runs := r.Journal.Runs; len(runs) > 1 {
		bad(runs[1].PerSecond < runs[0].PerSecond*absurdGrowth, "%d writers append %.0f/s, one alone %.0f/s",
			runs[1].Writers, runs[1].PerSecond, runs[0].PerSecond)
		bad(runs[0].P50 > absurdSlack+absurdJournals*r.Journal.SyncP50, "a commit takes %v, fdatasync %v",
			runs[0].P50, r.Journal.SyncP50)
	}
	if best := Best(r.Steps, (*load.Step).Held); best != nil && r.Overload.Calls > 0 {
		bad(r.Overload.Completed < absurdGoodput*best.Completed, "at %.0f calls/s %.0f/s are served, at %.0f/s it was %.0f/s: %v",
			r.Overload.Rate, r.Overload.Completed, best.Rate, best.Completed, r.Overload.Why)
	}
	for _, a := range r.Audits {
		for i, v := range a.Violations {
			bad(i < 5, "journal: %s", v)
		}
	}
	return out
}

// commit is what one append takes a single writer.
func (r *Run) commit() time.Duration {
	if len(r.Journal.Runs) == 0 {
		return 0
	}
	return r.Journal.Runs[0].P50
}

// commits is how many appends a ring waits for.
func (r *Run) commits() int {
	if len(r.Audits) == 0 {
		return 0
	}
	return r.Audits[0].CommitsToRing
}
