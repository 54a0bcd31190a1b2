package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/replay"
	"github.com/wirechief/wirechief/persistence/machine"
)

// I11: whatever happened in a run, its journal replays in both modes.
func TestI11JournalsReplay(t *testing.T) {
	records := 0
	for seed := range uint64(60) {
		r := Run(Tiny(seed), Options{Journal: func(j machine.Reader) {
			rep, err := replay.Run(j, replay.Options{Decide: true})
			require.NoError(t, err)
			for _, d := range rep.Differences {
				t.Errorf("seed %d: %v", seed, d)
			}
			require.Equal(t, rep.Records, rep.Decided+int(configVersions(j)))
			records += rep.Records
		}})
		require.Nil(t, r.Failure)
		if t.Failed() {
			return
		}
	}
	require.Positive(t, records)
}

func configVersions(r machine.Reader) uint64 {
	v, _ := machine.StreamVersion(r, "config")
	return v
}
