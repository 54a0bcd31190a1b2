package whatif

import (
	"math/rand/v2"

	"github.com/cespare/xxhash/v2"
)

// dice are one source of chance. Each caller and each offer has its own by name, so that what a configuration does not
// touch falls the same in every run.
type dice struct{ *rand.Rand }

func newDice(seed uint64, names ...string) dice {
	var d xxhash.Digest
	d.Reset()
	for _, n := range names {
		_, _ = d.WriteString(n) // a hash takes everything
		_, _ = d.Write([]byte{0})
	}
	return dice{rand.New(rand.NewPCG(seed, d.Sum64()))} //nolint:gosec // repeatable on purpose
}

// pick draws one of a list, or what stands for an empty one.
func pick[T any](d dice, list []T, none T) T {
	if len(list) == 0 {
		return none
	}
	return list[d.IntN(len(list))]
}
