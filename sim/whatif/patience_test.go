package whatif

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Kaplan and Meier's estimator on a sample worked out by hand: give-ups at 10 and 30 s, callers answered at 20 and 40 s.
func TestKaplanMeier(t *testing.T) {
	list := []*arrival{
		{queued: true, waitMs: 10_000, abandoned: true}, {queued: true, waitMs: 20_000, answered: true},
		{queued: true, waitMs: 30_000, abandoned: true}, {queued: true, waitMs: 40_000, answered: true}, {},
	}
	m := Patience{kind: "km"}.fit(list)
	require.Equal(t, []stepDown{{10_000, 0.75}, {30_000, 0.375}}, m.steps)
	require.Equal(t, 4, m.waits)
	require.Equal(t, 2, m.gaveUp)
	require.InDelta(t, 50_000, m.meanMs, 0.1)
	later, n := 0, 10_000
	for i := range n {
		if m.of(list[1], newDice(uint64(i), "x")) > 30_000 {
			later++
		}
	}
	require.InDelta(t, 0.5, float64(later)/float64(n), 0.02, "of those who waited 20 s half outlast 30 s")
}

// Nobody is less patient than they were seen to be, and who gave up is as patient as that.
func TestPatienceRespectsWhatWasSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []*arrival
		for range rapid.IntRange(1, 30).Draw(t, "n") {
			a := &arrival{queued: true, waitMs: rapid.Int64Range(0, 600_000).Draw(t, "wait")}
			a.abandoned = rapid.Bool().Draw(t, "abandoned")
			a.answered = !a.abandoned
			list = append(list, a)
		}
		kind := rapid.SampledFrom([]string{"km", "exponential", "constant"}).Draw(t, "model")
		m := Patience{kind: kind, givenMs: map[string]int64{"constant": 30_000}[kind]}.fit(list)
		for _, a := range list {
			p := m.of(a, newDice(rapid.Uint64().Draw(t, "seed"), "x"))
			if p < a.waitMs || a.abandoned && p != a.waitMs || p > 2*never {
				t.Fatalf("%s: waited %d, abandoned %v, patience %d", kind, a.waitMs, a.abandoned, p)
			}
		}
	})
}
