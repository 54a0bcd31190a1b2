package actors_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
)

func code(err error) string {
	if e, ok := errors.AsType[*cc.Error](err); ok {
		return e.Code
	}
	return ""
}

// R25, R67: a ring_all queue rings everybody who is free; the first to answer has the call, the others missed nothing.
func TestR67RingAll(t *testing.T) {
	f := newFloor(t, 3, func(c *cc.Center) { c.Queues[0].Strategy = cc.RingAll })
	f.behave(func(user string) ua.Behaviour {
		if user == "agent1" {
			return ua.Behaviour{Ring: 300 * time.Millisecond}
		}
		return ua.Behaviour{Ring: time.Hour}
	})
	f.available("agent0", "agent1", "agent2")
	c := f.callers.Dial(testNumber, "+15550001")
	id := f.rings().Call
	f.rings()
	f.rings()
	await(f.ctx, t, c.Answered())
	f.until("answered", func() bool { return callSummary(t, f.n, id).Agent == "agent1" })
	f.hangUp(c)
	f.ended(id)
	f.sound()
	require.Zero(t, f.counter("offers_missed_total"))
	require.EqualValues(t, 2, f.counter("offers_answered_elsewhere_total"))
	require.Equal(t, cc.Presence_AVAILABLE, f.presence("agent0"))
}

// DESIGN 4: the small explanation that an offer carries and the one recomputed from the journal agree, on a real node.
func TestExplanationsAgree(t *testing.T) {
	for _, strategy := range []string{"", "round_robin", cc.RingAll} {
		t.Run(strategy, func(t *testing.T) {
			f := newFloor(t, 4, func(c *cc.Center) { c.Queues[0].Strategy, c.Queues[0].RingAllMax = strategy, 2 })
			f.available("agent0", "agent1", "agent2")
			for range 3 {
				c := f.callers.Dial(testNumber, "+15550001")
				id := f.rings().Call
				f.until("answered", func() bool { return callSummary(t, f.n, id).Phase == cc.CallPhase_BRIDGED })
				x, err := f.n.ExplainOffers(f.ctx, id)
				require.NoError(t, err)
				require.NotEmpty(t, x)
				for _, o := range x {
					require.NotNil(t, o.Full, o.Why)
					require.True(t, o.Agrees, "%v\n%+v", o.Small, o.Full)
				}
				await(f.ctx, t, c.Answered())
				f.hangUp(c)
				f.ended(id)
				f.sound()
				for len(f.rung) > 0 {
					<-f.rung
				}
			}
			spans, whole, err := f.n.WhyNothing(f.ctx, "agent3", f.n.Journal().NowMs()-60_000, f.n.Journal().NowMs())
			require.NoError(t, err)
			require.True(t, whole)
			require.NotEmpty(t, spans)
		})
	}
}

// R94: who hangs up while waiting and calls again has the old place, and was not abandoned.
func TestR94RedialTakesTheOldPlace(t *testing.T) {
	f := newFloor(t, 1, func(c *cc.Center) { c.Queues[0].RedialWindowMs = 120_000 })
	first := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, first.Answered())
	other := f.callers.Dial(testNumber, "+15550002")
	await(f.ctx, t, other.Answered())
	f.hangUp(first)
	f.until("place left", func() bool { return f.counter("calls_ended_total") == 1 })
	again := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, again.Answered())
	f.until("the first was resumed", func() bool { return f.counter("calls_resumed_total") == 1 })
	f.available("agent0")
	r := f.rings()
	s := callSummary(t, f.n, r.Call)
	require.Equal(t, "+15550001", s.Caller)
	require.NotEmpty(t, s.Resumes)
	require.Equal(t, r.Call, callSummary(t, f.n, s.Resumes).ResumedBy)
	f.hangUp(again)
	f.hangUp(other)
}

// R94, edge 17: a second call while the first waits shares its place; the answer of one releases the other.
func TestR94SecondCallJoins(t *testing.T) {
	f := newFloor(t, 1, func(c *cc.Center) { c.Queues[0].RedialWindowMs = 120_000 })
	first := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, first.Answered())
	f.until("seen", func() bool { return f.n.Sees("+15550001") })
	second := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, second.Answered())
	f.available("agent0")
	r := f.rings()
	await(f.ctx, t, first.Ended()) // released: the person holds the second
	f.until("released", func() bool { return f.counter("calls_released_total") == 1 })
	require.Equal(t, cc.CallPhase_BRIDGED, callSummary(t, f.n, r.Call).Phase)
	f.hangUp(second)
	f.ended(r.Call)
	f.sound()
}

// R67: who talked with the caller last is asked first.
func TestR67LastAgent(t *testing.T) {
	f := newFloor(t, 2, func(c *cc.Center) { c.Queues[0].LastAgent, c.Queues[0].PreferredWindowMs = true, 60_000 })
	f.available("agent0")
	c := f.callers.Dial(testNumber, "+15550001")
	one := f.rings()
	require.Equal(t, "agent0", one.User)
	f.until("answered", func() bool { return callSummary(t, f.n, one.Call).Phase == cc.CallPhase_BRIDGED })
	await(f.ctx, t, c.Answered())
	f.hangUp(c)
	f.ended(one.Call)
	f.available("agent1")
	f.sound()
	c = f.callers.Dial(testNumber, "+15550001") // agent1 is idle for longer than agent0, who has just talked
	require.Equal(t, "agent0", f.rings().User)
	await(f.ctx, t, c.Answered())
	f.hangUp(c)
}

// R97: a queue that is closed takes no call; those who wait are served, or go on where that is wanted (edge 33).
func TestR97ClosedQueue(t *testing.T) {
	f := newFloor(t, 1, func(c *cc.Center) {
		next := c.Queues[0].CloneVT()
		next.Id = "next"
		c.Queues = append(c.Queues, next)
		c.Workflows[0].Steps = append(c.Workflows[0].Steps, &cc.WorkflowStep{Queue: "next"})
	})
	queue := f.n.Directory().Center.Queues[0].Id
	waits := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, waits.Answered())
	id := f.n.AnyCall()
	require.NoError(t, f.n.CloseQueue(f.ctx, &cc.QueueShut{Queue: queue, By: "sue", Message: "fire drill"}))
	require.Equal(t, "sue", f.n.QueueShut(queue).By)
	require.Equal(t, queue, callSummary(t, f.n, id).Queue)
	require.NoError(t, f.n.CloseQueue(f.ctx, &cc.QueueShut{Queue: queue, By: "sue", Reroute: true}))
	f.until("rerouted", func() bool { return callSummary(t, f.n, id).Queue == "next" })
	f.until("closed for new calls", func() bool {
		c := f.callers.Dial(testNumber, "+15550002")
		await(f.ctx, t, c.Answered())
		passed := f.counter("queues_passed_total") > 0
		f.hangUp(c)
		return passed
	})
	require.NoError(t, f.n.OpenQueue(f.ctx, queue, "sue"))
	require.Nil(t, f.n.QueueShut(queue))
	f.hangUp(waits)
}

// R97: a waiting call is pushed to an agent by name; an agent with a queue call refuses it.
func TestR97PushedCall(t *testing.T) {
	f := newFloor(t, 2, nil)
	first := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, first.Answered())
	f.available("agent1")
	one := f.rings()
	f.until("talking", func() bool { return callSummary(t, f.n, one.Call).Phase == cc.CallPhase_BRIDGED })
	second := f.callers.Dial(testNumber, "+15550002")
	await(f.ctx, t, second.Answered())
	id := ""
	f.until("waiting", func() bool {
		id = f.n.WaitingCall()
		return id != ""
	})
	require.Equal(t, cc.CodeTokenHeld, code(f.n.PushCall(f.ctx, id, "agent1", "sue")))
	require.Equal(t, cc.CodeNotEligible, code(f.n.PushCall(f.ctx, id, "agent0", "sue")))
	require.Equal(t, cc.CodeNotWaiting, code(f.n.PushCall(f.ctx, one.Call, "agent0", "sue")))
	f.hangUp(first)
	f.hangUp(second)
}

// R88, edge 12: a queue with callers is removed only with a queue to drain to.
func TestR88QueueNotEmpty(t *testing.T) {
	f := newFloor(t, 1, func(c *cc.Center) {
		next := c.Queues[0].CloneVT()
		next.Id = "next"
		c.Queues = append(c.Queues, next)
	})
	c := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, c.Answered())
	id := f.n.AnyCall()
	center := f.n.Directory().Center.CloneVT()
	queue := center.Queues[0].Id
	center.Queues = center.Queues[1:]
	center.Workflows[0].Steps[0].Queue = "next"
	require.Equal(t, cc.CodeQueueNotEmpty, code(f.n.ApplyCenter(f.ctx, center)))
	require.Equal(t, cc.CodeNotFound, code(f.n.ApplyDraining(f.ctx, center, map[string]string{queue: "nowhere"})))
	require.NoError(t, f.n.ApplyDraining(f.ctx, center, map[string]string{queue: "next"}))
	f.until("drained", func() bool { return callSummary(t, f.n, id).Queue == "next" })
	f.hangUp(c)
}
