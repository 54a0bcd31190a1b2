package actors_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
)

func agentSummary(t *testing.T, n *actors.Node, id string) *cc.AgentSummary {
	t.Helper()
	v := n.Journal().View()
	defer v.Close()
	b, ok := v.Get([]byte(actors.AgentPrefix + id))
	require.True(t, ok, "no summary of %s", id)
	s := &cc.AgentSummary{}
	require.NoError(t, s.UnmarshalVT(b))
	return s
}

func callSummary(t *testing.T, n *actors.Node, id string) *cc.CallSummary {
	t.Helper()
	v := n.Journal().View()
	defer v.Close()
	b, ok := v.Get([]byte(actors.SummaryPrefix + id))
	require.True(t, ok, "no summary of call %s", id)
	s := &cc.CallSummary{}
	require.NoError(t, s.UnmarshalVT(b))
	return s
}

// A talking call and a waiting call survive the end of the process: the node comes back on the same address, asks both
// ends by re-INVITE, and the calls end as usual later.
func TestCallsSurviveRestart(t *testing.T) {
	rung := make(chan ua.Rung, 10)
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{OnRing: func(r ua.Rung) { rung <- r }})
	require.NoError(t, err)
	defer phones.Close()
	dir, center := t.TempDir(), testCenter(1, phones.Contact)
	n := startNode(t, dir, center)
	at := sipAddr(n)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, n.AskAgent(ctx, "agent0", &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	callers, err := ua.NewCallers("127.0.0.1:0", at, "t2")
	require.NoError(t, err)
	defer callers.Close()
	talking := callers.Dial(testNumber, "+15551234")
	await(ctx, t, talking.Answered())
	first := <-rung
	waiting := callers.Dial(testNumber, "+15551235")
	await(ctx, t, waiting.Answered()) // into the queue, as nobody is free
	require.NoError(t, n.Close())

	n = startNodeAt(t, dir, center, at)
	defer func() { require.NoError(t, n.Close()) }()
	s := agentSummary(t, n, "agent0")
	require.Equal(t, cc.TokenState_TALKING, s.Token)
	require.Equal(t, first.Call, s.Call)
	require.Equal(t, cc.CallPhase_BRIDGED, callSummary(t, n, first.Call).Phase)

	// The talking caller hangs up: the agent is freed and gets the waiting caller, whose place was kept.
	talking.HangUp()
	await(ctx, t, talking.Ended())
	require.True(t, talking.Result().Hung, "the new process answers the BYE of the old dialog")
	second := <-rung
	require.NotEqual(t, first.Call, second.Call)
	waiting.HangUp()
	await(ctx, t, waiting.Ended())
	require.True(t, waiting.Result().Hung)
	require.Eventually(t, func() bool {
		return callSummary(t, n, second.Call).Phase == cc.CallPhase_ENDED &&
			agentSummary(t, n, "agent0").Token == cc.TokenState_FREE
	}, patience, 5*time.Millisecond)
	require.Equal(t, cc.EndCause_END_CALLER, callSummary(t, n, first.Call).EndCause)
	report := actors.Audit(n.Journal(), true)
	require.Empty(t, report.Violations)
	require.Equal(t, 2, report.Calls)
	require.Equal(t, 2, report.Ended["END_CALLER"])
}

func startNodeAt(t *testing.T, dir string, c *cc.Center, at netip.AddrPort) *actors.Node {
	t.Helper()
	return startNodeOn(t, dir, c, at.String())
}

// R15: an agent removed while talking keeps the call, over a restart too; when it ends the token goes back and the call
// can leave memory. Without the agent's actor it would tell nobody for ever.
func TestRemovedAgentTalksOverARestart(t *testing.T) {
	rung := make(chan ua.Rung, 10)
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{OnRing: func(r ua.Rung) { rung <- r }})
	require.NoError(t, err)
	defer phones.Close()
	dir, center := t.TempDir(), testCenter(2, phones.Contact)
	n := startNode(t, dir, center)
	at := sipAddr(n)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, n.AskAgent(ctx, "agent0", &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	callers, err := ua.NewCallers("127.0.0.1:0", at, "t3")
	require.NoError(t, err)
	defer callers.Close()
	talking := callers.Dial(testNumber, "+15551234")
	await(ctx, t, talking.Answered())
	id := (<-rung).Call
	center.Agents = center.Agents[1:]
	require.NoError(t, n.ApplyCenter(ctx, center))
	require.NoError(t, n.Close())

	n = startNodeAt(t, dir, center, at)
	defer func() { require.NoError(t, n.Close()) }()
	talking.HangUp()
	await(ctx, t, talking.Ended())
	require.Eventually(t, func() bool { return !n.Active(id) }, patience, 5*time.Millisecond)
	require.Equal(t, cc.TokenState_FREE, agentSummary(t, n, "agent0").Token)
}

// R85: a phone that died with the engine answers no re-INVITE. It is given up long before 64*T1, and the caller, who
// lives, waits in the queue again.
func TestR85PhoneDiedOverARestart(t *testing.T) {
	t.Parallel()
	rung := make(chan ua.Rung, 10)
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{OnRing: func(r ua.Rung) { rung <- r }})
	require.NoError(t, err)
	dir, center := t.TempDir(), testCenter(1, phones.Contact)
	n := startNode(t, dir, center)
	at := sipAddr(n)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, n.AskAgent(ctx, "agent0", &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	callers, err := ua.NewCallers("127.0.0.1:0", at, "t4")
	require.NoError(t, err)
	defer callers.Close()
	talking := callers.Dial(testNumber, "+15551234")
	await(ctx, t, talking.Answered())
	id := (<-rung).Call
	require.NoError(t, n.Close())
	phones.Close()

	n = startNodeAt(t, dir, center, at)
	defer func() { require.NoError(t, n.Close()) }()
	require.Eventually(t, func() bool {
		phase := callSummary(t, n, id).Phase
		return phase == cc.CallPhase_WAITING || phase == cc.CallPhase_OFFERED
	}, 20*time.Second, 10*time.Millisecond) // 64*T1 is 32 s
	talking.HangUp()
	await(ctx, t, talking.Ended())
	require.Equal(t, cc.EndCause_END_CALLER, callSummary(t, n, id).EndCause)
}
