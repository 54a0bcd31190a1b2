package actors_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Two callers wait; the agent who becomes free gets them in the order they came (I3).
func TestWaitingCallersInOrder(t *testing.T) {
	f := newFloor(t, 1, nil)
	first := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, first.Answered()) // nobody free: connected to the queue
	second := f.callers.Dial(testNumber, "+15550002")
	await(f.ctx, t, second.Answered())
	f.available("agent0")
	one := f.rings()
	require.Equal(t, "+15550001", callSummary(t, f.n, one.Call).Caller)
	f.hangUp(first)
	two := f.rings()
	require.Equal(t, "+15550002", callSummary(t, f.n, two.Call).Caller)
	f.hangUp(second)
	f.asleep(one.Call)
	f.asleep(two.Call)
	f.sound()
}

// A phone that does not answer in time: missed, the agent goes Unavailable, the next one gets the call (R25, R31).
func TestMissedGoesToTheNext(t *testing.T) {
	f := newFloor(t, 2, func(c *cc.Center) { c.Queues[0].Offer.RingTimeoutMs = 300 })
	f.behave(func(user string) ua.Behaviour {
		if user == "agent0" {
			return ua.Behaviour{Ring: time.Hour}
		}
		return ua.Behaviour{}
	})
	f.available("agent0")
	call := f.callers.Dial(testNumber, "+15550001")
	require.Equal(t, "agent0", f.rings().User)
	f.until("agent0 unavailable", func() bool { return f.presence("agent0") == cc.Presence_UNAVAILABLE })
	c := f.n.Directory().Center.CloneVT()
	c.Queues[0].Offer.RingTimeoutMs = 30_000 // the next phone answers, however slow the machine is
	require.NoError(t, f.n.ApplyCenter(f.ctx, c))
	f.available("agent1")
	r := f.rings()
	require.Equal(t, "agent1", r.User)
	await(f.ctx, t, call.Answered())
	require.Equal(t, cc.ReasonMissed, agentSummary(t, f.n, "agent0").Reason)
	require.EqualValues(t, 1, f.counter("offers_missed_total"))
	f.hangUp(call)
	f.ended(r.Call)
	f.sound()
}

// 603 is a rejection and 486 is not: only the first costs the status (R81).
func TestRefusalsGoToTheNext(t *testing.T) {
	f := newFloor(t, 3, nil)
	f.behave(func(user string) ua.Behaviour {
		return ua.Behaviour{Refuse: map[string]int{"agent0": 603, "agent1": 486}[user]}
	})
	f.available("agent0")
	call := f.callers.Dial(testNumber, "+15550001")
	require.Equal(t, "agent0", f.rings().User)
	f.available("agent1")
	require.Equal(t, "agent1", f.rings().User)
	f.available("agent2")
	r := f.rings()
	require.Equal(t, "agent2", r.User)
	await(f.ctx, t, call.Answered())
	f.hangUp(call)
	f.ended(r.Call)
	f.sound()
	require.Equal(t, cc.Presence_UNAVAILABLE, f.presence("agent0"))
	require.Equal(t, cc.Presence_AVAILABLE, f.presence("agent1"))
	require.EqualValues(t, 1, f.counter("offers_rejected_total"))
	require.EqualValues(t, 1, f.counter("offers_failed_total"))
}

// The agent hangs up the phone: the caller gets BYE.
func TestAgentHangsUp(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.behave(func(string) ua.Behaviour { return ua.Behaviour{Talk: time.Millisecond} })
	f.available("agent0")
	call := f.callers.Dial(testNumber, "+15550001")
	r := f.rings()
	await(f.ctx, t, call.Ended())
	require.True(t, call.Result().Released)
	f.asleep(r.Call)
	require.Equal(t, cc.EndCause_END_AGENT, callSummary(t, f.n, r.Call).EndCause)
	f.sound()
}

// A caller who gives up while the phone rings: CANCEL both ways, the agent is free and stays available.
func TestCallerGivesUp(t *testing.T) {
	f := newFloor(t, 1, func(c *cc.Center) { c.Numbers[0].ConnectAfterMs = 60_000 })
	f.behave(func(string) ua.Behaviour { return ua.Behaviour{Ring: time.Hour} })
	f.available("agent0")
	call := f.callers.Dial(testNumber, "+15550001")
	r := f.rings()
	call.Cancel()
	await(f.ctx, t, call.Ended())
	// 200: connected to the queue, for the matcher had not heard of the agent yet when the call came; then BYE ends it.
	require.Contains(t, []int{487, 200}, call.Result().Final)
	f.until("ended", func() bool { return callSummary(t, f.n, r.Call).Phase == cc.CallPhase_ENDED })
	f.sound()
	require.Equal(t, cc.Presence_AVAILABLE, f.presence("agent0"))
	require.Equal(t, cc.EndCause_END_CALLER, callSummary(t, f.n, r.Call).EndCause)
}

// R82, answer_on=phone: the phone rings and would ring for an hour; the client accepts, and the phone is asked to answer.
// One that is not to be asked rings on, and its agent is told to lift the handset.
func TestR82AcceptOfAPhoneThatRings(t *testing.T) {
	f := newFloor(t, 2, func(c *cc.Center) { c.Agents[0].AutoAnswer = true })
	f.behave(func(string) ua.Behaviour { return ua.Behaviour{Ring: time.Hour} })
	f.available("agent0")
	call := f.callers.Dial(testNumber, "+15550001")
	first := f.rings()
	o := callSummary(t, f.n, first.Call).Offer
	require.NoError(t, f.n.AskCall(f.ctx, first.Call, &cc.Accept{Offer: o.Id, Agent: "agent0", Session: "s1"}))
	second := f.rings()
	require.Equal(t, first.Call, second.Call)
	require.NotEqual(t, first.CallID, second.CallID)
	f.until("talking", func() bool { return callSummary(t, f.n, first.Call).Phase == cc.CallPhase_BRIDGED })
	f.until("the first is cancelled", func() bool {
		live := f.phones.Live()
		return len(live) == 1 && live[0].CallID == second.CallID
	})

	f.available("agent1")
	other := f.callers.Dial(testNumber, "+15550002")
	r := f.rings()
	o = callSummary(t, f.n, r.Call).Offer
	accept := &cc.Accept{Offer: o.Id, Agent: "agent1", Session: "s2"}
	require.ErrorContains(t, f.n.AskCall(f.ctx, r.Call, accept), cc.CodeAnswerOnPhone)
	require.NoError(t, f.n.AskCall(f.ctx, r.Call, &cc.Reject{Offer: o.Id, Agent: "agent1"}))
	await(f.ctx, t, other.Answered())
	f.hangUp(other)
	f.hangUp(call)
	f.ended(first.Call)
	f.sound()
}

// answer_on=client: the phone rings only when the agent's client has accepted (R82).
func TestAnswerOnClient(t *testing.T) {
	f := newFloor(t, 1, func(c *cc.Center) {
		c.Agents[0].AnswerOn, c.Agents[0].AutoAnswer, c.Agents[0].PhoneOnly = cc.AnswerOn_ON_CLIENT, true, false
	})
	require.NoError(t, f.n.AskAgent(f.ctx, "agent0", &cc.SessionOpened{Session: "s1"}))
	f.available("agent0")
	call := f.callers.Dial(testNumber, "+15550001")
	var s *cc.AgentSummary
	f.until("offered", func() bool {
		s = agentSummary(t, f.n, "agent0")
		return s.Offer != "" && callSummary(t, f.n, s.Call).Offer.GetId() == s.Offer
	})
	require.Empty(t, f.rung)
	require.Error(t, f.n.AskCall(f.ctx, s.Call, &cc.Accept{Offer: s.Offer, Agent: "agent9", Session: "s1"}))
	err := f.n.AskAgent(f.ctx, "agent0", &cc.AcceptCall{Call: s.Call, Offer: "other", Session: "s1"})
	require.ErrorContains(t, err, cc.CodeOfferGone, "the call's answer")
	require.NoError(t, f.n.AskAgent(f.ctx, "agent0", &cc.AcceptCall{Call: s.Call, Offer: s.Offer, Session: "s1"}))
	require.Equal(t, s.Call, f.rings().Call)
	f.until("talking", func() bool { return callSummary(t, f.n, s.Call).Phase == cc.CallPhase_BRIDGED })
	require.NoError(t, f.n.AskCall(f.ctx, s.Call, &cc.HangUp{Agent: "agent0"}))
	await(f.ctx, t, call.Ended())
	require.True(t, call.Result().Released)
	f.asleep(s.Call)
	f.sound()
}

// R20, R21 over real calls: accept while another call is un-held is refused; with hold_active that one is held first, here
// one that is gone by then. A call that becomes active otherwise has the queue call held; Resume takes it back.
func TestR20HoldAndAccept(t *testing.T) {
	f := newFloor(t, 1, func(c *cc.Center) {
		c.Agents[0].AnswerOn, c.Agents[0].AutoAnswer = cc.AnswerOn_ON_CLIENT, true
		c.Queues[0].OfferDuringOutbound = true
	})
	side := func(state cc.DeskCallState) {
		require.NoError(t, f.n.AskAgent(f.ctx, "agent0", &cc.DeskCallChanged{
			Call: "x1", Class: cc.CallClass_OUTBOUND_CALL, State: state, Dialled: true,
		}))
	}
	f.available("agent0")
	side(cc.DeskCallState_DESK_ACTIVE)
	call := f.callers.Dial(testNumber, "+15550001")
	var s *cc.AgentSummary
	f.until("offered", func() bool {
		s = agentSummary(t, f.n, "agent0")
		return s.Offer != "" && callSummary(t, f.n, s.Call).Offer.GetId() == s.Offer
	})
	accept := &cc.AcceptCall{Call: s.Call, Offer: s.Offer, Session: "s1"}
	require.ErrorContains(t, f.n.AskAgent(f.ctx, "agent0", accept), cc.CodeCallActive)
	accept = accept.CloneVT()
	accept.HoldActive = true
	require.NoError(t, f.n.AskAgent(f.ctx, "agent0", accept))
	require.Empty(t, agentSummary(t, f.n, "agent0").OtherCalls, "nobody knows x1: the desk forgets it")
	held := func(is bool) func() bool {
		return func() bool {
			a, c := agentSummary(t, f.n, "agent0"), callSummary(t, f.n, s.Call)
			return c.Phase == cc.CallPhase_BRIDGED && c.Held == is && a.Held == is
		}
	}
	f.until("talking", held(false))

	side(cc.DeskCallState_DESK_ACTIVE)
	f.until("the queue call held", held(true))
	require.NoError(t, f.n.AskAgent(f.ctx, "agent0", &cc.ResumeCall{Call: s.Call}))
	f.until("back on the queue call", held(false))
	require.NoError(t, f.n.AskCall(f.ctx, s.Call, &cc.HangUp{Agent: "agent0"}))
	await(f.ctx, t, call.Ended())
	f.asleep(s.Call)
	f.sound()
}

// R15, edge case 13: an agent who is taken out of the configuration while an offer rings is signed out and the offer
// withdrawn, which the call decides; it is not cut for one who talks.
func TestR15DeactivatedAgent(t *testing.T) {
	f := newFloor(t, 2, nil)
	f.behave(func(user string) ua.Behaviour {
		if user == "agent1" {
			return ua.Behaviour{}
		}
		return ua.Behaviour{Ring: time.Hour}
	})
	f.available("agent1")
	talking := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, talking.Answered())
	f.available("agent0")
	waiting := f.callers.Dial(testNumber, "+15550002")
	for f.rings().User != "agent0" {
	}
	c := f.n.Directory().Center.CloneVT()
	c.Agents = nil
	require.NoError(t, f.n.ApplyCenter(f.ctx, c))
	f.until("agent0 signed out", func() bool {
		a := agentSummary(t, f.n, "agent0")
		return a.Presence == cc.Presence_OFFLINE && a.Token == cc.TokenState_FREE
	})
	a := agentSummary(t, f.n, "agent1")
	require.Equal(t, cc.TokenState_TALKING, a.Token)
	require.Equal(t, cc.Presence_OFFLINE, a.NextPresence)
	require.Equal(t, cc.CallPhase_BRIDGED, callSummary(t, f.n, a.Call).Phase)
	talking.HangUp()
	f.until("agent1 signed out", func() bool { return f.presence("agent1") == cc.Presence_OFFLINE })
	await(f.ctx, t, waiting.Answered()) // into the queue
	f.hangUp(waiting)
	f.sound()
}
