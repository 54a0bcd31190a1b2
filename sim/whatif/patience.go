package whatif

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Patience says how long callers would wait. Who hung up while waiting has shown it; of the others only a lower bound is
// known, the time they did wait, and a model says the rest.
type Patience struct {
	kind    string // km, exponential, constant
	givenMs int64  // 0: estimated
}

// ParsePatience reads a model: km (the default), exponential, exponential:MEAN, constant:TIME.
func ParsePatience(s string) (Patience, error) {
	kind, value, given := strings.Cut(s, ":")
	p := Patience{kind: kind}
	if s == "" {
		p.kind = "km"
	}
	if given {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return p, fmt.Errorf("%q: %w", s, errModel)
		}
		p.givenMs = d.Milliseconds()
	}
	switch {
	case p.kind == "km" && !given, p.kind == "exponential", p.kind == "constant" && given:
		return p, nil
	}
	return p, fmt.Errorf("%q: %w", s, errModel)
}

// never is more patience than any queue's.
const never = int64(1) << 52

// model draws patience.
type model struct {
	Patience
	waits, gaveUp int
	meanMs        float64 // waited in all, for each who gave up; 0: nobody did
	steps         []stepDown
	lastMs        int64 // of the waits
}

// stepDown is one step of the Kaplan-Meier curve: the share of callers with more patience than this.
type stepDown struct {
	ms    int64
	share float64
}

// fit learns from the waits of a journal.
func (p Patience) fit(list []*arrival) *model {
	m := &model{Patience: p}
	type seen struct {
		ms     int64
		gaveUp bool
	}
	var all []seen
	total := int64(0)
	for _, a := range list {
		if a.queued {
			all = append(all, seen{a.waitMs, a.abandoned})
			total += a.waitMs
			if a.abandoned {
				m.gaveUp++
			}
		}
	}
	m.waits = len(all)
	if m.gaveUp > 0 {
		m.meanMs = float64(total) / float64(m.gaveUp)
	}
	slices.SortFunc(all, func(a, b seen) int { return cmp.Compare(a.ms, b.ms) })
	share := 1.0
	for i := 0; i < len(all); {
		at, left, gone := all[i].ms, len(all)-i, 0
		for ; i < len(all) && all[i].ms == at; i++ {
			if all[i].gaveUp {
				gone++
			}
		}
		if gone > 0 {
			share *= 1 - float64(gone)/float64(left)
			m.steps = append(m.steps, stepDown{at, share})
		}
		m.lastMs = at
	}
	return m
}

// of is a caller's patience in ms.
func (m *model) of(a *arrival, d dice) int64 {
	if a.abandoned {
		return a.waitMs
	}
	switch m.kind {
	case "constant":
		return max(m.givenMs, a.waitMs)
	case "exponential":
		mean := m.meanMs
		if m.givenMs > 0 {
			mean = float64(m.givenMs)
		}
		return a.waitMs + m.exponential(mean, d)
	}
	// More patient than their wait, else as the curve says.
	share := 1.0
	i := 0
	for ; i < len(m.steps) && m.steps[i].ms <= a.waitMs; i++ {
		share = m.steps[i].share
	}
	u := d.Float64() * share
	for ; i < len(m.steps); i++ {
		if m.steps[i].share <= u {
			return m.steps[i].ms
		}
	}
	return max(m.lastMs, a.waitMs) + m.exponential(m.meanMs, d)
}

func (m *model) exponential(mean float64, d dice) int64 {
	if mean == 0 {
		return never
	}
	return int64(math.Min(d.ExpFloat64()*mean, float64(never)))
}

// String says what is used and how it was come by.
func (m *model) String() string {
	sec := func(ms float64) string { return fmt.Sprintf("%.0f s", ms/1000) }
	seen := fmt.Sprintf("%d of %d callers gave up", m.gaveUp, m.waits)
	switch {
	case m.kind == "constant":
		return "constant " + sec(float64(m.givenMs)) + ", given; who gave up keeps what they showed (" + seen + ")"
	case m.givenMs > 0:
		return "exponential with mean " + sec(float64(m.givenMs)) + ", given, beyond what each has waited (" + seen + ")"
	case m.gaveUp == 0:
		return "nobody gave up: nobody does"
	case m.kind == "exponential":
		return "exponential with mean " + sec(m.meanMs) + ", estimated, beyond what each has waited (" + seen + ")"
	}
	return fmt.Sprintf("Kaplan-Meier over the waits (%s); beyond the longest, %s, exponential with mean %s", seen,
		sec(float64(m.lastMs)), sec(m.meanMs))
}
