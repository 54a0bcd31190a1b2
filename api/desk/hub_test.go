package desk_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wirechief/wirechief/api/apiclient"
	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/secret"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shop is a journal with a hub on it. Changes are appended by the test; no machine runs here, so agents are deaf.
type shop struct {
	t       testing.TB
	journal *persistence.Journal
	shard   machine.ShardID
	epoch   uint64
	version map[string]uint64
	mu      sync.Mutex
	dir     *cc.Directory
	auth    *auth.Service
	hub     *desk.Hub
	server  *httptest.Server
	log     lines
	tokens  map[string]string // by login
	counts  chan struct{}     // lets an empty matcher answer; nil: it is out of reach
}

// lines is a log that is read while it is written.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (s *shop) Directory() *cc.Directory                               { return s.dir }
func (s *shop) Journal() *persistence.Journal                          { return s.journal }
func (s *shop) AskAgent(context.Context, string, any) error            { return nil }
func (s *shop) AskCall(context.Context, string, any) error             { return nil }
func (s *shop) AskCallback(context.Context, string, string, any) error { return nil }
func (s *shop) Get(key string) ([]byte, bool) {
	v := s.journal.View()
	defer v.Close()
	return v.Get([]byte(key))
}
func (s *shop) Scan(string, func(string, []byte) bool) {}
func (s *shop) Put(_ context.Context, rows ...auth.Row) error {
	for _, r := range rows {
		s.append("", nil, r.Key, r.Value)
	}
	return nil
}
func (s *shop) AskMatcher(ctx context.Context, ask func(*queues.Matcher, int64)) error {
	if s.counts == nil {
		return context.DeadlineExceeded
	}
	select {
	case <-s.counts:
		m, err := queues.New(s.dir, queues.Limits{})
		require.NoError(s.t, err)
		ask(m, s.journal.NowMs())
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var hash = sync.OnceValue(func() string {
	h, err := secret.Hash("correct horse")
	if err != nil {
		panic(err)
	}
	return h
})

func newShop(t testing.TB, o persistence.Options) *shop {
	t.Helper()
	o.FS, o.Dir, o.NodeID = vfs.NewMem(), "j", 1
	j, err := persistence.Open(o)
	require.NoError(t, err)
	s := &shop{t: t, journal: j, version: map[string]uint64{}, tokens: map[string]string{}}
	done := make(chan struct{})
	j.Shards(machine.ShardCommand{Op: machine.ClaimHash, Node: 1, Incarnation: j.Boot()},
		func(_ machine.Result, rows []machine.ShardRow) {
			s.shard, s.epoch = rows[0].Shard, rows[0].Epoch
			close(done)
		})
	<-done
	c := &cc.Center{Company: "acme", Tenants: []*cc.Tenant{{Id: "north"}, {Id: "south"}}}
	for _, a := range []struct{ id, role, tenant string }{
		{"alice", "csr", "north"}, {"bob", "csr", "south"}, {"sue", "supervisor", "north"},
	} {
		c.Agents = append(c.Agents, &cc.Agent{
			Id: a.id, Login: a.id, Name: a.id, Role: a.role, Tenants: []string{a.tenant}, PasswordHash: hash(),
		})
	}
	c.Queues = []*cc.Queue{{Id: "desk", Tenants: []string{"north"}}}
	c.Agents[0].Queues, c.Agents[2].Queues = []string{"desk"}, []string{"desk"}
	s.dir = cc.NewDirectory(c)
	log := slog.New(slog.NewTextHandler(&s.log, nil))
	s.auth, err = auth.New(auth.Options{
		Key: []byte(strings.Repeat("k", 32)), Store: s, Directory: s.Directory, Logger: log,
	})
	require.NoError(t, err)
	s.hub = desk.New(desk.Options{Engine: s, Auth: s.auth, Logger: log})
	s.server = httptest.NewServer(s.hub)
	t.Cleanup(func() {
		s.hub.Close()
		s.server.Close()
		require.NoError(t, j.Close())
	})
	return s
}

func (s *shop) append(stream string, events []*cc.Event, key string, value []byte) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &machine.Append{
		Shard: s.shard, Epoch: s.epoch, Stream: stream, Expect: s.version[stream],
		Index: []machine.IndexOp{{Key: []byte(key), Value: value, Delete: value == nil}},
	}
	if stream != "" {
		data, err := (&cc.Record{NowMs: s.journal.NowMs(), Events: events}).MarshalVT()
		require.NoError(s.t, err)
		a.Records = [][]byte{data}
		s.version[stream]++
	}
	done := make(chan machine.Result, 1)
	s.journal.Append(a, func(r machine.Result) { done <- r })
	r := <-done
	require.Equal(s.t, machine.OK, r.Status)
	return r.Index
}

func (s *shop) call(c *cc.CallSummary, events ...*cc.Event) uint64 {
	value, err := c.MarshalVT()
	require.NoError(s.t, err)
	return s.append("call/"+c.Call, events, "c/"+c.Call, value)
}

// many appends n changes that concern nobody.
func (s *shop) many(n int) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		s.journal.Append(&machine.Append{
			Shard: s.shard, Epoch: s.epoch, Index: []machine.IndexOp{{Key: fmt.Appendf(nil, "x/%d", i), Value: []byte("x")}},
		}, func(r machine.Result) {
			if r.Status != machine.OK {
				s.t.Errorf("append: %v", r.Reason)
			}
			wg.Done()
		})
	}
	wg.Wait()
}

func (s *shop) token(login string) string {
	tokens, err := s.auth.Login(context.Background(), login, "correct horse", "127.0.0.1:1")
	require.NoError(s.t, err)
	s.tokens[login] = tokens.Access
	return tokens.Access
}

func answered(id, tenant string) *cc.CallSummary {
	return &cc.CallSummary{
		Call: id, Tenant: tenant, Phase: cc.CallPhase_BRIDGED, AnsweredMs: 1, Desk: cc.BubbleDesk_DESK_SHOWN, Owner: "x",
	}
}

func open(t *testing.T, ctx context.Context, s *shop, login string) *apiclient.Client { //nolint:revive // t first
	t.Helper()
	c, err := apiclient.Open(ctx, s.server.URL, s.token(login))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

const (
	patience = time.Minute
	tick     = time.Millisecond
)

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestFramesAreNumberedAndResumed(t *testing.T) {
	s, ctx := newShop(t, persistence.Options{}), within(t)
	alice, bob := open(t, ctx, s, "alice"), open(t, ctx, s, "bob")
	index := s.call(answered("1-a", "north"))
	f, err := alice.Expect(ctx, "bubble.updated", apiclient.Field("call.id", "1-a"))
	require.NoError(t, err)
	require.Equal(t, index, f.Seq)
	s.call(answered("1-b", "south"))
	_, err = bob.Expect(ctx, "bubble.updated", apiclient.Field("call.id", "1-b"))
	require.NoError(t, err)
	require.Empty(t, alice.Pending())
	last := alice.Last()
	alice.Close()

	s.call(answered("1-c", "north"))
	s.call(answered("1-d", "south"))
	closed := answered("1-a", "north")
	closed.Phase, closed.Desk = cc.CallPhase_ENDED, cc.BubbleDesk_DESK_CLOSED
	s.call(closed, &cc.Event{Body: &cc.Event_BubbleClosed{BubbleClosed: &cc.BubbleClosed{By: "x"}}})
	again, err := apiclient.Reopen(ctx, s.server.URL, s.token("alice"), last)
	require.NoError(t, err)
	defer again.Close()
	_, err = again.Expect(ctx, "bubble.updated", apiclient.Field("call.id", "1-c"))
	require.NoError(t, err)
	_, err = again.Expect(ctx, "bubble.closed", apiclient.Field("call", "1-a"))
	require.NoError(t, err)
	require.NoError(t, again.Err(), "no gap")
	require.Empty(t, again.Pending(), "no snapshot, nothing of south")

	answer, err := again.Do(ctx, "resume", map[string]any{"from": last})
	require.NoError(t, err)
	require.Contains(t, string(answer.Raw), `"resumed":true`)
	answer, err = again.Do(ctx, "resume", map[string]any{"from": 1 << 40})
	require.NoError(t, err)
	require.NotContains(t, string(answer.Raw), "resumed", "of a future that is not ours")
	_, err = again.Expect(ctx, "snapshot")
	require.NoError(t, err)
}

// The notice to a former owner reaches them after a restart of the server too (R36).
func TestResumeAcrossARestartOfTheHub(t *testing.T) {
	s, ctx := newShop(t, persistence.Options{}), within(t)
	alice := open(t, ctx, s, "alice")
	_, err := alice.Expect(ctx, "snapshot")
	require.NoError(t, err)
	last := alice.Last()
	alice.Close()
	s.hub.Close()
	s.server.Close()
	s.call(answered("1-a", "north"), &cc.Event{Body: &cc.Event_BubbleTaken{
		BubbleTaken: &cc.BubbleTaken{Agent: "sue", From: "alice", Epoch: 2},
	}})
	s.hub = desk.New(desk.Options{Engine: s, Auth: s.auth})
	s.server = httptest.NewServer(s.hub)
	again, err := apiclient.Reopen(ctx, s.server.URL, s.token("alice"), last)
	require.NoError(t, err)
	defer again.Close()
	_, err = again.Expect(ctx, "bubble.taken", apiclient.Field("by", "sue"))
	require.NoError(t, err)
}

// A client that reads nothing is cut off; the others get everything meanwhile.
func TestSlowClientIsCut(t *testing.T) {
	s, ctx := newShop(t, persistence.Options{}), within(t)
	alice := open(t, ctx, s, "alice")
	conn, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.server.URL, "http")+"/v1/ws", nil)
	require.NoError(t, err)
	_ = resp.Body.Close()
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.NetConn().(*net.TCPConn).SetReadBuffer(4096))
	require.NoError(t, conn.WriteJSON(map[string]string{"id": "1", "type": "auth", "token": s.token("sue")}))
	_, _, err = conn.ReadMessage()
	require.NoError(t, err)
	big := answered("1-a", "north")
	big.CallerName = strings.Repeat("x", 30_000)
	for i := 0; s.hub.Stats.Slow.Load() == 0; i++ {
		big.TalkMs = int64(i + 1)
		s.call(big)
		_, err := alice.Expect(ctx, "bubble.updated", apiclient.Field("call.talk_ms", i+1))
		require.NoError(t, err)
	}
	require.NoError(t, alice.Err())
	answer, err := alice.Do(ctx, "ping", nil)
	require.NoError(t, err)
	require.Equal(t, "ok", answer.Type)
}

// A hub that fell behind the journal's ring gives everybody a fresh snapshot, and goes on.
func TestLaggedHubGivesSnapshots(t *testing.T) {
	s, ctx := newShop(t, persistence.Options{RingChanges: 1, RingBytes: 1}), within(t)
	alice := open(t, ctx, s, "alice")
	_, err := alice.Expect(ctx, "snapshot")
	require.NoError(t, err)
	var wg sync.WaitGroup
	for g := 0; s.hub.Stats.Lagged.Load() == 0 && ctx.Err() == nil; g++ {
		for i := range 16 {
			wg.Go(func() { s.call(answered(fmt.Sprintf("1-%d-%d", g, i), "north")) })
		}
		wg.Wait()
	}
	_, err = alice.Expect(ctx, "snapshot")
	require.NoError(t, err)
	s.append("", nil, "l/1-last", []byte{}) // as of every live call: a snapshot finds it by that
	s.call(answered("1-last", "north"))
	// As an event, or in a further snapshot.
	_, err = alice.Expect(ctx, "", func(f apiclient.Frame) bool { return strings.Contains(string(f.Raw), `"1-last"`) })
	require.NoError(t, err)
}

func BenchmarkIdleAndBroadcast(b *testing.B) {
	for _, n := range []int{1000} {
		b.Run(fmt.Sprintf("clients=%d", n), func(b *testing.B) { broadcast(b, n) })
	}
}

// broadcast measures bytes a connected client holds in this process, its own side of the socket included, and the time
// from append to the last client having read the frame.
func broadcast(b *testing.B, n int) {
	s := newShop(b, persistence.Options{})
	token := s.token("sue")
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	conns := make([]*websocket.Conn, n)
	dialer := &websocket.Dialer{ReadBufferSize: 1024, WriteBufferSize: 512}
	for i := range conns {
		conn, resp, err := dialer.Dial("ws"+strings.TrimPrefix(s.server.URL, "http")+"/v1/ws", nil)
		require.NoError(b, err)
		_ = resp.Body.Close()
		require.NoError(b, conn.WriteJSON(map[string]string{"id": "1", "type": "auth", "token": token}))
		for range 2 { // answer and snapshot
			_, _, err = conn.ReadMessage()
			require.NoError(b, err)
		}
		conns[i] = conn
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	got := make(chan struct{}, n)
	var readers sync.WaitGroup
	for _, c := range conns {
		readers.Go(func() {
			for {
				if _, _, err := c.NextReader(); err != nil {
					return
				}
				got <- struct{}{}
			}
		})
	}
	b.ReportAllocs()
	call := answered("1-a", "north")
	for b.Loop() {
		call.TalkMs++
		s.call(call)
		for range n {
			<-got
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse)/float64(n), "B/client")
	for _, c := range conns {
		_ = c.Close()
	}
	readers.Wait()
}

// An agent whose actor was replaced counts none of its clients: those still connected are cut, so that they come back
// within the grace (R98). The clients of others stay.
func TestForgottenClientIsCut(t *testing.T) {
	s, ctx := newShop(t, persistence.Options{}), within(t)
	alice, bob := open(t, ctx, s, "alice"), open(t, ctx, s, "bob")
	answer, err := alice.Do(ctx, "resume", map[string]any{"from": alice.Last()})
	require.NoError(t, err)
	var to struct{ Session string }
	answer.Into(&to)
	require.NotEmpty(t, to.Session)
	value, err := (&cc.AgentSummary{Agent: "alice"}).MarshalVT()
	require.NoError(t, err)
	s.append("agent/alice", []*cc.Event{cc.NewEvent(&cc.ClientGone{Session: to.Session})}, "a/alice", value)
	code, err := alice.Closed(ctx)
	require.NoError(t, err)
	require.Equal(t, desk.CloseGoingAway, code)
	_, err = bob.Do(ctx, "ping", nil)
	require.NoError(t, err)
}
