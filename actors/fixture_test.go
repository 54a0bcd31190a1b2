package actors_test

import (
	"context"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

// patience bounds waits for things that must come.
const patience = 2 * time.Minute

// local is the address of these tests' nodes: their ports, and no other test takes one while its node is down.
const local = "127.0.78.1"

// floor is a node with its phones and callers on loopback.
type floor struct {
	t       *testing.T
	n       *actors.Node
	ctx     context.Context
	phones  *ua.Phones
	callers *ua.Callers
	rung    chan ua.Rung
	act     atomic.Pointer[func(user string) ua.Behaviour]
}

// newFloor starts a node with that many agents, none available yet; change may edit the configuration first.
func newFloor(t *testing.T, agents int, change func(*cc.Center)) *floor {
	t.Helper()
	return newFloorOf(t, agents, 100, change)
}

// newFloorOf sets the limit of calls at a time, too.
func newFloorOf(t *testing.T, agents, maxCalls int, change func(*cc.Center)) *floor {
	t.Helper()
	f := &floor{t: t, rung: make(chan ua.Rung, 100)}
	f.behave(func(string) ua.Behaviour { return ua.Behaviour{} })
	var err error
	f.phones, err = ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{
		OnRing: func(r ua.Rung) { f.rung <- r },
		Act:    func(user string) ua.Behaviour { return (*f.act.Load())(user) },
	})
	require.NoError(t, err)
	center := testCenter(agents, f.phones.Contact)
	if change != nil {
		change(center)
	}
	f.n = startLimited(t, center, maxCalls)
	f.callers, err = ua.NewCallers("127.0.0.1:0", sipAddr(f.n), "f")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	f.ctx = ctx
	t.Cleanup(func() {
		cancel()
		f.callers.Close()
		f.phones.Close()
		require.NoError(t, f.n.Close())
	})
	return f
}

func startLimited(t *testing.T, c *cc.Center, maxCalls int) *actors.Node {
	t.Helper()
	dir := t.TempDir()
	n, err := actors.Start(actors.Settings{
		NodeID: 1, Journal: persistence.Options{Dir: dir + "/journal"},
		SIP: wsip.Config{UDP: []string{local + ":0"}, TCP: []string{local + ":0"}},
		Media: media.Config{
			Addr: netip.MustParseAddr(local), PortMin: 31000, PortMax: 32999, RecordDir: dir + "/rec",
		},
		Center: func(*cc.Center) (*cc.Center, error) { return c, nil }, MaxCalls: maxCalls,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	require.NoError(t, err)
	return n
}

func (f *floor) behave(act func(user string) ua.Behaviour) { f.act.Store(&act) }

func (f *floor) available(agents ...string) {
	f.t.Helper()
	for _, a := range agents {
		require.NoError(f.t, f.n.AskAgent(f.ctx, a, &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	}
}

// rings waits for the next phone to ring.
func (f *floor) rings() ua.Rung {
	f.t.Helper()
	select {
	case r := <-f.rung:
		return r
	case <-f.ctx.Done():
		f.t.Fatal("no phone rang")
	}
	return ua.Rung{}
}

// until waits for a state of the index; what says which, for the failure.
func (f *floor) until(what string, ok func() bool) {
	f.t.Helper()
	require.Eventually(f.t, ok, patience, 2*time.Millisecond, what)
}

func (f *floor) hangUp(c *ua.Call) {
	f.t.Helper()
	c.HangUp()
	await(f.ctx, f.t, c.Ended())
}

// asleep waits until the call has ended and its actor has left.
func (f *floor) asleep(call string) {
	f.t.Helper()
	f.until("call asleep", func() bool { return !f.n.Active(call) })
	require.Equal(f.t, cc.CallPhase_ENDED, callSummary(f.t, f.n, call).Phase)
}

// ended waits until the call has ended; a leg that was refused keeps its actor for half a minute more.
func (f *floor) ended(call string) {
	f.t.Helper()
	f.until("call ended", func() bool { return callSummary(f.t, f.n, call).Phase == cc.CallPhase_ENDED })
}

func (f *floor) counter(name string) float64 {
	var v float64
	f.n.Each(func(n string, x float64) {
		if n == name {
			v = x
		}
	})
	return v
}

// sound audits the journal once nothing is under way.
func (f *floor) sound() {
	f.t.Helper()
	f.until("agents free", func() bool {
		for _, a := range f.n.Directory().Center.Agents {
			if agentSummary(f.t, f.n, a.Id).Token != cc.TokenState_FREE {
				return false
			}
		}
		return true
	})
	require.Empty(f.t, actors.Audit(f.n.Journal(), true).Violations)
}

func (f *floor) presence(agent string) cc.Presence { return agentSummary(f.t, f.n, agent).Presence }
