package sim

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// mutantSeeds is within how many seeds a planted bug must be found.
const mutantSeeds = 2000

// The simulator can fail: every planted bug is found, and what the design calls harmless is not.
func TestMutants(t *testing.T) {
	mutants := Mutants()
	core := 0
	var mu sync.Mutex
	table := map[string]string{}
	t.Run("all", func(t *testing.T) {
		for _, m := range mutants {
			if m.Where == "host" || m.Where == "journal" {
				core++
			}
			t.Run(m.Name, func(t *testing.T) {
				t.Parallel()
				found := hunt(t, m)
				mu.Lock()
				defer mu.Unlock()
				table[m.Name] = found
				t.Log(m.Where, found)
			})
		}
	})
	require.GreaterOrEqual(t, len(mutants)-1, 20)
	require.GreaterOrEqual(t, core, 10, "half of these in host and journal")
	for _, m := range mutants {
		t.Logf("%-8s %-45s %s", m.Where, m.Name, table[m.Name])
	}
}

// hunt runs seeds until the mutant is found.
func hunt(t *testing.T, m *Mutant) string {
	seeds := uint64(mutantSeeds)
	if m.Harmless {
		seeds = harmlessSeeds
	}
	for seed := range seeds {
		r := Run(Tiny(seed), Options{Mutant: m})
		if r.Failure == nil {
			continue
		}
		require.False(t, m.Harmless, "seed %d: %v\n%s", seed, r.Failure, strings.Join(r.Last, "\n"))
		return fmt.Sprintf("seed %4d: %.100s", seed, r.Failure)
	}
	require.True(t, m.Harmless, "not found in %d seeds", seeds)
	return fmt.Sprintf("harmless in %d seeds", seeds)
}

// harmlessSeeds is how many seeds a harmless change must survive; make sim runs more.
const harmlessSeeds = 300
