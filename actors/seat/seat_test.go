package seat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
)

func moment() b2bua.Moment {
	dir := cc.NewDirectory(&cc.Center{Company: "acme", Version: 1, Agents: []*cc.Agent{{Id: "anna"}}})
	return b2bua.Moment{NowMs: 1000, Dir: dir, Seed: []byte("seed")}
}

// I11: what is loaded from the records is what the machine believes, and a snapshot stands for those below it.
func TestI11LoadGivesWhatWasDecided(t *testing.T) {
	m := seat.New("anna", "acme")
	var records [][]byte
	for _, cmd := range []any{&cc.SessionOpened{Session: "s1"}, &cc.SetPresence{Presence: cc.Presence_AVAILABLE}} {
		d := m.Step(seat.Ask{Cmd: cc.NewCommand(cmd), At: moment()})
		require.NotNil(t, d.Record)
		records = append(records, d.Record)
	}
	require.Len(t, m.Seal(2).Index, 1)
	require.Empty(t, m.Seal(2).Index, "nothing changed since")

	loaded := seat.New("anna", "acme")
	for _, r := range records {
		require.NoError(t, loaded.Load(r))
	}
	require.Equal(t, m.State.String(), loaded.State.String())

	snap := m.Seal(seat.SnapshotEvery).Snapshot
	require.NotNil(t, snap)
	other := seat.New("anna", "acme")
	require.NoError(t, other.LoadSnapshot(snap, seat.SnapshotEvery))
	require.Equal(t, m.State.String(), other.State.String())
}

// A successor's first step leaves a record even if nothing changes: what its predecessor still has under way is refused
// from then on.
func TestFenceLeavesARecord(t *testing.T) {
	m := seat.New("anna", "acme")
	started := cc.NewCommand(&cc.NodeStarted{})
	require.Nil(t, m.Step(seat.Ask{Cmd: started, At: moment()}).Record)
	require.NotNil(t, m.Step(seat.Ask{Cmd: started, At: moment(), Fence: true}).Record)
	require.Nil(t, m.Step(seat.Ask{Cmd: cc.NewCommand(&cc.ExtendWrapUp{}), At: moment(), Fence: true}).Record, "a refusal")

	c := b2bua.New(b2bua.Node{})
	require.NotNil(t, c.Step(b2bua.Timed{Moment: moment(), Input: b2bua.Fence{}}).Record)
}
