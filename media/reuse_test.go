package media

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// figure waits until a counter has a value.
func (r *rig) figure(name string, want float64) {
	r.t.Helper()
	for end := time.Now().Add(patience); r.Stats().Get(name) != want; runtime.Gosched() {
		if time.Now().After(end) {
			r.t.Fatalf("%s is %v, not %v", name, r.Stats().Get(name), want)
		}
	}
}

// skip moves the clock of the port pool.
func (r *rig) skip(d time.Duration) {
	r.ports.mu.Lock()
	defer r.ports.mu.Unlock()
	now := r.ports.now().Add(d)
	r.ports.now = func() time.Time { return now }
}

// The next leg of a pair of sockets hears nothing of the one before, even from the same phone.
func TestReuseGivesNoStalePacket(t *testing.T) {
	r := newRig(t, func(c *Config) { c.PortMax = c.PortMin + 1; c.PortDrainMs = 60_000 })
	p := newPhone(t, PCMU, 11).leg(r, "1", "a")
	p.send([]byte("first"))
	r.until("a", func(s LegStats) bool { return s.PacketsIn == 1 })
	rtcp := *p
	rtcp.to = loopbackPort(p.to.Port() + 1)
	late := func(n int) {
		for range n {
			p.send([]byte("late"))
			rtcp.send([]byte("late"))
		}
	}
	r.skip(0)
	require.NoError(t, r.CloseLeg("a"))
	await[LegClosed](r, 1)
	r.figure("port_pairs_resting", 1)
	late(20) // at rest
	_, err := r.Open("2", "b")
	require.ErrorIs(t, err, ErrNoPorts)
	r.skip(61 * time.Second)
	r.figure("port_pairs_ready", 1)
	require.EqualValues(t, 40, r.Stats().Get("stale_dropped"), "the keeper has emptied them")
	late(5) // ready
	at, err := r.Open("2", "b")
	require.NoError(t, err)
	require.EqualValues(t, 50, r.Stats().Get("stale_dropped"), "and Open again")
	require.Equal(t, p.to, at)
	late(3) // nothing is signalled yet
	require.NoError(t, r.SetRemote("b", Remote{Addr: p.addr()}))
	s := r.settle("b")
	require.Equal(t, LegStats{Local: at, SSRCOut: s.SSRCOut}, s, "fresh")
	p.send([]byte("new"))
	require.Zero(t, r.until("b", func(s LegStats) bool { return s.PacketsIn == 1 }).Strangers)
	require.Equal(t, "b", await[FirstPacket](r, 2).Leg)
	require.EqualValues(t, 2, r.Stats().Get("sockets_opened"), "they were never closed")
	require.EqualValues(t, 56, r.Stats().Get("stale_dropped"))
}

// A source that a leg has locked is nobody to the next leg of its sockets.
func TestReuseForgetsTheSource(t *testing.T) {
	r := newRig(t, func(c *Config) { c.PortMax = c.PortMin + 1; c.PortDrainMs = 1; c.LearnWindowMs = 1 })
	old := newPhone(t, PCMU, 11).leg(r, "1", "a")
	old.send([]byte("x"))
	r.until("a", func(s LegStats) bool { return s.Source == old.addr() })
	require.NoError(t, r.CloseLeg("a"))
	r.figure("port_pairs_ready", 1)
	next := newPhone(t, PCMU, 22).leg(r, "2", "b")
	next.send([]byte("x"))
	r.until("b", func(s LegStats) bool { return s.Source == next.addr() })
	old.send([]byte("x"))
	s := r.until("b", func(s LegStats) bool { return s.Strangers == 1 })
	require.EqualValues(t, 1, s.PacketsIn)
	require.Equal(t, next.addr(), s.Source)
}

// The keeper is woken by the call that leaves fewer than half of the pairs ready, and fills up to all of them.
func TestThePoolRefills(t *testing.T) {
	r := newRig(t, func(c *Config) { c.ReadyPairs = 8; c.PortDrainMs = 60_000 })
	for round := range 3 {
		r.figure("port_pairs_ready", 8)
		for i := range 5 {
			_, err := r.Open("1", fmt.Sprint(round, i))
			require.NoError(t, err)
		}
	}
	r.figure("port_pairs_ready", 8)
	require.EqualValues(t, 2*(3*5+8), r.Stats().Get("sockets"))
}

func TestOpenAtTakesAPooledPair(t *testing.T) {
	r := newRig(t, func(c *Config) { c.PortMax = c.PortMin + 7; c.PortDrainMs = 60_000 })
	r.figure("port_pairs_ready", 4)
	for _, port := range []uint16{r.cfg.PortMin + 4, r.cfg.PortMin + 6, r.cfg.PortMin} {
		require.NoError(t, r.OpenAt("1", fmt.Sprint(port), port))
		require.Equal(t, loopbackPort(port), r.settle(fmt.Sprint(port)).Local)
		require.ErrorIs(t, r.OpenAt("1", "again", port), ErrPortTaken)
	}
	at, err := r.Open("1", "last")
	require.NoError(t, err)
	require.Equal(t, r.cfg.PortMin+2, at.Port())
	_, err = r.Open("1", "none")
	require.ErrorIs(t, err, ErrNoPorts)
	require.EqualValues(t, 8, r.Stats().Get("sockets_opened"))
	require.EqualValues(t, 4, r.Stats().Get("port_pairs_reused"))
}

// A pair the keeper works on is not missing: its caller waits for it.
func TestTheOnlyPairIsThereAtOnce(t *testing.T) {
	base := portBase
	for range 30 {
		portBase = base
		r := newRig(t, func(c *Config) { c.PortMax = c.PortMin + 1 })
		_, err := r.Open("1", "a")
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
}

func TestIdlePairsAreBounded(t *testing.T) {
	r := newRig(t, func(c *Config) { c.ReadyPairs = 5; c.Limits.IdlePairs = 3; c.PortDrainMs = 60_000 })
	for i := range 10 {
		if i%2 == 0 {
			r.figure("port_pairs_ready", 3)
		}
		_, err := r.Open("1", fmt.Sprint(i))
		require.NoError(t, err)
	}
	r.figure("port_pairs_ready", 3)
	for i := range 10 {
		require.NoError(t, r.CloseLeg(fmt.Sprint(i)))
	}
	await[LegClosed](r, 10)
	require.EqualValues(t, 6, r.Stats().Get("sockets"))
}

// Legs are opened and closed from all sides while the keeper works, and the engine is closed in the middle of it.
func TestNoDescriptorIsLeft(t *testing.T) {
	before := descriptors(t)
	r := newRig(t, func(c *Config) { c.Workers = 2; c.PortMax = c.PortMin + 15; c.PortDrainMs = 1; c.ReadyPairs = 3 })
	var wg sync.WaitGroup
	var some sync.WaitGroup
	for g := range 4 {
		some.Add(100)
		wg.Go(func() {
			for i := 0; ; i++ {
				if i < 100 {
					some.Done()
				}
				name := fmt.Sprint(g, " ", i)
				_, err := r.Open(name, name)
				if g == 0 && i%2 == 0 {
					err = errors.Join(err, r.OpenAt(name, name+"at", r.cfg.PortMin+uint16(i%16)))
					_ = r.CloseLeg(name + "at")
				}
				if errors.Is(err, ErrClosed) {
					return
				}
				_ = r.CloseLeg(name)
			}
		})
	}
	some.Wait()
	require.NoError(t, r.Close())
	wg.Wait()
	require.Zero(t, r.Stats().Get("sockets"))
	require.Equal(t, before, descriptors(t))
}
