package agent

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
)

// world draws commands as calls, clients, phones and people could send them: in any order, repeated, late, and for
// offers that ended long ago. The rig checks each decision.
type world struct {
	*rig
	rt     *rapid.T
	offers []string // every id ever reserved
}

var wrapUps = []*cc.WrapUp{
	nil,
	{Mode: cc.WrapUpMode_WRAPUP_NONE, LengthMs: 30_000},
	{Mode: cc.WrapUpMode_WRAPUP_TIMED, LengthMs: 30_000, MaxMs: 100_000, Extensions: 2, ExtensionMs: 60_000},
	{Mode: cc.WrapUpMode_WRAPUP_TIMED_EARLY, LengthMs: 900_000, Extensions: 1},
	{Mode: cc.WrapUpMode_WRAPUP_MANUAL, MaxMs: 120_000},
	{Mode: cc.WrapUpMode_WRAPUP_TIMED},
	{Mode: cc.WrapUpMode_WRAPUP_MANUAL, EndsOnClose: true},
	{Mode: cc.WrapUpMode_WRAPUP_TIMED, LengthMs: 30_000, Clock: cc.WrapUpClock_WRAPUP_CLOCK_IMMEDIATELY},
}

func (w *world) command() any {
	rt := w.rt
	offer := "none"
	if n := len(w.offers); n > 0 {
		offer = w.offers[n-1]
		if rapid.IntRange(0, 3).Draw(rt, "late") == 0 {
			offer = rapid.SampledFrom(w.offers[max(0, n-MaxEndedOffers):]).Draw(rt, "offer")
		}
	}
	call := "call-" + offer
	desk := rapid.SampledFrom([]string{"d1", "d2", "d3"}).Draw(rt, "desk")
	session := rapid.SampledFrom([]string{"s1", "s2", "s3"}).Draw(rt, "session")
	by := rapid.SampledFrom([]string{"", "", "sue"}).Draw(rt, "by")
	switch rapid.IntRange(0, 23).Draw(rt, "kind") {
	case 0, 1, 2:
		if rapid.IntRange(0, 3).Draw(rt, "new") > 0 {
			offer = fmt.Sprint("o", len(w.offers))
			w.offers = append(w.offers, offer)
		}
		return &cc.Reserve{Offer: offer, Call: "call-" + offer, Queue: "sales", Tenant: "plumbing", Policy: w.policy()}
	case 3, 4:
		return &cc.OfferEnded{Offer: offer, Call: call, Outcome: w.outcome()}
	case 5:
		return &cc.OfferEnded{Offer: offer, Call: call, Outcome: cc.OfferOutcome_ANSWERED}
	case 6:
		return &cc.OfferConnecting{Offer: offer, Call: call}
	case 7:
		cause := rapid.SampledFrom([]cc.EndCause{cc.EndCause_END_CALLER, cc.EndCause_END_AGENT, cc.EndCause_END_AGENT_LOST})
		return &cc.LeftCall{Offer: offer, Call: call, Cause: cause.Draw(rt, "cause")}
	case 8:
		return &cc.TokenHeld{Offer: offer}
	case 9, 10:
		return &cc.SessionOpened{Session: session}
	case 11:
		return &cc.SessionClosed{Session: session}
	case 12:
		return &cc.SetPresence{Presence: cc.Presence_AVAILABLE, By: by}
	case 13:
		reason := rapid.SampledFrom([]string{"lunch", "training", "", "missed", "fishing"}).Draw(rt, "reason")
		presence := rapid.SampledFrom([]cc.Presence{cc.Presence_UNAVAILABLE, cc.Presence_OFFLINE, 0}).Draw(rt, "presence")
		return &cc.SetPresence{Presence: presence, Reason: reason, By: by}
	case 14:
		return &cc.EndpointChanged{Up: rapid.IntRange(0, 3).Draw(rt, "up") > 0}
	case 15:
		return rapid.SampledFrom([]any{&cc.FinishWrapUp{By: by}, &cc.ExtendWrapUp{}}).Draw(rt, "wrapup")
	case 16, 17:
		return &cc.DeskCallChanged{
			Call: desk, Class: cc.CallClass(rapid.IntRange(0, 4).Draw(rt, "class")),
			State: cc.DeskCallState(rapid.IntRange(0, 3).Draw(rt, "state")), Dialled: rapid.Bool().Draw(rt, "dialled"),
			Consult: rapid.IntRange(0, 5).Draw(rt, "consult") == 0, Bubble: rapid.Bool().Draw(rt, "bubble"),
			Conference: rapid.IntRange(0, 3).Draw(rt, "merged") == 0,
		}
	case 18:
		return w.queueCall(call)
	case 19, 20:
		if rapid.Bool().Draw(rt, "accept") {
			return &cc.AcceptCall{Call: call, Offer: offer, Session: session, HoldActive: rapid.Bool().Draw(rt, "hold")}
		}
		return &cc.AcceptCall{Call: desk, Session: session, HoldActive: rapid.Bool().Draw(rt, "hold")}
	case 21:
		return &cc.ResumeCall{Call: rapid.SampledFrom([]string{call, desk}).Draw(rt, "resume")}
	case 22:
		until := int64(0)
		if rapid.Bool().Draw(rt, "for a time") {
			until = w.now + 60_000
		}
		return &cc.SetMembership{
			Queue: rapid.SampledFrom([]string{"sales", "billing", "none"}).Draw(rt, "queue"), UntilMs: until,
			Member: rapid.IntRange(0, 3).Draw(rt, "member") > 0, By: "sue",
		}
	default:
		return rapid.SampledFrom([]any{
			&cc.SetFocus{Call: desk}, &cc.BubbleGained{Call: call}, &cc.BubbleLost{Call: desk}, &cc.NodeStarted{},
			&cc.BubbleGained{Call: call, Epoch: 2}, &cc.BubbleLost{Call: call, Epoch: 2, By: "bob"}, &cc.NoticesSeen{},
			&cc.AgentTimer{Name: timerWrapUp, Seq: 1}, &cc.AgentTimer{Name: timerProbe}, &cc.AgentTimer{Name: "none"},
			&cc.Arrive{}, &cc.RaiseHand{Call: call, Up: true}, &cc.RaiseHand{Call: desk, Up: true}, &cc.RaiseHand{By: by},
			&cc.AgentRemoved{}, &cc.BubbleLost{Call: call}, &cc.TokenHeld{Offer: offer, Call: w.queueCall(call)},
		}).Draw(rt, "other")
	}
}

func (w *world) queueCall(call string) *cc.DeskCallChanged {
	return &cc.DeskCallChanged{
		Call: call, Class: cc.CallClass_QUEUE_CALL, State: cc.DeskCallState(rapid.IntRange(2, 3).Draw(w.rt, "queue call")),
		Conference: rapid.IntRange(0, 5).Draw(w.rt, "merged") == 0, Bubble: true,
	}
}

func (w *world) policy() *cc.OfferPolicy {
	action := rapid.IntRange(0, 3)
	return &cc.OfferPolicy{
		OnMiss: cc.MissAction(action.Draw(w.rt, "miss")), OnReject: cc.MissAction(action.Draw(w.rt, "reject")),
		MaxMisses: rapid.Int32Range(0, 3).Draw(w.rt, "max"), Wrapup: rapid.SampledFrom(wrapUps).Draw(w.rt, "policy"),
	}
}

func (w *world) outcome() cc.OfferOutcome {
	return cc.OfferOutcome(rapid.IntRange(0, int(cc.OfferOutcome_FAILED_NODE_LOST)).Draw(w.rt, "outcome"))
}

// TestProperties: whatever comes in whatever order, the rig's checks hold (I1, I6, R16, events rebuild the state, an
// error emits nothing), tells are acknowledged, outcomes do what R81 and R83 say and no more, a repeat does nothing,
// and once calls have told their end and time has passed, the token is free.
func TestProperties(t *testing.T) {
	dir := directory(t, nil)
	phoneOnly := directory(t, map[string]string{"phone_only": "yes"})
	var granted, answered, wrapped int
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{rig: newRig(rt, rapid.SampledFrom([]*cc.Directory{dir, dir, phoneOnly}).Draw(rt, "dir")), rt: rt}
		w.now = 1_000_000 // no cluster's time is 0
		for _, m := range []any{
			&cc.SessionOpened{Session: "s1"}, &cc.EndpointChanged{Up: true}, &cc.SetPresence{Presence: cc.Presence_AVAILABLE},
		} {
			if _, err := w.do(m); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "time") {
			case 0, 1:
				w.wait(rapid.SampledFrom([]int64{1, 999, 2_000, 10_000, 45_000, 400_000, 2_000_000}).Draw(rt, "ms"), nil)
			case 2:
				w.restart()
				if rapid.IntRange(0, 19).Draw(rt, "removed") == 0 {
					w.dir = cc.NewDirectory(&cc.Center{})
				}
			default:
				w.stepChecked(w.command())
			}
		}
		granted += len(w.freed)
		w.drain()
		for _, e := range w.state.EndedOffers {
			if w.freed[e] != 1 {
				rt.Fatalf("%s is listed as ended but was freed %d times", e, w.freed[e])
			}
		}
		answered, wrapped = answered+w.talks, wrapped+w.wraps
	})
	if granted == 0 || answered == 0 || wrapped == 0 {
		t.Fatalf("the property met nothing: %d granted, %d answered, %d wrap-ups", granted, answered, wrapped)
	}
}

func (w *world) stepChecked(m any) {
	before := w.state.CloneVT()
	out, err := w.do(m)
	switch m := m.(type) {
	case *cc.OfferEnded:
		if err == nil {
			w.checkAck(out, false)
			w.checkOutcome(before, m)
		}
	case *cc.LeftCall:
		w.checkAck(out, true)
	}
	_, node := m.(*cc.NodeStarted)
	_, extend := m.(*cc.ExtendWrapUp)
	if !node && !extend {
		if again, _ := w.do(m); len(again.Events) > 0 {
			w.rt.Fatalf("%T %v repeated gives %v", m, m, again.Events)
		}
	}
}

// checkAck: exactly one acknowledgement for each tell, acted on or not.
func (w *world) checkAck(out cc.Outcome, left bool) {
	n := 0
	for _, e := range out.Effects {
		if tell, ok := e.(cc.TellCall); ok {
			if ack := tell.Cmd.GetTellAcked(); ack != nil && ack.Left == left {
				n++
			}
		}
	}
	if n != 1 {
		w.rt.Fatalf("%d acknowledgements", n)
	}
}

// checkOutcome: I10 and R83 for an offer that was reserved or connecting.
func (w *world) checkOutcome(before *cc.AgentState, m *cc.OfferEnded) {
	after, t := w.state, before.Token
	open := t.GetState() == cc.TokenState_RESERVED || t.GetState() == cc.TokenState_CONNECTING
	if t.GetOffer() != m.Offer || t.GetState() <= cc.TokenState_FREE {
		if after.Token.GetState() != before.Token.GetState() {
			w.rt.Fatalf("an ended offer %s moved the token of %s", m.Offer, t.GetOffer())
		}
		return
	}
	if !open {
		return
	}
	if m.Outcome == cc.OfferOutcome_ANSWERED {
		if after.Token.State != cc.TokenState_TALKING || after.Focus != m.Call || after.Misses != 0 {
			w.rt.Fatalf("answered: %v", after)
		}
		return
	}
	if after.Token.State != cc.TokenState_FREE {
		w.rt.Fatalf("%s left the token %s", m.Outcome, after.Token.State)
	}
	changing := []cc.OfferOutcome{
		cc.OfferOutcome_MISSED, cc.OfferOutcome_REJECTED, cc.OfferOutcome_FAILED_UNREACHABLE, cc.OfferOutcome_FAILED_CONNECT,
	}
	waited := before.NextPresence != cc.Presence_PRESENCE_UNKNOWN
	if !waited && after.Presence != before.Presence && !slices.Contains(changing, m.Outcome) {
		w.rt.Fatalf("I10: %s changed the status to %s", m.Outcome, after.Presence)
	}
	counts := slices.Contains(changing[:2], m.Outcome)
	if (after.Misses != before.Misses) != counts || !counts && after.IdleSinceMs != before.IdleSinceMs {
		w.rt.Fatalf("R81, R83: %s: misses %d, idle since %d", m.Outcome, after.Misses, after.IdleSinceMs)
	}
}

// drain: the call tells its end, wrap-up runs out: the token must be free and every grant given back once.
func (w *world) drain() {
	if t := w.state.Token; t.GetState() > cc.TokenState_FREE && t.State != cc.TokenState_WRAPUP {
		w.stepChecked(&cc.LeftCall{Offer: t.Offer, Call: t.Call, Cause: cc.EndCause_END_CALLER})
	}
	for _, c := range slices.Clone(w.state.Calls) {
		w.stepChecked(&cc.DeskCallChanged{Call: c.Call})
	}
	w.wait(DefaultMaxWrapUpMs, nil)
	if w.state.Swap != nil || w.state.Hand != nil || len(w.waits) > 0 {
		w.rt.Fatalf("without calls: swap %v, hand %v, waiting %v", w.state.Swap, w.state.Hand, w.waits)
	}
	if s := w.state.Token.GetState(); s > cc.TokenState_FREE {
		w.rt.Fatalf("the token is still %s", s)
	}
	if w.grants != len(w.freed) {
		w.rt.Fatalf("%d grants, %d given back", w.grants, len(w.freed))
	}
}
