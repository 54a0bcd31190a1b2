package actors

import (
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

// The library's throttle of dead letters has no owner that ends it: one goroutine a process in use, many in tests.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("github.com/asynkron/protoactor-go/actor.NewDeadLetter.NewThrottle.func4.1"))
}

func quietSystem() *actor.ActorSystem {
	return actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
		return slog.New(slog.DiscardHandler)
	}))
}

// leaver is an actor that leaves as soon as nothing is under way to it, as calls do.
type leaver struct {
	self *handle
	town *town
	left bool
}

func (l *leaver) Receive(ctx actor.Context) {
	id, ok := ctx.Message().(int)
	if !ok {
		return
	}
	if l.left || l.town.done[id].Add(1) != 1 {
		l.town.wrong.Add(1)
	}
	if id%l.town.leaveAt == 0 && l.self.leave() {
		l.left = true
		l.town.drop(l.self)
		l.self.root.Stop(l.self.pid)
		return
	}
	l.self.handled()
}

// town is one place where at most one leaver lives at a time.
type town struct {
	mu      sync.Mutex
	now     *handle // guarded by mu
	system  *actor.ActorSystem
	with    *dispatcher
	leaveAt int
	done    []atomic.Int32
	wrong   atomic.Int32
	born    int
}

func (t *town) find() *handle {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now == nil {
		h := &handle{root: t.system.Root}
		l := &leaver{self: h, town: t}
		h.pid = t.system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return l }, actor.WithDispatcher(t.with)))
		t.now = h
		t.born++
	}
	return t.now
}

func (t *town) drop(h *handle) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now == h {
		t.now = nil
	}
}

// Whatever the order of post, force, handled and leave: every input that was taken is handled exactly once, by an actor
// that had not left.
func TestHandleLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		posters, each := rapid.IntRange(1, 6).Draw(rt, "posters"), rapid.IntRange(1, 80).Draw(rt, "each")
		w := &town{
			system: quietSystem(), with: newDispatcher(),
			leaveAt: rapid.IntRange(1, 5).Draw(rt, "leaveAt"), done: make([]atomic.Int32, posters*each),
		}
		var all sync.WaitGroup
		for p := range posters {
			all.Go(func() {
				for i := range each {
					id := p*each + i
					for {
						h := w.find()
						gone, full := h.post(id)
						if full {
							w.wrong.Add(1)
						}
						if !gone {
							break
						}
						w.drop(h)
					}
				}
			})
		}
		all.Wait()
		_ = w.system.Root.PoisonFuture(w.find().pid).Wait() // behind all that was posted
		w.system.Shutdown()
		w.with.close()
		require.Zero(rt, w.wrong.Load())
		for id := range w.done {
			require.EqualValues(rt, 1, w.done[id].Load(), "input %d", id)
		}
	})
}

func TestHandleBounds(t *testing.T) {
	s := quietSystem()
	defer s.Shutdown()
	gate, seen := make(chan struct{}), atomic.Int32{}
	h := &handle{root: s.Root}
	h.pid = s.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if _, ok := ctx.Message().(int); ok {
			<-gate
			seen.Add(1)
			h.handled()
		}
	}))
	taken := 0
	for {
		gone, full := h.post(taken)
		require.False(t, gone)
		if full {
			break
		}
		taken++
	}
	require.Equal(t, MaxMailbox, taken)
	require.True(t, h.force(taken), "what must not be refused is not")
	require.False(t, h.leave(), "an actor with work does not leave")
	close(gate)
	require.NoError(t, s.Root.PoisonFuture(h.pid).Wait())
	require.EqualValues(t, MaxMailbox+1, seen.Load())
	require.Zero(t, h.depth.Load())
	h.depth.Store(1)
	require.True(t, h.leave())
	gone, full := h.post(1)
	require.True(t, gone)
	require.False(t, full)
	require.False(t, h.force(1))
}

func TestDispatcherOverflow(t *testing.T) {
	d := dispatch(1, 1)
	var ran sync.WaitGroup
	started, gate := make(chan struct{}), make(chan struct{})
	ran.Add(4)
	d.Schedule(func() { close(started); <-gate; ran.Done() })
	<-started
	for range 3 { // the worker is busy: one fits, two get a goroutine of their own
		d.Schedule(ran.Done)
	}
	require.EqualValues(t, 2, d.overflow.Load())
	close(gate)
	ran.Wait()
	d.close()
	require.Equal(t, dispatchThroughput, d.Throughput())
}

// A run that takes long holds nobody up: the next Schedule after the stall brings another worker for what waits.
func TestDispatcherPassesALongRun(t *testing.T) {
	d := dispatch(2, 16)
	started, gate, passed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	d.Schedule(func() { close(started); <-gate })
	<-started
	d.Schedule(func() { close(passed) })
	for over := false; !over; runtime.Gosched() {
		d.Schedule(func() {})
		select {
		case <-passed:
			over = true
		default:
		}
	}
	close(gate)
	d.close()
}

// However runs are scheduled, from outside and from runs, each happens once and the workers come to rest.
func TestDispatcherRunsAll(t *testing.T) {
	d := dispatch(3, 64)
	var ran sync.WaitGroup
	const outside, inside = 200, 20
	ran.Add(outside * (1 + inside))
	for range outside {
		go d.Schedule(func() {
			for range inside {
				d.Schedule(ran.Done)
			}
			ran.Done()
		})
	}
	ran.Wait()
	d.mu.Lock()
	require.Zero(t, d.queued)
	d.mu.Unlock()
	d.close()
	require.Equal(t, 3, d.idle+d.busy)
}
