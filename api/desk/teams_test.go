package desk

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/auth"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// R97: a supervisor of teams is told of the agents of these teams, one without teams of all of their tenants.
func TestR97TeamsBoundWhatSupervisorsAreTold(t *testing.T) {
	dir := cc.NewDirectory(&cc.Center{Agents: []*cc.Agent{
		{Id: "ann", Tenants: []string{"north"}, Teams: []string{"blue"}}, {Id: "bea", Tenants: []string{"north"}},
	}})
	boss := func(tenant string, teams ...string) *Viewer {
		v := viewerOf(&auth.Principal{Agent: "boss", Role: "supervisor", Tenants: []string{tenant}, Teams: teams}, "s", newState(dir))
		return &v
	}
	for _, c := range []struct {
		viewer   *Viewer
		ann, bea bool
	}{
		{boss("north"), true, true},
		{boss("north", "blue", "red"), true, false},
		{boss("north", "red"), false, false},
		{boss("south"), false, false},
	} {
		st := &translator{state: newState(dir)}
		ann, bea := st.bosses("ann"), st.bosses("bea")
		require.Equal(t, c.ann, Receives(c.viewer, &ann), "%v", c.viewer.Teams)
		require.Equal(t, c.bea, Receives(c.viewer, &bea), "%v", c.viewer.Teams)
	}
}

// R97: an agent put on a queue by a supervisor hears of that queue from then on.
func TestR97ChangedQueuesChangeTheView(t *testing.T) {
	dir := cc.NewDirectory(&cc.Center{
		Agents: []*cc.Agent{{Id: "ann", Queues: []string{"sales"}}}, Queues: []*cc.Queue{{Id: "sales"}, {Id: "billing"}},
	})
	st := newState(dir)
	value, err := (&cc.AgentSummary{Agent: "ann", QueuesAdded: []string{"billing"}, QueuesRemoved: []string{"sales"}}).MarshalVT()
	require.NoError(t, err)
	got := st.apply(&machine.Change{
		Index: 1, Stream: AgentStreams + "ann", Ops: []machine.IndexOp{{Key: []byte(AgentPrefix + "ann"), Value: value}},
	})
	require.Equal(t, "ann", got.requeued)
	v := viewerOf(&auth.Principal{Agent: "ann", Role: "csr"}, "s", st)
	require.Equal(t, []string{"billing"}, v.Queues)
	require.Zero(t, st.members("sales"))
	require.Equal(t, 1, st.members("billing"))
}
