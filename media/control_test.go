package media

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/media/audio"
)

func TestPortsRestBeforeReuse(t *testing.T) {
	r := newRig(t, func(c *Config) { c.PortMax = c.PortMin + 3; c.PortDrainMs = 60_000 })
	now := time.Now()
	r.ports.mu.Lock()
	r.ports.now = func() time.Time { return now }
	r.ports.mu.Unlock()
	a, err := r.Open("1", "a")
	require.NoError(t, err)
	require.Zero(t, a.Port()%2)
	b, err := r.Open("1", "b")
	require.NoError(t, err)
	require.NotEqual(t, a, b)
	_, err = r.Open("1", "c")
	require.ErrorIs(t, err, ErrNoPorts)
	_, err = r.Open("1", "a")
	require.ErrorIs(t, err, ErrLegExists)
	require.NoError(t, r.CloseLeg("a"))
	await[LegClosed](r, 1)
	_, err = r.Open("1", "c")
	require.ErrorIs(t, err, ErrNoPorts, "the pair is at rest")
	r.ports.mu.Lock()
	now = now.Add(61 * time.Second)
	r.ports.mu.Unlock()
	c, err := r.Open("1", "c")
	require.NoError(t, err)
	require.Equal(t, a, c)
}

func TestPortsOfOthersAreSkipped(t *testing.T) {
	other, err := net.ListenUDP("udp4", &net.UDPAddr{IP: loopback.AsSlice(), Port: int(portBase) + 1})
	require.NoError(t, err) // an RTCP port taken spoils its pair
	r := newRig(t, func(c *Config) { c.PortMax = c.PortMin + 5 })
	defer other.Close()
	a, err := r.Open("1", "a")
	require.NoError(t, err)
	b, err := r.Open("1", "b")
	require.NoError(t, err)
	// In any order: the keeper of the pool may be at work on one of them.
	require.ElementsMatch(t, []uint16{r.cfg.PortMin + 2, r.cfg.PortMin + 4}, []uint16{a.Port(), b.Port()})
	_, err = r.Open("1", "none")
	require.ErrorIs(t, err, ErrNoPorts)
}

func TestOpenAtTakesTheSameAddressAgain(t *testing.T) {
	r := newRig(t)
	a, err := r.Open("1", "a")
	require.NoError(t, err)
	require.ErrorIs(t, r.OpenAt("1", "b", a.Port()), ErrPortTaken)
	require.ErrorIs(t, r.OpenAt("1", "b", a.Port()+1), ErrPortTaken)
	require.NoError(t, r.CloseLeg("a"))
	await[LegClosed](r, 1)
	require.NoError(t, r.OpenAt("1", "b", a.Port()), "rest is for strangers, not for its own call")
	require.Equal(t, a, r.settle("b").Local)
}

func TestOpenAtWaitsForTheKernel(t *testing.T) {
	port := portBase + 10
	old, err := net.ListenUDP("udp4", &net.UDPAddr{IP: loopback.AsSlice(), Port: int(port)})
	require.NoError(t, err)
	r := newRig(t)
	r.skip(0) // the time to wait does not run out
	freed := time.AfterFunc(30*time.Millisecond, func() { _ = old.Close() })
	defer freed.Stop()
	require.NoError(t, r.OpenAt("1", "a", port))
}

// Commands of one leg take effect in the order they were given.
func TestCommandsKeepTheirOrder(t *testing.T) {
	r := newRig(t)
	a, b := bridged(r, PCMU, PCMU)
	clip := audio.NewClip(make([]int16, 60*8000)) // longer than a round takes
	for i := range 300 {
		require.NoError(t, r.Play("a", Source{Clip: clip, Loop: true}))
		require.NoError(t, r.Unbridge("a", "b"))
		require.NoError(t, r.StopPlay("a"))
		if i%2 == 0 {
			require.NoError(t, r.Bridge("b", "a"))
		} else {
			require.NoError(t, r.Play("b", Source{Clip: clip}))
		}
		s := r.settle("a")
		require.Equal(t, i%2 == 0, s.Bridged, "round %d", i)
		require.False(t, s.Playing)
		require.Equal(t, i%2 == 1, r.settle("b").Playing)
	}
	_, _ = a, b
}

func TestLimitsAndErrors(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Limits.Legs = 2; c.Workers = 2 })
	require.ErrorIs(t, r.CloseLeg("x"), ErrNoLeg)
	require.ErrorIs(t, r.Bridge("x", "y"), ErrNoLeg)
	require.ErrorIs(t, r.Record(RecordingStart{ID: "r", CallerLeg: "x"}), ErrNoRecordDir)
	_, err := r.Open("0", "a")
	require.NoError(t, err)
	other := 0
	for ; ; other++ {
		_, err := r.Open(fmt.Sprint(other), "b")
		require.NoError(t, err)
		if err := r.Bridge("a", "b"); err != nil {
			require.ErrorIs(t, err, ErrApart)
			break
		}
		require.NoError(t, r.CloseLeg("b"))
	}
	_, err = r.Open("1", "c")
	require.ErrorIs(t, err, ErrLimit)
	require.ErrorIs(t, r.SetRemote("a", Remote{PayloadType: 18}), ErrBadArgument)
	require.ErrorIs(t, r.Play("a", Source{}), ErrBadArgument)
	require.NoError(t, r.Close())
	require.ErrorIs(t, r.StopPlay("a"), ErrClosed)
	require.ErrorIs(t, r.Close(), ErrClosed)
}

func TestTheCommandQueueIsBounded(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Limits.Commands = 10 })
	_, err := r.Open("1", "a")
	require.NoError(t, err)
	r.settle("a")
	hold := make(chan struct{})
	require.NoError(t, r.workers[0].queue.post(false, func(*worker) { <-hold }))
	for err == nil {
		err = r.StopPlay("a")
	}
	require.ErrorIs(t, err, ErrBusy)
	require.NoError(t, r.CloseLeg("a"), "what frees is always taken")
	close(hold)
	await[LegClosed](r, 1)
}

func TestRTPTimeoutAndBack(t *testing.T) {
	r := newRig(t, func(c *Config) { c.RTPTimeoutMs = 300 })
	a := newPhone(t, PCMU, 11).leg(r, "call", "a")
	_ = newPhone(t, PCMU, 22).leg(r, "call", "held")
	require.NoError(t, r.SetRemote("held", Remote{Addr: loopbackPort(9), Direction: SendOnly}))
	a.send([]byte("x"))
	await[RTPTimeout](r, 1)
	a.send([]byte("x"))
	await[RTPBack](r, 1)
	await[RTPTimeout](r, 2)
	for i, ev := range of[RTPTimeout](r) {
		require.Equal(t, "a", ev.Leg, "event %d", i)
	}
	require.Len(t, of[RTPBack](r), 1)
	await[RTPTimeout](r, 3) // R85: the silence lasts
	told := of[RTPTimeout](r)
	require.GreaterOrEqual(t, told[2].AtMs-told[1].AtMs, 2*r.cfg.RTPTimeoutMs-1)
}

func TestCloseEndsEverything(t *testing.T) {
	r := newRig(t)
	for i := range 20 {
		_, err := r.Open("call", fmt.Sprint(i))
		require.NoError(t, err)
	}
	require.NoError(t, r.Close())
	require.Len(t, of[LegClosed](r), 20)
	l, err := net.ListenUDP("udp4", &net.UDPAddr{IP: loopback.AsSlice(), Port: int(r.cfg.PortMin)})
	require.NoError(t, err, "ports are free again")
	require.NoError(t, l.Close())
}
