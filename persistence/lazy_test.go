package persistence

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/persistence/machine"
)

// A lazy append is done by itself soon; beside one that somebody waits for it goes into the same entry, in order.
func TestLazyAppendsShareAnEntry(t *testing.T) {
	j := open(t, Options{})
	claimed := make(chan struct{})
	j.Shards(machine.ShardCommand{Op: machine.ClaimHash, Node: 1, Incarnation: j.Boot()},
		func(machine.Result, []machine.ShardRow) { close(claimed) })
	<-claimed
	lazy := func(v uint64) *machine.Append {
		a := rec("s", v, "lazy")
		a.Lazy = true
		return a
	}
	require.Equal(t, machine.OK, await(j, lazy(0)).Status, "alone it is not forgotten")
	for version := uint64(1); ; version += 3 { // until the wait of none is over between the appends
		require.Less(t, version, uint64(1000), "they never share an entry")
		before := j.Stats().Entries.Load()
		var got []string
		done := make(chan struct{}, 3)
		for v := range uint64(2) {
			j.Append(lazy(version+v), func(machine.Result) { got = append(got, "lazy"); done <- struct{}{} })
		}
		j.Append(rec("s", version+2, "prompt"), func(machine.Result) { got = append(got, "prompt"); done <- struct{}{} })
		for range 3 {
			<-done
		}
		require.Equal(t, []string{"lazy", "lazy", "prompt"}, got)
		if j.Stats().Entries.Load()-before == 1 {
			return
		}
	}
}
