package api_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/api"
	"github.com/wirechief/wirechief/api/apiclient"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/secret"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ api.Engine = (*actors.Node)(nil)

// The desk's names of keys and streams are those of the engine.
func TestKeysAreTheEngines(t *testing.T) {
	require.Equal(t, actors.AgentPrefix, desk.AgentPrefix)
	require.Equal(t, actors.SummaryPrefix, desk.CallPrefix)
	require.Equal(t, actors.RecordingPrefix, desk.RecordingPrefix)
	require.Equal(t, actors.ConfigKey, desk.ConfigKey)
	require.Equal(t, actors.CallTimes, desk.CallTimes)
	require.Equal(t, actors.RecordingTimes, desk.RecordingTimes)
	require.Equal(t, actors.NumberCalls, desk.NumberCalls)
	require.Equal(t, actors.CallStream("x"), desk.CallStreams+"x")
	require.Equal(t, actors.AgentStream("x"), desk.AgentStreams+"x")
}

const (
	north, south = "+18005550100", "+18005550200"
	password     = "correct horse"
)

var passwordHash = sync.OnceValue(func() string {
	h, err := secret.Hash(password)
	if err != nil {
		panic(err)
	}
	return h
})

// center: two tenants with a number and a queue each; alice works for north, bob for south, carol for both; sue and
// sid supervise one each, ann audits north, ira integrates north.
func center(contact func(user string) string) *cc.Center {
	queue := func(id, tenant string) *cc.Queue {
		return &cc.Queue{
			Id: id, Name: "Queue " + id, Tenants: []string{tenant}, Strategy: "longest_idle", MaxWaitMs: 1_800_000,
			MaxSize: 100, Offer: &cc.OfferPolicy{
				RingTimeoutMs: 30_000, ConnectTimeoutMs: 10_000, OnMiss: cc.MissAction_MISS_UNAVAILABLE,
				OnReject: cc.MissAction_MISS_UNAVAILABLE, MaxMisses: 1, ReofferAfterMs: 10_000, BusySkipMs: 10_000,
				CooldownMs: 10_000, Wrapup: &cc.WrapUp{Mode: cc.WrapUpMode_WRAPUP_TIMED_EARLY, LengthMs: 600_000},
			},
		}
	}
	agent := func(id, role string, tenants, queues []string) *cc.Agent {
		return &cc.Agent{
			Id: id, Name: "Name " + id, Login: id, Role: role, Tenants: tenants, Queues: queues,
			PasswordHash: passwordHash(), Contact: contact(id), AnswerOn: cc.AnswerOn_ON_PHONE,
		}
	}
	n, s := []string{"north"}, []string{"south"}
	return &cc.Center{
		Company: "acme",
		Tenants: []*cc.Tenant{
			{Id: "north", Name: "Northside", Record: true, LeadThresholdMs: 60_000, PresenceReasons: []string{"lunch"}},
			{Id: "south", Name: "Southside", Record: true, LeadThresholdMs: 60_000, PresenceReasons: []string{"lunch"}},
		},
		Campaigns: []*cc.Campaign{{Id: "spring", Tenant: "north", Name: "Spring"}, {Id: "fall", Tenant: "south", Name: "Fall"}},
		Numbers: []*cc.Number{
			{E164: north, Role: cc.NumberRole_TRACKING, Tenant: "north", Campaign: "spring", Workflow: "n"},
			{E164: south, Role: cc.NumberRole_TRACKING, Tenant: "south", Campaign: "fall", Workflow: "s"},
		},
		Workflows: []*cc.Workflow{
			{Id: "n", Steps: []*cc.WorkflowStep{{Queue: "nq"}}}, {Id: "s", Steps: []*cc.WorkflowStep{{Queue: "sq"}}},
		},
		Queues: []*cc.Queue{queue("nq", "north"), queue("sq", "south")},
		Agents: []*cc.Agent{
			agent("alice", "csr", n, []string{"nq"}), agent("bob", "csr", s, []string{"sq"}),
			agent("carol", "csr", []string{"north", "south"}, []string{"nq", "sq"}),
			agent("sue", "supervisor", n, nil), agent("sid", "supervisor", s, nil),
			agent("ann", "auditor", n, nil), agent("ira", "integrator", n, nil),
		},
		Reasons: []*cc.CallReason{
			{Id: "n-price", Tenant: "north", Name: "Price", Lead: true, Active: true},
			{Id: "s-price", Tenant: "south", Name: "Price", Lead: true, Active: true},
		},
		Trunks: []*cc.Trunk{{Id: "loop", Sources: []string{"127.0.0.0/8"}}},
	}
}

// world is a running engine with its API, phones and callers.
type world struct {
	t       *testing.T
	ctx     context.Context
	node    *actors.Node
	api     *api.Server
	base    string
	dir     string
	rung    chan ua.Rung
	callers *ua.Callers
}

func newWorld(t *testing.T, change func(*api.Config)) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	w := &world{t: t, ctx: ctx, dir: t.TempDir(), rung: make(chan ua.Rung, 16)}
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{OnRing: func(r ua.Rung) { w.rung <- r }})
	require.NoError(t, err)
	t.Cleanup(func() { phones.Close() })
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	w.node, err = actors.Start(actors.Settings{
		NodeID: 1, Journal: persistence.Options{Dir: w.dir + "/journal"},
		SIP: wsip.Config{UDP: []string{"127.0.0.1:0"}, TCP: []string{"127.0.0.1:0"}},
		Media: media.Config{
			Addr: netip.MustParseAddr("127.0.0.1"), PortMin: 33000, PortMax: 33999, RecordDir: w.dir + "/rec",
		},
		Center: func(*cc.Center) (*cc.Center, error) { return center(phones.Contact), nil }, Logger: log,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.node.Close()) })
	c := api.Config{
		Engine: w.node, TokenKey: []byte("0123456789abcdef0123456789abcdef"), RecordingsDir: w.dir + "/rec", Logger: log,
		MaxFailuresPerMinute: 5, Origins: []string{"https://crm.example"},
		Sources: []api.Source{{Prefix: "actors", Each: w.node.Each}},
	}
	if change != nil {
		change(&c)
	}
	w.api, err = api.New(c)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- w.api.Serve(l) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		stop, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, w.api.Close(stop))
		require.NoError(t, <-served)
	})
	w.base = "http://" + l.Addr().String()
	w.callers, err = ua.NewCallers("127.0.0.1:0", w.node.SIPAddrs()[0].Addr, "t1")
	require.NoError(t, err)
	t.Cleanup(func() { w.callers.Close() })
	return w
}

func (w *world) token(login string) string {
	w.t.Helper()
	tokens, err := apiclient.Login(w.ctx, w.base, login, password)
	require.NoError(w.t, err)
	return tokens.Access
}

func (w *world) open(login string) *apiclient.Client {
	w.t.Helper()
	c, err := apiclient.Open(w.ctx, w.base, w.token(login))
	require.NoError(w.t, err)
	w.t.Cleanup(c.Close)
	return c
}

func (w *world) expect(c *apiclient.Client, typ string, match ...func(apiclient.Frame) bool) apiclient.Frame {
	w.t.Helper()
	f, err := c.Expect(w.ctx, typ, match...)
	require.NoError(w.t, err)
	return f
}

func (w *world) do(c *apiclient.Client, typ string, fields map[string]any) {
	w.t.Helper()
	f, err := c.Do(w.ctx, typ, fields)
	require.NoError(w.t, err)
	require.Equal(w.t, "ok", f.Type, "%s", f.Raw)
}

func (w *world) refused(c *apiclient.Client, code, typ string, fields map[string]any) {
	w.t.Helper()
	f, err := c.Do(w.ctx, typ, fields)
	require.NoError(w.t, err)
	require.Equal(w.t, code, f.Code, "%s", f.Raw)
}

func (w *world) get(token, path string, out any) {
	w.t.Helper()
	require.NoError(w.t, apiclient.Call(w.ctx, w.base, token, http.MethodGet, path, nil, out))
}

func (w *world) await(ch <-chan struct{}) {
	w.t.Helper()
	select {
	case <-ch:
	case <-w.ctx.Done():
		w.t.Fatal("timed out")
	}
}

// tick is how often something nobody tells of is looked at.
const tick = 20 * time.Millisecond

func (w *world) left() time.Duration {
	d, _ := w.ctx.Deadline()
	return time.Until(d)
}
