package facts

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/figures"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// center is a journal with a few agents and calls whose records are made up.
type center struct {
	t       testing.TB
	fs      vfs.FS
	j       *persistence.Journal
	rng     *rand.Rand
	version map[string]uint64
	now     int64
	calls   int
}

func newCenter(t testing.TB, o persistence.Options) *center {
	c := &center{
		t: t, fs: vfs.NewMem(), rng: rand.New(rand.NewPCG(1, 2)), version: map[string]uint64{}, //nolint:gosec // a test
		now: 1_772_409_600_000,
	}
	c.open(o)
	for i := range 4 {
		c.agentDoes(fmt.Sprint("a", i), &cc.AgentCreated{Agent: fmt.Sprint("a", i)}, &cc.PresenceChanged{Presence: cc.Presence_AVAILABLE})
	}
	return c
}

func (c *center) open(o persistence.Options) {
	o.FS, o.Dir, o.NodeID = c.fs, "j", 1
	o.Fatal = func(err error) { c.t.Errorf("fatal: %v", err) }
	j, err := persistence.Open(o)
	require.NoError(c.t, err)
	c.j = j
	done := make(chan machine.Result, 1)
	j.Shards(machine.ShardCommand{Op: machine.ClaimHash, Node: 1, Incarnation: j.Boot()},
		func(r machine.Result, _ []machine.ShardRow) { done <- r })
	require.Equal(c.t, machine.OK, (<-done).Status)
}

// write appends one record of these events; index is the key under which the stream is listed.
func (c *center) write(stream, index string, events ...any) {
	c.now += c.rng.Int64N(40_000)
	r := cc.Record{NowMs: c.now, Command: cc.NewCommand(&cc.CallTimer{Name: "x"})}
	for _, e := range events {
		r.Events = append(r.Events, cc.NewEvent(e))
	}
	data, err := r.MarshalVT()
	require.NoError(c.t, err)
	done := make(chan machine.Result, 1)
	c.j.Append(&machine.Append{
		Epoch: c.j.Boot(), Stream: stream, Expect: c.version[stream], Records: [][]byte{data},
		Index: []machine.IndexOp{{Key: []byte(index), Value: []byte("x")}},
	}, func(r machine.Result) { done <- r })
	require.Equal(c.t, machine.OK, (<-done).Status)
	c.version[stream]++
}

func (c *center) callDoes(id string, events ...any) { c.write(callStreams+id, callIndex+id, events...) }
func (c *center) agentDoes(id string, events ...any) {
	c.write(agentStreams+id, agentIndex+id, events...)
}

// oneCall is a call from its arrival to its class; with nobody it is abandoned.
func (c *center) oneCall() {
	c.calls++
	id, a := fmt.Sprintf("1-%06d", c.calls), fmt.Sprint("a", c.rng.IntN(4))
	c.callDoes(id, &cc.CallArrived{Call: id, Tenant: "north", Campaign: "spring", Caller: "+1555"}, &cc.CallQueued{Queue: "sales"})
	if c.rng.IntN(3) == 0 {
		c.callDoes(id, &cc.CallEnded{Cause: cc.EndCause_END_CALLER}, &cc.Classified{Class: cc.Class_ABANDONED_UNANSWERED})
		return
	}
	c.agentDoes(a, &cc.TokenGranted{Offer: "of" + id, Call: id, Queue: "sales", Tenant: "north"})
	c.callDoes(id, &cc.OfferMade{Offer: &cc.Offer{Id: "of" + id, Agent: a, Queue: "sales"}})
	c.callDoes(id, &cc.Answered{Offer: "of" + id, Agent: a})
	c.agentDoes(a, &cc.TokenTalking{Offer: "of" + id})
	c.callDoes(id, &cc.CallEnded{Cause: cc.EndCause_END_AGENT}, &cc.Classified{Class: cc.Class_BOOKED})
	c.agentDoes(a, &cc.WrapUpStarted{Offer: "of" + id, Call: id})
	c.agentDoes(a, &cc.WrapUpEnded{}, &cc.TokenFreed{Offer: "of" + id})
}

// run runs a projection until stopped.
func (c *center) run(rebuild bool) (p *Projection, stop func()) {
	p = New(c.j, slog.New(slog.DiscardHandler), rebuild)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Run(ctx)
	}()
	return p, func() {
		cancel()
		<-done
	}
}

func (c *center) caughtUp(p *Projection) {
	c.t.Helper()
	require.NoError(c.t, p.Wait(context.Background(), c.j.Applied()))
}

// rows is everything written but the progress.
func (c *center) rows() map[string]string {
	out := map[string]string{}
	v := c.j.Derived(space).View()
	defer v.Close()
	require.NoError(c.t, v.Scan(nil, nil, func(k, value []byte) bool {
		if string(k) != rowMeta {
			out[string(k)] = string(value)
		}
		return true
	}))
	return out
}

// What was folded as it came, over stops and starts, is what a rebuild makes of the journal.
func TestRebuildIsTheSame(t *testing.T) {
	c := newCenter(t, persistence.Options{})
	defer func() { require.NoError(t, c.j.Close()) }()
	for range 5 {
		p, stop := c.run(false)
		for range 30 {
			c.oneCall()
		}
		c.caughtUp(p)
		stop()
		for range 10 { // while nobody follows
			c.oneCall()
		}
	}
	p, stop := c.run(false)
	c.caughtUp(p)
	require.Zero(t, p.Stats.Rebuilds.Load(), "it goes on from where it was")
	stop()
	as := c.rows()
	p, stop = c.run(true)
	c.caughtUp(p)
	require.EqualValues(t, 1, p.Stats.Rebuilds.Load())
	stop()
	require.Equal(t, as, c.rows())
	require.Greater(t, len(as), 400)
}

// A projection that falls behind what is in memory reads on from the journal's feed.
func TestLateProjectionMissesNothing(t *testing.T) {
	c := newCenter(t, persistence.Options{RingChanges: 8})
	defer func() { require.NoError(t, c.j.Close()) }()
	p, stop := c.run(false)
	c.caughtUp(p)
	stop()
	for range 50 {
		c.oneCall()
	}
	p, stop = c.run(false)
	defer stop()
	c.caughtUp(p)
	require.NotZero(t, p.Stats.Lagged.Load())
	q := &figures.Query{Options: figures.Defaults(c.now), Edges: []int64{figures.Quarter(c.now) - 10*24*3600_000, c.now + 1}}
	table := figures.NewTable(q)
	require.NoError(t, p.Read(context.Background(), q.Edges[0], q.Edges[1], c.now, table))
	require.EqualValues(t, 50, table.Rows()[0].Sums[figures.MeasureOf(figures.Offered)])
}

// A power cut may take the newest rows with it: they are folded again, once.
func TestCrashLosesNothing(t *testing.T) {
	c := newCenter(t, persistence.Options{})
	fs := vfs.NewCrashableMem()
	require.NoError(t, c.j.Close())
	c.fs, c.version, c.calls = fs, map[string]uint64{}, 0
	c.open(persistence.Options{})
	p, stop := c.run(false)
	for i := range 4 {
		c.agentDoes(fmt.Sprint("a", i), &cc.AgentCreated{Agent: fmt.Sprint("a", i)}, &cc.PresenceChanged{Presence: cc.Presence_AVAILABLE})
	}
	for range 60 {
		c.oneCall()
	}
	c.caughtUp(p)
	want := c.rows()
	c.fs = fs.CrashClone(vfs.CrashCloneCfg{})
	stop()
	require.NoError(t, c.j.Close())
	c.open(persistence.Options{})
	defer func() { require.NoError(t, c.j.Close()) }()
	p, stop = c.run(false)
	c.caughtUp(p)
	stop()
	require.Equal(t, want, c.rows())
}

// Rows of another version of the facts are made anew.
func TestOtherVersionIsRemade(t *testing.T) {
	c := newCenter(t, persistence.Options{})
	defer func() { require.NoError(t, c.j.Close()) }()
	c.oneCall()
	old := progress{version: figures.Version + 1, applied: c.j.Applied()}
	require.NoError(t, c.j.Derived(space).Write([]persistence.DerivedOp{
		{Key: []byte(rowMeta), Value: old.encode()}, {Key: idKey(rowCall, "ghost"), Value: []byte{}},
	}))
	p, stop := c.run(false)
	defer stop()
	c.caughtUp(p)
	require.EqualValues(t, 1, p.Stats.Rebuilds.Load())
	require.NotContains(t, c.rows(), "sghost")
}

// BenchmarkProjection is what one change of a call or agent costs, reading it from the journal's feed included.
func BenchmarkProjection(b *testing.B) {
	c := newCenter(b, persistence.Options{})
	defer func() { _ = c.j.Close() }()
	p := New(c.j, slog.New(slog.DiscardHandler), false)
	for range 2000 {
		c.oneCall()
	}
	changes, err := p.feed(1)
	require.NoError(b, err)
	for b.Loop() {
		require.NoError(b, p.space.Clear())
		f := &folder{j: p.j, space: p.space, calls: map[string]*callEntry{}, agents: map[string]*agentEntry{}, stats: &p.Stats}
		for i := range changes {
			require.NoError(b, f.take(&changes[i]))
			if f.news >= 1000 {
				require.NoError(b, f.flush(&progress{1, 1}))
			}
		}
	}
	b.ReportMetric(float64(b.N*len(changes))/b.Elapsed().Seconds(), "changes/s")
}
