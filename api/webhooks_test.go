package api_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api"
	"github.com/wirechief/wirechief/api/apiclient"
	"github.com/wirechief/wirechief/api/hooks"
	cc "github.com/wirechief/wirechief/callcenter"
)

const hookSecret = "0123456789abcdef-of-the-hook"

// receiver is somebody's webhook: it checks every signature and keeps what it took, and how often.
type receiver struct {
	t    *testing.T
	addr string
	srv  *http.Server
	// behave answers a POST by its number, from 1; false: it has answered itself, nothing counts as taken.
	behave func(n int, w http.ResponseWriter, r *http.Request) bool

	mu     sync.Mutex
	posts  int
	order  []pubEvent        // each event once, as it first came
	first  map[string]string // id -> the event as it first came
	again  int               // events that came again
	starts []uint64          // prev of each batch taken
	grown  chan struct{}
}

func newReceiver(t *testing.T, behave func(int, http.ResponseWriter, *http.Request) bool) *receiver {
	r := &receiver{t: t, behave: behave, first: map[string]string{}, grown: make(chan struct{}, 1), addr: "127.0.0.1:0"}
	r.start()
	t.Cleanup(func() { _ = r.srv.Close() })
	return r
}

func (r *receiver) start() {
	l, err := net.Listen("tcp", r.addr)
	require.NoError(r.t, err)
	r.addr = l.Addr().String()
	r.srv = &http.Server{Handler: r}
	go func(s *http.Server) { _ = s.Serve(l) }(r.srv)
}

func (r *receiver) url() string { return "http://" + r.addr + "/hook?key=hidden" }

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	if !hooks.Verify(hookSecret, req.Header.Get(hooks.SignatureHeader), body, time.Now(), 5*time.Minute) {
		r.t.Errorf("a signature that is none: %s", req.Header.Get(hooks.SignatureHeader))
	}
	r.mu.Lock()
	r.posts++
	n := r.posts
	r.mu.Unlock()
	if r.behave != nil && !r.behave(n, w, req) {
		return
	}
	var b hooks.Body
	if err := json.Unmarshal(body, &b); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.starts = append(r.starts, b.Prev)
	for _, raw := range b.Events {
		e := parseEvent(r.t, string(raw))
		if was, twice := r.first[e.ID]; twice {
			r.again++
			if was != e.raw {
				r.t.Errorf("%s is not what it was:\n%s\n%s", e.ID, was, e.raw)
			}
			continue
		}
		r.first[e.ID] = e.raw
		r.order = append(r.order, e)
	}
	select {
	case r.grown <- struct{}{}:
	default:
	}
}

// until waits for n events of a type.
func (r *receiver) until(ctx context.Context, typ string, n int) []pubEvent {
	r.t.Helper()
	for {
		r.mu.Lock()
		count, all := 0, append([]pubEvent(nil), r.order...)
		r.mu.Unlock()
		for _, e := range all {
			if e.Type == typ {
				count++
			}
		}
		if count >= n {
			return all
		}
		select {
		case <-r.grown:
		case <-ctx.Done():
			r.t.Fatalf("%d of %d %s came: %v", count, n, typ, types(all))
		}
	}
}

func hookedCenter(hooks ...*cc.Webhook) func(func(string) string) *cc.Center {
	return func(contact func(string) string) *cc.Center {
		c := officeCenter(contact)
		c.Webhooks = hooks
		c.Agents = append(c.Agents, &cc.Agent{
			Id: "root", Login: "root", Role: "admin", Tenants: []string{"north", "south"}, PasswordHash: passwordHash(),
		})
		return c
	}
}

func hooked(c *api.Config) {
	c.Secret = func(name string) string { return map[string]string{"HOOK_SECRET": hookSecret}[name] }
	c.HookPause = func(int) time.Duration { return 5 * time.Millisecond }
}

func (s *site) webhook(id string) (w api.Webhook) {
	s.t.Helper()
	var out struct{ Webhooks []api.Webhook }
	s.get(s.token("root"), "/v1/webhooks", &out)
	for _, w := range out.Webhooks {
		if w.ID == id {
			return w
		}
	}
	s.t.Fatalf("no webhook %s", id)
	return w
}

func (s *site) awaitHook(id string, ok func(api.Webhook) bool) (w api.Webhook) {
	s.t.Helper()
	root := s.token("root")
	require.Eventually(s.t, func() bool {
		var out struct{ Webhooks []api.Webhook }
		s.get(root, "/v1/webhooks", &out)
		for _, w = range out.Webhooks {
			if w.ID == id {
				return ok(w)
			}
		}
		return false
	}, s.left(), tick, "%+v", &w)
	return w
}

// A receiver that hangs, fails, redirects, repeats what it has taken and is down over a restart of the node gets every
// event of its tenants, in order, and what comes twice has the same id and the same text.
func TestWebhookLosesNothing(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	r := newReceiver(t, func(n int, w http.ResponseWriter, req *http.Request) bool {
		switch {
		case n == 1:
			<-req.Context().Done() // longer than is waited for
			return false
		case n == 2:
			w.WriteHeader(http.StatusInternalServerError)
			return false
		case n == 3:
			http.Redirect(w, req, other.URL, http.StatusTemporaryRedirect)
			return false
		case n%5 == 0:
			w.WriteHeader(http.StatusBadGateway) // it took the events all the same
		}
		return true
	})
	s := newSite(t, hookedCenter(
		&cc.Webhook{Id: "crm", Url: r.url(), SecretEnv: "HOOK_SECRET", Tenants: []string{"north"}, BatchMax: 4, TimeoutMs: 300},
		&cc.Webhook{Id: "dead", Url: "http://127.0.0.1:1/", SecretEnv: "HOOK_SECRET"},
	), hooked)
	s.awaitHook("crm", func(w api.Webhook) bool { return w.State == hooks.StateDelivering })
	s.available("alice", "bob")
	s.call(north, "+15551230001")
	s.call(south, "+15551230002")
	r.until(s.ctx, "call.ended", 1)
	require.NoError(t, r.srv.Close())
	s.call(north, "+15551230003")
	failing := s.awaitHook("crm", func(w api.Webhook) bool { return w.State == hooks.StateRetrying })
	require.NotEmpty(t, failing.LastError)
	require.NotEmpty(t, failing.FailingSince)
	require.NotContains(t, failing.LastError+failing.To, "hidden", "no part of the URL that may hold a secret")
	s.stop()
	s.start()
	s.available("alice")
	s.call(north, "+15551230004")
	r.start()
	got := r.until(s.ctx, "recording.finished", 3)

	require.Zero(t, elsewhere.Load(), "a redirect was followed")
	require.Positive(t, r.again, "the test repeats some")
	n := 0
	want, _ := s.eventsFrom(s.token("ira"), r.starts[0], "", func(e pubEvent) bool {
		if e.Type == "recording.finished" {
			n++
		}
		return n == 3
	})
	var ids, have []string
	for _, e := range want {
		ids = append(ids, e.ID)
	}
	for _, e := range got {
		require.NotEqual(t, "south", e.Tenant)
		have = append(have, e.ID)
	}
	require.Equal(t, ids, have[:len(ids)])
	dead := s.webhook("dead")
	require.Equal(t, hooks.StateRetrying, dead.State)
	require.Zero(t, dead.Delivered)
}

// A webhook that fails for too long is parked, over a restart too; resumed, it gets what it missed. Who may see and
// resume it is who is granted all its tenants.
func TestWebhookIsParkedAndResumed(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	r := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return !down.Load()
	})
	s := newSite(t, hookedCenter(
		&cc.Webhook{Id: "crm", Url: r.url(), SecretEnv: "HOOK_SECRET", Events: []string{"agent.*"}, ParkAfterMs: 50},
		&cc.Webhook{Id: "none", Url: r.url(), SecretEnv: "NO_SECRET"},
	), hooked)
	s.awaitHook("crm", func(w api.Webhook) bool { return w.State == hooks.StateDelivering })
	s.available("alice")
	s.awaitHook("crm", func(w api.Webhook) bool { return w.State == hooks.StateParked })
	require.Equal(t, hooks.StateNoSecret, s.webhook("none").State)
	s.stop()
	s.start()
	parked := s.awaitHook("crm", func(w api.Webhook) bool { return w.State == hooks.StateParked })
	require.NotEmpty(t, parked.ParkedAt)

	resume := func(login, id string) error {
		return apiclient.Call(s.ctx, s.base, s.token(login), http.MethodPost, "/v1/webhooks/"+id+"/resume", m{}, nil)
	}
	require.ErrorContains(t, resume("ira", "crm"), "not_found", "of all tenants: not for an integrator of one")
	require.ErrorContains(t, resume("alice", "crm"), "forbidden")
	require.ErrorContains(t, resume("root", "nothing"), "not_found")
	var mine struct{ Webhooks []api.Webhook }
	s.get(s.token("ira"), "/v1/webhooks", &mine)
	require.Empty(t, mine.Webhooks)

	down.Store(false)
	require.NoError(t, resume("root", "crm"))
	got := r.until(s.ctx, "agent.status", 1)
	require.Equal(t, "alice", got[0].Agent, "what happened while it was down")
	s.awaitHook("crm", func(w api.Webhook) bool { return w.State == hooks.StateDelivering && w.ParkedAt == "" })
	require.NoError(t, resume("root", "crm"), "nothing to resume")
}

// A changed webhook goes on from its place; a paused one keeps it.
func TestWebhookIsReconfigured(t *testing.T) {
	r := newReceiver(t, nil)
	hook := &cc.Webhook{Id: "crm", Url: r.url(), SecretEnv: "HOOK_SECRET", Events: []string{"agent.*"}}
	s := newSite(t, hookedCenter(hook), hooked)
	s.awaitHook("crm", func(w api.Webhook) bool { return w.State == hooks.StateDelivering })
	apply := func(paused bool) {
		c := s.node.Directory().Center.CloneVT()
		c.Webhooks[0].Paused = paused
		require.NoError(t, s.node.ApplyCenter(s.ctx, c))
	}
	s.available("alice")
	r.until(s.ctx, "agent.status", 1)
	apply(true)
	s.awaitHook("crm", func(w api.Webhook) bool { return w.State == hooks.StatePaused })
	s.available("bob")
	apply(false)
	for i, e := range r.until(s.ctx, "agent.status", 2) {
		require.Equal(t, []string{"alice", "bob"}[i], e.Agent, strconv.Itoa(i))
	}
}
