package hooks

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/wirechief/wirechief/api/feed"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Options of Hooks.
type Options struct {
	Log       *feed.Log
	Store     Store
	Directory func() *cc.Directory
	NowMs     func() int64              // cluster time
	Secret    func(name string) string  // the value of an environment variable
	Pause     func(n int) time.Duration // after the n-th failure in a row; nil: Backoff by chance
	Logger    *slog.Logger
}

// Hooks runs one goroutine for each webhook of the configuration in force.
type Hooks struct {
	o      Options
	client *http.Client
	Stats  Stats

	cancel  context.CancelFunc
	workers sync.WaitGroup

	mu      sync.Mutex
	runners map[string]*runner
}

// lookEvery is how often the configuration in force is compared with what runs.
const lookEvery = 500 * time.Millisecond

// New starts delivering.
func New(o Options) *Hooks {
	if o.Pause == nil {
		o.Pause = func(n int) time.Duration { return Backoff(n, rand.Float64()) } //nolint:gosec // no secret
	}
	h := &Hooks{o: o, client: NewClient(), runners: make(map[string]*runner)}
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	h.workers.Go(func() { h.run(ctx) })
	return h
}

// Close ends every delivery and waits for it; places are written down. The engine must still run.
func (h *Hooks) Close() {
	h.cancel()
	h.workers.Wait()
	h.client.CloseIdleConnections()
}

func (h *Hooks) run(ctx context.Context) {
	clock := time.NewTicker(lookEvery)
	defer clock.Stop()
	var seen *cc.Directory
	for {
		if dir := h.o.Directory(); dir != seen {
			seen = dir
			h.configure(ctx, dir.Center.GetWebhooks())
		}
		select {
		case <-clock.C:
		case <-ctx.Done():
			h.configure(ctx, nil)
			return
		}
	}
}

// configure ends what is no longer wanted as it is and starts what is new.
func (h *Hooks) configure(ctx context.Context, want []*cc.Webhook) {
	h.mu.Lock()
	var ended []*runner
	for id, r := range h.runners {
		if !slices.ContainsFunc(want, func(w *cc.Webhook) bool { return proto.Equal(w, r.cfg) }) {
			ended = append(ended, r)
			delete(h.runners, id)
		}
	}
	h.mu.Unlock()
	for _, r := range ended {
		r.stop()
	}
	for _, r := range ended { // the next of the same id must find its place
		<-r.ended
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range want {
		if h.runners[w.Id] == nil {
			h.runners[w.Id] = h.start(ctx, w)
		}
	}
}

func (h *Hooks) start(ctx context.Context, w *cc.Webhook) *runner {
	ctx, stop := context.WithCancel(ctx)
	r := &runner{
		h: h, cfg: w, stop: stop, ended: make(chan struct{}), resume: make(chan ask),
		log: h.o.Logger.With("webhook", w.Id), status: Status{ID: w.Id, State: StateStarting},
	}
	h.workers.Go(func() {
		defer close(r.ended)
		r.run(ctx)
	})
	return r
}

// List gives how every webhook stands, by id.
func (h *Hooks) List() []Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []Status
	for _, r := range h.runners {
		out = append(out, r.show())
	}
	slices.SortFunc(out, func(a, b Status) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Resume makes a parked or failing webhook try again now; fromNow leaves out what it missed. It waits until that is
// durable. false: there is no such webhook.
func (h *Hooks) Resume(ctx context.Context, id string, fromNow bool) (bool, error) {
	h.mu.Lock()
	r := h.runners[id]
	h.mu.Unlock()
	if r == nil {
		return false, nil
	}
	a := ask{fromNow, make(chan error, 1)}
	for r.stuck() {
		select {
		case r.resume <- a:
			select {
			case err := <-a.done:
				return true, err
			case <-ctx.Done():
				return true, ctx.Err()
			}
		case <-r.ended:
			return true, nil
		case <-ctx.Done():
			return true, ctx.Err()
		case <-time.After(lookEvery): // it may have gone on by itself
		}
	}
	return true, nil
}

// ask is a wish to resume.
type ask struct {
	fromNow bool
	done    chan error
}
