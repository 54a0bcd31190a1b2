package queues

import (
	"fmt"
	"testing"
)

const costRounds = 300

// stepsOf is what a round of changes and decisions costs on average, in steps of ordered sets.
func stepsOf(x *center, round func(i int)) float64 {
	round(0) // the first takes in how the center was filled
	before := x.m.Stats().Steps
	for i := range costRounds {
		round(i + 1)
	}
	return float64(x.m.Stats().Steps-before) / costRounds
}

func untimed(f func()) { f() }

// A decision costs O(log n) in agents and callers with every strategy: a hundred times as many of both may cost twice the
// steps, as log 10,000 is twice log 100, with a margin for the shape of the sets. All changes around it are counted too:
// the agent freed and talking again, the call gone and the next come. Steps are counted, so nothing here depends on the
// machine. Also where no two agents are alike, so that each stands in a group of one.
func TestR67DecisionIsLogarithmic(t *testing.T) {
	for _, strategy := range allStrategies {
		for _, alone := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/alone=%v", strategy, alone), func(t *testing.T) {
				var frees, arrives [2]float64
				for i, n := range []int{100, 10_000} {
					s := hard(strategy, n)
					s.alone = alone
					x := newCenter(t, s)
					x.wait(n)
					frees[i] = stepsOf(x, func(i int) { x.frees(t, i, untimed) })
					if n := x.m.Stats().CallsPassed; n > costRounds {
						t.Errorf("%d calls passed over in %d decisions", n, costRounds)
					}
					x = newCenter(t, s)
					w := x.allIdle()
					arrives[i] = stepsOf(x, func(int) { x.arrives(t, w, untimed) })
				}
				t.Logf("an agent frees: %.0f, %.0f steps; a call arrives: %.0f, %.0f", frees[0], frees[1], arrives[0], arrives[1])
				if frees[1] > 3*frees[0] || arrives[1] > 3*arrives[0] {
					t.Error("does not grow like a logarithm")
				}
			})
		}
	}
}

// What a decision allocates is bounded whatever waits: the pair with its explanation.
func TestR67DecisionAllocations(t *testing.T) {
	for _, strategy := range allStrategies {
		for _, n := range []int{100, 10_000} {
			x := newCenter(t, hard(strategy, n))
			x.wait(n)
			i := 0
			frees := func() {
				x.m.SetAgent(x.free[i*7919%n])
				got := x.m.Match(x.now)
				for _, p := range got {
					x.m.SetCall(x.answered(p))
				}
				x.m.SetAgent(x.talking[i*7919%n])
				i++
				x.now++
			}
			for range 50 {
				frees() // what is reused grows to its size
			}
			if allocs := testing.AllocsPerRun(200, frees); allocs > 10 {
				t.Errorf("%s with %d: %v allocations", strategy, n, allocs)
			}
		}
	}
}
