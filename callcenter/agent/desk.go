package agent

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// focus moves the one focus of the agent (R38); "" clears it.
func (d *step) focus(call string) {
	if d.s.Focus != call {
		d.emit(&cc.FocusChanged{Call: call})
	}
}

// focusOwn moves the focus to a call that was taken or resumed (R38), unless its bubble is known to have gone since the
// call said whose it is.
func (d *step) focusOwn(call string) {
	if !mark(d.s, call).GetLost() {
		d.focus(call)
	}
}

// deskCallChanged keeps the list of calls that R18, R19, R21 and R84 look at. The queue call is not in it: of that one
// only holding and merging are told here, the rest comes with its offer.
func (d *step) deskCallChanged(m *cc.DeskCallChanged) error {
	if m.Class == cc.CallClass_QUEUE_CALL {
		d.queueCallChanged(m)
		return nil
	}
	i := deskCall(d.s, m.Call)
	if m.State == cc.DeskCallState_DESK_CALL_UNKNOWN {
		if i >= 0 {
			d.emit(&cc.DeskChanged{Call: &cc.DeskCall{Call: m.Call, Class: d.s.Calls[i].Class}})
			d.keepWrapUpClock()
		}
		return nil
	}
	next := &cc.DeskCall{
		Call: m.Call, Class: m.Class, State: m.State, SinceMs: d.told(m), Dialled: m.Dialled, Consult: m.Consult,
		Conference: m.Conference, Bubble: m.Bubble,
	}
	was := cc.DeskCallState_DESK_RINGING
	switch {
	case m.Call == "" || m.Class == cc.CallClass_CALL_CLASS_UNKNOWN:
		return cc.Errorf(cc.CodeBadCommand, "a call on the desk has an id and a class")
	case i < 0 && !d.roomFor(m):
		return cc.Errorf(cc.CodeDeskFull, "agent %s has %d other calls", d.s.Id, len(d.s.Calls))
	case i < 0:
	case m.AtMs != 0 && m.AtMs < d.s.Calls[i].SinceMs || sameDeskCall(d.s.Calls[i], next):
		return nil
	default:
		was = d.s.Calls[i].State
	}
	e := &cc.DeskChanged{Call: next}
	if len(d.s.Calls) == 0 {
		e.TimerSeq = d.s.TimerSeq + 1
	}
	d.emit(e)
	if e.TimerSeq != 0 {
		d.setTimer(timerDesk, e.TimerSeq, d.now+DeskProbeMs)
	}
	d.deskCallStands(next, was)
	d.keepWrapUpClock()
	return nil
}

// told is when the call became what it says, as far as it says so.
func (d *step) told(m *cc.DeskCallChanged) int64 {
	if m.AtMs == 0 {
		return d.now
	}
	return m.AtMs
}

// deskCallStands: a received call that was taken ends a ringing queue offer (R84); one that is un-held has the focus (R38).
func (d *step) deskCallStands(c *cc.DeskCall, was cc.DeskCallState) {
	if c.State != cc.DeskCallState_DESK_ACTIVE {
		return
	}
	d.unheld = c.Call
	received := !c.Dialled && c.Class != cc.CallClass_OUTBOUND_CALL
	if received && was == cc.DeskCallState_DESK_RINGING {
		d.askBack(cc.OfferOutcome_WITHDRAWN_SUPERSEDED)
	}
	if c.Bubble && was != cc.DeskCallState_DESK_ACTIVE {
		d.focusOwn(c.Call)
	}
}

// deskFired asks each of the other calls how it stands, for as long as there are any.
func (d *step) deskFired(seq uint64) {
	if seq != 0 && d.s.DeskSeq == seq {
		d.probeDesk()
	}
}

func (d *step) probeDesk() {
	for _, c := range d.s.Calls {
		d.tellCall(c.Call, &cc.DeskProbe{Agent: d.s.Id})
	}
	d.setTimer(timerDesk, d.s.DeskSeq, d.now+DeskProbeMs)
}

// roomFor: direct, internal and outbound calls are counted together (R20); an emergency passes a full desk (R100).
func (d *step) roomFor(m *cc.DeskCallChanged) bool {
	limit := int(d.config().GetMaxOtherCalls())
	if limit <= 0 {
		limit = DefaultOtherCalls
	}
	return len(d.s.Calls) < min(limit, MaxDeskCalls) || m.Emergency && len(d.s.Calls) < MaxDeskCalls
}

// queueCallChanged: the queue call that holds the token was put on hold, resumed or merged; hold never frees the token
// (R16). A resumed one has the focus, if its bubble is the agent's (R38).
func (d *step) queueCallChanged(m *cc.DeskCallChanged) {
	t, held := d.s.Token, m.State == cc.DeskCallState_DESK_HELD
	if t.GetState() != cc.TokenState_TALKING || t.Call != m.Call || m.AtMs != 0 && m.AtMs < t.ToldMs ||
		t.Held == held && t.Conference == m.Conference {
		return
	}
	resumed := t.Held && !held
	d.emit(&cc.DeskChanged{Call: &cc.DeskCall{
		Call: m.Call, Class: m.Class, State: m.State, SinceMs: d.told(m), Conference: m.Conference,
	}})
	if !held {
		d.unheld = m.Call
	}
	if resumed && m.Bubble {
		d.focusOwn(m.Call)
	}
}

func sameDeskCall(a, b *cc.DeskCall) bool {
	return a.Class == b.Class && a.State == b.State && a.Dialled == b.Dialled && a.Consult == b.Consult &&
		a.Conference == b.Conference && a.Bubble == b.Bubble
}

// endpointChanged: the phone registered, or its registration is over. `up` counts as a return also when the phone was
// never seen to go (it answered no INVITE but its binding stood): tell it for a new registration, not for each refresh.
// Nobody is made Available without a client there, or one that may still come back.
func (d *step) endpointChanged(m *cc.EndpointChanged) {
	s := d.s
	if s.EndpointUp != m.Up {
		d.emit(&cc.AgentEndpointChanged{Up: m.Up})
	}
	if m.Up && (len(s.Sessions) > 0 || s.GraceSeq != 0 || d.config().GetPhoneOnly()) {
		d.giveBack(cc.ReasonEndpointUnreachable)
	}
}

func deskCall(s *cc.AgentState, call string) int {
	return slices.IndexFunc(s.Calls, func(x *cc.DeskCall) bool { return x.Call == call })
}
