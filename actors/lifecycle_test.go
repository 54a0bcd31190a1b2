package actors_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
)

// talkedThrough is a call that has ended and sleeps, its bubble on agent0's desk.
func (f *floor) talkedThrough(from string) string {
	f.t.Helper()
	call := f.callers.Dial(testNumber, from)
	r := f.rings()
	await(f.ctx, f.t, call.Answered())
	f.until("the agent talks", func() bool { return callSummary(f.t, f.n, r.Call).Owner == "agent0" })
	f.hangUp(call)
	f.asleep(r.Call)
	return r.Call
}

// A call that has ended leaves memory; a command brings it back for as long as it takes.
func TestSleepingCallComesBackForACommand(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	id := f.talkedThrough("+15550001")
	require.Zero(t, f.counter("calls_active"))
	s := callSummary(t, f.n, id)
	require.Equal(t, "agent0", s.Owner)
	require.True(t, s.RecordingDone)
	require.Error(t, f.n.AskCall(f.ctx, id, &cc.Hold{Agent: "agent0", On: true}))
	require.NoError(t, f.n.AskCall(f.ctx, id, &cc.ReportBooked{Agent: "agent0", Customer: "cu", Job: "jo"}))
	require.Equal(t, cc.BubbleDesk_DESK_CLOSED, callSummary(t, f.n, id).Desk)
	f.asleep(id)
	f.sound()
	require.ErrorContains(t, f.n.AskCall(f.ctx, "7-none", &cc.HangUp{Agent: "agent0"}), cc.CodeNotFound)
}

// Everybody asks for the same sleeping call at once while it goes to sleep again and again: nobody is turned away.
func TestSleepingCallManyAskers(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	id := f.talkedThrough("+15550001")
	var all sync.WaitGroup
	errs := make(chan error, 8*50)
	for range 8 {
		all.Go(func() {
			for range 50 {
				errs <- f.n.AskCall(f.ctx, id, &cc.TellAcked{Agent: "agent0", Offer: "none"})
			}
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	f.asleep(id)
	f.sound()
}

// The desk timer of a sleeping call wakes it: reminders (R87), and it sleeps again until the next.
func TestSleepingCallWakesForItsTimer(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	id := f.talkedThrough("+15550001")
	for _, stage := range []string{"owes_reason", "supervisor"} {
		require.NoError(t, f.n.DeskDue(id))
		f.until(stage, func() bool { return callSummary(t, f.n, id).DeskStage == stage })
		f.asleep(id)
	}
	require.NoError(t, f.n.DeskDue(id))
	f.until("closed", func() bool { return callSummary(t, f.n, id).Desk == cc.BubbleDesk_DESK_CLOSED })
	f.asleep(id)
	f.until("no timer left", func() bool {
		v := f.n.Journal().View()
		defer v.Close()
		for range v.Scan([]byte("t/")) {
			return false
		}
		return true
	})
	f.sound()
}

// Beyond the limits callers get 503 with Retry-After; the call under way is not touched.
func TestAdmission(t *testing.T) {
	f := newFloorOf(t, 1, 1, nil)
	f.available("agent0")
	for range 20 { // what is refused for what it is takes no room
		unknown := f.callers.Dial("+19990000000", "+15550000")
		await(f.ctx, t, unknown.Ended())
		require.Equal(t, 404, unknown.Result().Final)
		f.until("refused", func() bool { return f.counter("admission_underway") == 0 && f.counter("calls_active") == 0 })
	}
	first := f.callers.Dial(testNumber, "+15550001")
	r := f.rings()
	await(f.ctx, t, first.Answered())
	second := f.callers.Dial(testNumber, "+15550002")
	await(f.ctx, t, second.Ended())
	require.Equal(t, 503, second.Result().Final)
	require.EqualValues(t, 1, f.counter("admission_refused_total"))
	p := newPhone(f, "someone")
	p.request("INVITE", "sip:"+testNumber+"@"+testRealm, "")
	answer := p.read()
	for strings.HasPrefix(answer, "SIP/2.0 100") {
		answer = p.read()
	}
	require.Contains(t, answer, "SIP/2.0 503")
	require.Regexp(t, `(?m)^Retry-After: [1-9]`, answer)
	f.hangUp(first)
	f.asleep(r.Call)
	third := f.callers.Dial(testNumber, "+15550003")
	f.rings()
	await(f.ctx, t, third.Answered())
	f.hangUp(third)
	require.Equal(t, 200, third.Result().Final)
	f.sound()
}

// A call that was cancelled stays in memory to repeat its final responses, and takes no room of the calls up. Those that
// linger have a limit of their own.
func TestAdmissionCountsCallsThatAreUp(t *testing.T) {
	f := newFloorOf(t, 1, 1, nil)
	f.behave(func(string) ua.Behaviour { return ua.Behaviour{Ring: time.Hour} })
	f.available("agent0")
	for range 2 {
		c := f.callers.Dial(testNumber, "+15550001")
		r := f.rings()
		c.Cancel()
		await(f.ctx, t, c.Ended())
		f.until("over", func() bool { return f.counter("calls_up") == 0 })
		require.True(t, f.n.Active(r.Call), "it lingers")
		f.until("agent free", func() bool { return agentSummary(t, f.n, "agent0").Token == cc.TokenState_FREE })
	}
	require.Zero(t, f.counter("admission_refused_total"))
	require.EqualValues(t, 2, f.counter("calls_active"))
	f.n.SetMaxLingering(2)
	refused := f.callers.Dial(testNumber, "+15550002")
	await(f.ctx, t, refused.Ended())
	require.Equal(t, 503, refused.Result().Final)
}

// A new configuration: the live call keeps what was stamped on it, a new agent and a new membership count at once.
func TestApplyCenter(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.behave(func(string) ua.Behaviour { return ua.Behaviour{} })
	f.available("agent0")
	live := f.callers.Dial(testNumber, "+15550001")
	r := f.rings()
	await(f.ctx, t, live.Answered())
	waiting := f.callers.Dial(testNumber, "+15550002")
	await(f.ctx, t, waiting.Answered())

	c := f.n.Directory().Center.CloneVT()
	c.Numbers[0].Campaign = "autumn"
	c.Campaigns = append(c.Campaigns, &cc.Campaign{Id: "autumn", Tenant: "north"})
	bert := c.Agents[0].CloneVT()
	bert.Id, bert.Name, bert.Login, bert.Contact = "bert", "bert", "bert", f.phones.Contact("bert")
	bert.Queues = nil
	c.Agents = append(c.Agents, bert)
	require.NoError(t, f.n.ApplyCenter(f.ctx, c))
	f.available("bert") // exists, but is in no queue yet
	require.Equal(t, "spring", callSummary(t, f.n, r.Call).Campaign)

	c = f.n.Directory().Center.CloneVT()
	c.Agents[1].Queues = []string{"sales"}
	require.NoError(t, f.n.ApplyCenter(f.ctx, c))
	second := f.rings() // no other event than the configuration
	require.Equal(t, "bert", second.User)
	require.Equal(t, "spring", callSummary(t, f.n, second.Call).Campaign)
	f.hangUp(live)
	f.hangUp(waiting)
	third := f.callers.Dial(testNumber, "+15550003")
	n := f.rings()
	require.Equal(t, "autumn", callSummary(t, f.n, n.Call).Campaign)
	await(f.ctx, t, third.Answered())
	f.hangUp(third)
	f.asleep(n.Call)
	f.sound()
	require.Error(t, f.n.ApplyCenter(f.ctx, &cc.Center{Company: "other"}))
	require.Empty(t, actors.Audit(f.n.Journal(), true).Violations)
}
