package actors_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
)

// An actor that fails is built again from the journal, and the talking call goes on: both sides are asked, the caller's
// BYE ends it.
func TestFailedCallActorIsRebuilt(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	call := f.callers.Dial(testNumber, "+15550001")
	r := f.rings()
	await(f.ctx, t, call.Answered())
	f.until("talking", func() bool { return callSummary(t, f.n, r.Call).Phase == cc.CallPhase_BRIDGED })
	f.n.Break(r.Call)
	f.until("phone asked", func() bool { return f.phones.Stats.Reinvites.Load() > 0 })
	require.EqualValues(t, 1, f.counter("panics_total"))
	require.Zero(t, f.counter("media_failed_total"))
	require.Zero(t, f.counter("recordings_refused_total"))
	require.Equal(t, cc.CallPhase_BRIDGED, callSummary(t, f.n, r.Call).Phase)
	f.hangUp(call)
	require.True(t, call.Result().Hung)
	f.asleep(r.Call)
	require.Equal(t, cc.EndCause_END_CALLER, callSummary(t, f.n, r.Call).EndCause)
	f.sound()
}

// So is an agent's; the token it holds is not lost.
func TestFailedAgentActorIsRebuilt(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	call := f.callers.Dial(testNumber, "+15550001")
	r := f.rings()
	await(f.ctx, t, call.Answered())
	f.until("talking", func() bool { return agentSummary(t, f.n, "agent0").Token == cc.TokenState_TALKING })
	f.n.BreakAgent("agent0")
	f.until("failed", func() bool { return f.counter("panics_total") == 1 })
	f.until("back", func() bool {
		ctx, cancel := context.WithTimeout(f.ctx, 10*time.Second)
		defer cancel()
		return f.n.AskAgent(ctx, "agent0", &cc.SetFocus{Call: r.Call}) == nil
	})
	require.Equal(t, cc.TokenState_TALKING, agentSummary(t, f.n, "agent0").Token)
	f.hangUp(call)
	f.asleep(r.Call)
	f.sound()
	require.Equal(t, cc.Presence_AVAILABLE, f.presence("agent0"))
}

// Somebody else wrote to the stream: the append is refused, whoever asked is told so, and the actor is built again from
// what is written.
func TestRefusedAppendRebuildsTheAgent(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	require.NoError(t, f.n.Intrude("agent0", &cc.MissesChanged{Misses: 5}))
	err := f.n.AskAgent(f.ctx, "agent0", &cc.SetPresence{Presence: cc.Presence_OFFLINE})
	require.ErrorContains(t, err, cc.CodeUnavailable)
	require.Equal(t, cc.Presence_AVAILABLE, f.presence("agent0"))
	f.until("back", func() bool {
		return f.n.AskAgent(f.ctx, "agent0", &cc.SetPresence{Presence: cc.Presence_OFFLINE}) == nil
	})
	require.Equal(t, cc.Presence_OFFLINE, f.presence("agent0"))
	require.EqualValues(t, 1, f.counter("streams_lost_total"))
}

// A phone's leg that did not get on record with the stream that was lost: its successor knows nothing of it, and gives its
// port back. It would stay taken until the process ends.
func TestASuccessorGivesPortsBack(t *testing.T) {
	f := newFloor(t, 1, nil)
	c := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, c.Answered())
	call := f.n.AnyCall()
	require.NoError(t, f.n.IntrudeCall(call, &cc.TellAcknowledged{Agent: "nobody", Offer: "none"}))
	f.available("agent0") // an offer follows, whose append is refused
	require.Equal(t, call, f.rings().Call)
	require.EqualValues(t, 1, f.counter("streams_lost_total"))
	f.until("talking", func() bool { return callSummary(t, f.n, call).Phase == cc.CallPhase_BRIDGED })
	f.until("two ports", func() bool { return f.n.OpenLegs(call) == 2 })
	f.hangUp(c)
	f.asleep(call)
	require.Zero(t, f.n.OpenLegs(call))
	f.sound()
}

// The shards have gone to another owner: appends are refused for good, the actors stop and are not built again.
func TestStaleEpochStopsTheActors(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	call := f.callers.Dial(testNumber, "+15550001")
	r := f.rings()
	await(f.ctx, t, call.Answered())
	f.until("talking", func() bool { return callSummary(t, f.n, r.Call).Phase == cc.CallPhase_BRIDGED })
	require.NoError(t, f.n.Steal())
	err := f.n.AskCall(f.ctx, r.Call, &cc.HangUp{Agent: "agent0"})
	require.ErrorContains(t, err, cc.CodeUnavailable)
	require.ErrorContains(t, f.n.AskAgent(f.ctx, "agent0", &cc.SetFocus{Call: "x"}), cc.CodeUnavailable)
	f.until("both stopped", func() bool { return f.counter("streams_lost_total") >= 2 })
	require.Equal(t, cc.CallPhase_BRIDGED, callSummary(t, f.n, r.Call).Phase)
	f.until("no actor", func() bool { return !f.n.Active(r.Call) })
	require.EqualValues(t, 2, f.counter("streams_lost_total"), "an actor that lost its shard is not tried again")
}

// A call with too much to do refuses at once; what it had taken it does.
func TestOverloadedCallAnswers(t *testing.T) {
	f := newFloor(t, 1, nil)
	call := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, call.Answered())
	id := f.n.AnyCall()
	taken := f.n.Fill(id, func() {
		require.ErrorContains(t, f.n.AskCall(f.ctx, id, &cc.HangUp{Supervisor: true}), cc.CodeOverloaded)
	})
	require.Positive(t, taken)
	require.EqualValues(t, 1, f.counter("overloaded_total"))
	f.until("room again", func() bool {
		return f.n.AskCall(f.ctx, id, &cc.HangUp{Supervisor: true, Agent: "boss"}) == nil
	})
	await(f.ctx, t, call.Ended())
}
