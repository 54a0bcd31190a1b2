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
	before := j.Stats().Entries.Load()
	var got []string
	done := make(chan struct{}, 3)
	for v := range uint64(2) {
		j.Append(lazy(1+v), func(machine.Result) { got = append(got, "lazy"); done <- struct{}{} })
	}
	j.Append(rec("s", 3, "prompt"), func(machine.Result) { got = append(got, "prompt"); done <- struct{}{} })
	for range 3 {
		<-done
	}
	require.Equal(t, []string{"lazy", "lazy", "prompt"}, got)
	require.LessOrEqual(t, j.Stats().Entries.Load()-before, uint64(2), "unless the wait was over just then")
}
