package desk

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/wirechief/wirechief/api/auth"
)

// Options of a Hub.
type Options struct {
	Engine     Engine
	Auth       *auth.Service
	Origins    []string // of web pages besides our own host that may connect, as scheme://host[:port]
	MaxClients int      // 10,000
	Logger     *slog.Logger
	Now        func() time.Time
}

// Hub feeds the connected clients, and follows the journal while there are any. One goroutine owns all its state.
type Hub struct {
	o        Options
	acts     Actions
	log      *slog.Logger
	upgrader websocket.Upgrader
	Stats    Stats
	counted  atomic.Int64 // when the queues were counted last, Unix ns; 0 while the hub rests

	asks    chan func(*loop)
	ctx     context.Context //nolint:containedctx // the lifetime of what holds it
	cancel  context.CancelFunc
	workers sync.WaitGroup // the hub's own goroutines

	closing  atomic.Bool
	stopping chan struct{} // closed when the hub begins to close
	mu       sync.Mutex
	all      set            // guarded by mu
	sessions sync.WaitGroup // Add under mu while not closing
}

// New makes a hub; it reads the state of the engine when the first client comes.
func New(o Options) *Hub {
	if o.MaxClients <= 0 {
		o.MaxClients = 10_000
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &Hub{
		o: o, acts: Actions{o.Engine}, log: o.Logger, asks: make(chan func(*loop), 64), all: make(set),
		stopping: make(chan struct{}),
	}
	h.upgrader = newUpgrader(o.Origins)
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.workers.Go(func() { newLoop(h).run(h.ctx) })
	h.workers.Go(func() { h.watchQueues(h.ctx) })
	return h
}

// do runs fn on the hub's goroutine and waits for it, or for the end of the hub.
func (h *Hub) do(fn func(*loop)) {
	done := make(chan struct{})
	select {
	case h.asks <- func(l *loop) { fn(l); close(done) }:
	case <-h.ctx.Done():
		return
	}
	select {
	case <-done:
	case <-h.ctx.Done():
	}
}

// Close tells every client to go and waits until they have, the engine knows, and the hub's goroutines have ended.
// The engine must still run.
func (h *Hub) Close() {
	h.mu.Lock()
	if !h.closing.Swap(true) {
		close(h.stopping)
	}
	all := make([]*session, 0, len(h.all))
	for s := range h.all {
		all = append(all, s)
	}
	h.mu.Unlock()
	for _, s := range all {
		s.cut(CloseGoingAway, "the server stops")
	}
	h.sessions.Wait()
	h.cancel()
	h.workers.Wait()
}

// admit counts a session in; false when the hub closes.
func (h *Hub) admit(s *session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing.Load() {
		return false
	}
	h.all[s] = struct{}{}
	h.sessions.Add(1)
	return true
}

func (h *Hub) leave(s *session) {
	h.mu.Lock()
	delete(h.all, s)
	h.mu.Unlock()
	h.sessions.Done()
}
