package actors_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

const testNumber = "+18005550100"

// testCenter is one queue with n agents whose phones are fixed contacts and who need no client.
func testCenter(n int, contact func(user string) string) *cc.Center {
	c := &cc.Center{
		Company:   "acme",
		Tenants:   []*cc.Tenant{{Id: "north", Record: true, LeadThresholdMs: 60_000}},
		Campaigns: []*cc.Campaign{{Id: "spring", Tenant: "north"}},
		Numbers: []*cc.Number{{
			E164: testNumber, Role: cc.NumberRole_TRACKING, Tenant: "north", Campaign: "spring", Workflow: "main",
			Connect: cc.ConnectMode_ON_AGENT, ConnectAfterMs: 6000,
		}},
		Workflows: []*cc.Workflow{{Id: "main", Steps: []*cc.WorkflowStep{{Queue: "sales"}}}},
		Queues: []*cc.Queue{{
			Id: "sales", Tenants: []string{"north"}, Strategy: "longest_idle", MaxWaitMs: 1_800_000, MaxSize: 1000,
			Offer: &cc.OfferPolicy{
				RingTimeoutMs: 30_000, ConnectTimeoutMs: 10_000, OnMiss: cc.MissAction_MISS_UNAVAILABLE,
				OnReject: cc.MissAction_MISS_UNAVAILABLE, MaxMisses: 1, ReofferAfterMs: 10_000, BusySkipMs: 10_000,
				CooldownMs: 10_000, Wrapup: &cc.WrapUp{Mode: cc.WrapUpMode_WRAPUP_NONE},
			},
		}},
		Trunks: []*cc.Trunk{{Id: "loop", Sources: []string{"127.0.0.0/8"}}},
	}
	for i := range n {
		user := fmt.Sprintf("agent%d", i)
		c.Agents = append(c.Agents, &cc.Agent{
			Id: user, Name: user, Login: user, Role: "csr", Tenants: []string{"north"}, Queues: []string{"sales"},
			Contact: contact(user), AnswerOn: cc.AnswerOn_ON_PHONE, PhoneOnly: true,
		})
	}
	return c
}

func startNode(t *testing.T, dir string, c *cc.Center) *actors.Node {
	t.Helper()
	return startNodeOn(t, dir, c, local+":0")
}

func startNodeOn(t *testing.T, dir string, c *cc.Center, udp string) *actors.Node {
	t.Helper()
	n, err := actors.Start(actors.Settings{
		NodeID: 1, Journal: persistence.Options{Dir: dir + "/journal"},
		SIP: wsip.Config{UDP: []string{udp}, TCP: []string{local + ":0"}},
		Media: media.Config{
			Addr: netip.MustParseAddr(local), PortMin: 31000, PortMax: 32999, RecordDir: dir + "/rec",
		},
		Center: func(*cc.Center) (*cc.Center, error) { return c, nil }, Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	require.NoError(t, err)
	return n
}

func sipAddr(n *actors.Node) netip.AddrPort { return n.SIPAddrs()[0].Addr }

// A call to the tracking number rings the idle agent's phone, is answered, and ends with the caller's BYE.
func TestCallThroughQueueToAgent(t *testing.T) {
	rung := make(chan ua.Rung, 10)
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{OnRing: func(r ua.Rung) { rung <- r }})
	require.NoError(t, err)
	defer phones.Close()
	n := startNode(t, t.TempDir(), testCenter(1, phones.Contact))
	defer func() { require.NoError(t, n.Close()) }()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, n.AskAgent(ctx, "agent0", &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))

	callers, err := ua.NewCallers("127.0.0.1:0", sipAddr(n), "t1")
	require.NoError(t, err)
	defer callers.Close()
	call := callers.Dial(testNumber, "+15551234")
	await(ctx, t, call.Answered())
	require.Equal(t, 200, call.Result().Final)
	r := <-rung
	require.Equal(t, "agent0", r.User)
	t.Logf("time to ring %v, setup %v", r.At.Sub(call.Result().Sent), call.Result().Setup)
	call.HangUp()
	await(ctx, t, call.Ended())
	require.True(t, call.Result().Hung)

	// The agent is free again at once: the next call reaches them.
	again := callers.Dial(strings.TrimPrefix(testNumber, "+"), "+15551235")
	await(ctx, t, again.Answered())
	require.Equal(t, 200, again.Result().Final)
	again.HangUp()
	await(ctx, t, again.Ended())

	unknown := callers.Dial("+19990000000", "+15551235")
	await(ctx, t, unknown.Ended())
	require.Equal(t, 404, unknown.Result().Final)
}

func await(ctx context.Context, t *testing.T, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-ctx.Done():
		t.Fatal("timed out waiting")
	}
}
