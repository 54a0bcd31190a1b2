package sim

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// The same seed gives the same run, to the byte.
func TestSameSeedSameRun(t *testing.T) {
	for seed := range uint64(20) {
		a, b := Run(Tiny(seed), Options{}), Run(Tiny(seed), Options{})
		require.Equal(t, a.Hash, b.Hash, "seed %d", seed)
		require.Equal(t, a.Events, b.Events, "seed %d", seed)
	}
}

// One seed with its trace, for looking at: SIM_SEED=7 go test -run TestOneSeed -v ./sim.
func TestOneSeed(t *testing.T) {
	s := os.Getenv("SIM_SEED")
	if s == "" {
		t.Skip("SIM_SEED names none")
	}
	seed, err := strconv.ParseUint(s, 10, 64)
	require.NoError(t, err)
	r := Run(Tiny(seed), Options{Trace: func(l string) { t.Log(l) }})
	t.Logf("%+v %v\n%s", r.Counts, r.Failure, r.Stack)
}
