package media

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// testPool is a pool without its keeper, on a clock the test moves.
type testPool struct {
	*portPool
	at time.Time
}

func newTestPool(t testing.TB, pairs uint16, change ...func(*Config)) *testPool {
	t.Helper()
	cfg := Config{Addr: loopback, PortMin: portBase, PortMax: portBase + 2*pairs - 1}
	portBase += 2 * pairs
	for _, f := range change {
		f(&cfg)
	}
	require.NoError(t, cfg.complete())
	p := &testPool{portPool: newPortPool(&cfg), at: time.Unix(1, 0)}
	p.now = func() time.Time { return p.at }
	return p
}

// end closes what the pool holds and checks that no descriptor is left.
func (p *testPool) end(t require.TestingT, busy ...pair) {
	close(p.done)
	p.close()
	for _, s := range busy { // a leg may outlive the pool by a moment
		p.release(s)
	}
	require.Equal(t, p.counts.opened.Load(), p.counts.closed.Load())
}

func TestPairStillSentToWithoutEndIsBoundAnew(t *testing.T) {
	p := newTestPool(t, 1)
	s, err := p.open()
	require.NoError(t, err)
	broken, err := unix.Eventfd(0, 0) // cannot be emptied either
	require.NoError(t, err)
	require.NoError(t, unix.Dup3(broken, s.rtcp, unix.O_CLOEXEC))
	require.NoError(t, unix.Close(broken))
	p.release(s)
	p.at = p.at.Add(p.drain)
	again, err := p.open()
	require.NoError(t, err)
	require.Equal(t, loopbackPort(s.port+1), localOf(t, again.rtcp))
	require.EqualValues(t, 1, p.counts.unclean.Load())

	broken, err = unix.Eventfd(0, 0)
	require.NoError(t, err)
	require.NoError(t, unix.Dup3(broken, again.rtcp, unix.O_CLOEXEC))
	require.NoError(t, unix.Close(broken))
	p.release(again)
	p.at = p.at.Add(p.drain)
	require.True(t, p.tidy(), "it rests again, without sockets")
	require.EqualValues(t, 2, p.counts.unclean.Load())
	_, err = p.open()
	require.ErrorIs(t, err, ErrNoPorts)
	p.end(t)
}

func TestIdlePairsGiveTheirDescriptors(t *testing.T) {
	p := newTestPool(t, 4)
	idle, err := p.open()
	require.NoError(t, err)
	p.release(idle)
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	var hoard []int
	low := unix.Rlimit{Cur: 64 + uint64(descriptors(t)), Max: limit.Max}
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &low))
	for {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
		if err != nil {
			require.Equal(t, unix.EMFILE, err)
			break
		}
		hoard = append(hoard, fd)
	}
	s, err := p.open()
	_, none := p.open()
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
	for _, fd := range hoard {
		require.NoError(t, unix.Close(fd))
	}
	require.NoError(t, err)
	require.NotEqual(t, idle.port, s.port, "which rests on")
	require.EqualValues(t, 1, p.counts.shed.Load())
	require.ErrorIs(t, none, unix.EMFILE)
	p.end(t, s)
}

func TestPortRangesOfAnySize(t *testing.T) {
	for _, r := range []struct{ min, max, pairs uint16 }{{30000, 30001, 1}, {30000, 30002, 1}, {30001, 30005, 2},
		{65534, 65535, 1}, {2, 65535, 32767}} {
		cfg := Config{Addr: loopback, PortMin: r.min, PortMax: r.max}
		require.NoError(t, cfg.complete())
		p := newPortPool(&cfg)
		require.Len(t, p.slots, int(r.pairs))
		for _, port := range []uint16{0, 1, cfg.PortMin - 2, cfg.PortMin + 1, cfg.PortMin + 2*r.pairs, 65535} {
			_, err := p.certain(port)
			require.ErrorIs(t, err, ErrPortTaken, "port %d of %+v", port, r)
		}
		for range r.pairs {
			s, err := p.next()
			require.NoError(t, err)
			require.Less(t, s.port, r.max)
		}
		_, err := p.next()
		require.ErrorIs(t, err, ErrNoPorts)
	}
	_, err := New(Config{Addr: loopback, ReadyPairs: -1})
	require.ErrorIs(t, err, ErrBadArgument)
}

// portWorld is what must hold of a pool, kept beside it.
type portWorld struct {
	*testPool
	busy   map[uint16]pair
	rested map[uint16]time.Time // when a released pair may be given out again
	sender int
}

func (w *portWorld) given(t *rapid.T, s pair) {
	require.NotContains(t, w.busy, s.port, "given out twice")
	w.busy[s.port] = s
	require.Equal(t, loopbackPort(s.port), localOf(t, s.rtp))
	require.Equal(t, loopbackPort(s.port+1), localOf(t, s.rtcp))
	require.Equal(t, unix.EAGAIN, discard(s.rtp), "a packet of another call")
	require.Equal(t, unix.EAGAIN, discard(s.rtcp), "a packet of another call")
}

func (w *portWorld) open(t *rapid.T) {
	free := false
	for i := range w.slots {
		port := w.min + uint16(2*i)
		_, busy := w.busy[port]
		free = free || !busy && !w.rested[port].After(w.at)
	}
	s, err := w.testPool.open()
	if !free {
		require.ErrorIs(t, err, ErrNoPorts)
		return
	}
	require.NoError(t, err)
	require.False(t, w.rested[s.port].After(w.at), "the pair is at rest")
	w.given(t, s)
}

func (w *portWorld) openAt(t *rapid.T) {
	port := w.port(t)
	_, busy := w.busy[port]
	s, err := w.testPool.openAt(port)
	if busy {
		require.ErrorIs(t, err, ErrPortTaken)
		return
	}
	require.NoError(t, err)
	require.Equal(t, port, s.port)
	w.given(t, s)
}

func (w *portWorld) release(t *rapid.T) {
	port := w.port(t)
	if s, ok := w.busy[port]; ok {
		delete(w.busy, port)
		w.rested[port] = w.at.Add(w.drain)
		w.testPool.release(s)
	}
}

// send sends a packet to a port, whoever has it.
func (w *portWorld) send(t *rapid.T) {
	var to sockaddr
	to.set(loopbackPort(w.port(t) + uint16(rapid.IntRange(0, 1).Draw(t, "rtcp"))))
	_ = sendTo(w.sender, []byte("late"), &to)
}

func (w *portWorld) port(t *rapid.T) uint16 {
	return w.min + 2*uint16(rapid.IntRange(0, len(w.slots)-1).Draw(t, "place"))
}

func (w *portWorld) check(t *rapid.T) {
	listed := 0
	for state, l := range w.lists {
		n := 0
		for i := l.first; i != noPort; i = w.slots[i].next {
			require.Equal(t, portState(state), w.slots[i].state)
			require.Equal(t, portState(state) != portClosed, w.slots[i].open())
			n++
		}
		require.Equal(t, l.n, n)
		listed += n
	}
	require.Equal(t, len(w.slots), listed+len(w.busy))
	require.LessOrEqual(t, w.idle(), w.limit)
	require.EqualValues(t, 2*(w.idle()+len(w.busy)), w.counts.opened.Load()-w.counts.closed.Load())
}

func TestPortPoolKeepsItsPromises(t *testing.T) {
	base := portBase
	portBase += 12
	sender := rawSocket(t)
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{Addr: loopback, PortMin: base, PortMax: base + 11}
		cfg.ReadyPairs = rapid.IntRange(1, 6).Draw(t, "ready")
		cfg.Limits.IdlePairs = rapid.IntRange(1, 6).Draw(t, "idle")
		require.NoError(t, cfg.complete())
		w := &portWorld{testPool: &testPool{portPool: newPortPool(&cfg), at: time.Unix(1, 0)}, busy: map[uint16]pair{},
			rested: map[uint16]time.Time{}, sender: sender}
		w.now = func() time.Time { return w.at }
		t.Cleanup(func() {
			var busy []pair
			for _, s := range w.busy {
				busy = append(busy, s)
			}
			w.end(t, busy...)
		})
		t.Repeat(map[string]func(*rapid.T){
			"": w.check, "open": w.open, "openAt": w.openAt, "release": w.release, "send": w.send,
			"tidy": func(*rapid.T) { w.tidy() },
			"wait": func(t *rapid.T) {
				w.at = w.at.Add(w.drain / time.Duration(rapid.IntRange(1, 4).Draw(t, "part")))
			},
		})
	})
}

// descriptors counts the open descriptors of the process.
func descriptors(t testing.TB) int {
	list, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(list)
}

// A pair in the keeper's hands is not missing: whoever needs it waits for the keeper to put it back.
func TestWhoNeedsThePairOfTheKeeperWaits(t *testing.T) {
	p := newTestPool(t, 1)
	for round := range 200 {
		s, ok := p.borrow(portClosed)
		require.True(t, ok)
		begun, got := make(chan struct{}), make(chan error)
		go func() {
			close(begun)
			var err error
			if round%2 == 0 {
				_, err = p.next()
			} else {
				_, err = p.certain(s.port)
			}
			got <- err
		}()
		<-begun
		runtime.Gosched()
		p.giveBack(s, portReady)
		require.NoError(t, <-got)
		p.release(s)
		p.at = p.at.Add(p.drain)
	}
	p.end(t)
}
