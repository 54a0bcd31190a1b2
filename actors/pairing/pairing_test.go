package pairing_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/pairing"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

func directory(version uint64, queues ...string) *cc.Directory {
	c := &cc.Center{
		Version: version, Company: "co",
		Agents:    []*cc.Agent{{Id: "ann", Queues: []string{"a"}, Tenants: []string{"t"}}},
		Workflows: []*cc.Workflow{{Id: "main"}},
	}
	for _, q := range queues {
		c.Queues = append(c.Queues, &cc.Queue{Id: q, Tenants: []string{"t"}, RedialWindowMs: 60_000})
		c.Workflows[0].Steps = append(c.Workflows[0].Steps, &cc.WorkflowStep{Queue: q})
	}
	return cc.NewDirectory(c)
}

type bench struct {
	t     *testing.T
	table *pairing.Table
	sight *pairing.Sight
	dir   *cc.Directory
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, sight: pairing.NewSight(nil), dir: directory(1, "a", "b")}
	var err error
	b.table, err = pairing.New(pairing.Options{
		Dir: b.dir, Sight: b.sight, Load: func([]byte) (*cc.Directory, error) { return b.dir, nil },
	})
	require.NoError(t, err)
	return b
}

func (b *bench) put(key string, m interface{ MarshalVT() ([]byte, error) }) {
	value, err := m.MarshalVT()
	require.NoError(b.t, err)
	require.NoError(b.t, b.table.Take(key, value, false, 1_000))
}

func (b *bench) gone(key string) { require.NoError(b.t, b.table.Take(key, nil, true, 1_000)) }

func (b *bench) found(caller string, now int64) []*cc.QueueFound {
	return b.sight.Found(b.dir, "main", 0, "t", caller, now)
}

// R30, R69, R97: what an arriving call finds at each queue follows the rows, and the configuration.
func TestFound(t *testing.T) {
	b := newBench(t)
	b.put(seat.IndexPrefix+"ann", &cc.AgentSummary{Agent: "ann", Presence: cc.Presence_AVAILABLE})
	b.put(b2bua.WaitingPrefix+"1", &cc.WaitingCall{Call: "1", Queue: "a", Tenant: "t"})
	b.put(pairing.ShutPrefix+"b", &cc.QueueShut{Queue: "b"})
	f := b.found("", 1_000)
	require.Len(t, f, 2)
	require.Equal(t, cc.QueueFill{Waiting: 1, Online: 1, Available: 1}, f[0].Fill())
	require.True(t, f[1].Closed)
	b.put(seat.IndexPrefix+"ann", &cc.AgentSummary{Agent: "ann", Presence: cc.Presence_UNAVAILABLE})
	b.put(b2bua.WaitingPrefix+"1", &cc.WaitingCall{Call: "1", Queue: "b", Tenant: "t"})
	b.gone(pairing.ShutPrefix + "b")
	f = b.found("", 1_000)
	require.Equal(t, cc.QueueFill{Online: 1}, f[0].Fill())
	require.Equal(t, cc.QueueFill{Waiting: 1}, f[1].Fill())
	require.False(t, f[1].Closed)
	b.dir = directory(2, "b")
	b.dir.Agent("ann").Queues = []string{"b"}
	b.put(pairing.ConfigKey, b.dir.Center)
	b.gone(b2bua.WaitingPrefix + "1")
	f = b.found("", 1_000)
	require.Len(t, f, 1)
	require.Equal(t, cc.QueueFill{Online: 1}, f[0].Fill())
}

// R94: an earlier call of the caller is found while it waits, and for the window after it was hung up.
func TestR94Found(t *testing.T) {
	b := newBench(t)
	b.put(b2bua.WaitingPrefix+"1", &cc.WaitingCall{Call: "1", Queue: "a", Tenant: "t", Caller: "+1", EnqueuedMs: 500})
	require.True(t, b.found("+1", 1_000)[0].RedialWaits)
	require.Empty(t, b.found("+2", 1_000)[0].Redial)
	b.gone(b2bua.WaitingPrefix + "1")
	require.Empty(t, b.found("+1", 1_000)[0].Redial)
	b.put(b2bua.LeftPrefix+"1", &cc.LeftPlace{Call: "1", Queue: "a", Tenant: "t", Caller: "+1", EnqueuedMs: 500, LeftMs: 900})
	f := b.found("+1", 60_000)[0]
	require.Equal(t, "1", f.Redial)
	require.False(t, f.RedialWaits)
	require.EqualValues(t, 500, f.EnqueuedMs)
	require.Empty(t, b.found("+1", 61_000)[0].Redial, "the window is over")
	b.gone(b2bua.LeftPrefix + "1")
	require.Empty(t, b.found("+1", 1_000)[0].Redial)
}

// A hint is taken at once; what the journal tells of before it is passed over, what comes after it counts.
func TestHintsAheadOfTheJournal(t *testing.T) {
	b := newBench(t)
	row := func(queue string) []machine.IndexOp {
		value, _ := (&cc.WaitingCall{Call: "1", Queue: queue, Tenant: "t"}).MarshalVT()
		return []machine.IndexOp{{Key: []byte(b2bua.WaitingPrefix + "1"), Value: value}}
	}
	change := func(version uint64, ops []machine.IndexOp) *machine.Change {
		return &machine.Change{FirstVersion: version, Records: [][]byte{nil}, Ops: ops}
	}
	require.NoError(t, b.table.Hint(row("b"), 2, 1_000))
	require.NoError(t, b.table.Changed(change(1, row("a")), 1_000))
	require.EqualValues(t, 1, b.sight.Fill("b").Waiting)
	require.NoError(t, b.table.Changed(change(2, row("b")), 1_000))
	require.NoError(t, b.table.Changed(change(3, row("a")), 1_000))
	require.EqualValues(t, 1, b.sight.Fill("a").Waiting)
	require.NoError(t, b.table.Hint(row("b"), 4, 1_000))
	require.NoError(t, b.table.Reread(b2bua.WaitingPrefix+"1", row("a")[0].Value, true, 1_000)) // it never came true
	require.EqualValues(t, 1, b.sight.Fill("a").Waiting)
	require.Zero(t, b.sight.Fill("b").Waiting)
}
