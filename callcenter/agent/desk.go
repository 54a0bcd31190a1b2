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

// bubbleLost: taken over by somebody (m.By), or it left the desk: then the wrap-up of its call ends where the policy
// says so (R32).
func (d *step) bubbleLost(m *cc.BubbleLost) {
	if d.s.Focus == m.Call {
		d.focus("")
	}
	t := d.s.Token
	if m.By == "" && t.GetState() == cc.TokenState_WRAPUP && t.Call == m.Call && t.Wrapup.GetEndsOnClose() {
		d.endWrapUp(byClosed)
	}
}

// deskCallChanged keeps the list of calls that R18, R19, R21 and R84 look at. The queue call is not in it: of that one
// only holding is told here, the rest comes with its offer.
func (d *step) deskCallChanged(m *cc.DeskCallChanged) error {
	if m.Class == cc.CallClass_QUEUE_CALL {
		d.queueCallHeld(m)
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
		Call: m.Call, Class: m.Class, State: m.State, SinceMs: d.now, Dialled: m.Dialled, Consult: m.Consult,
	}
	switch {
	case m.Call == "" || m.Class == cc.CallClass_CALL_CLASS_UNKNOWN:
		return cc.Errorf(cc.CodeBadCommand, "a call on the desk has an id and a class")
	case i < 0 && !d.roomFor(m):
		return cc.Errorf(cc.CodeDeskFull, "agent %s has %d other calls", d.s.Id, len(d.s.Calls))
	case i >= 0 && sameDeskCall(d.s.Calls[i], next):
		return nil
	}
	d.emit(&cc.DeskChanged{Call: next})
	d.keepWrapUpClock()
	return nil
}

// roomFor: direct, internal and outbound calls are counted together (R20); an emergency passes a full desk (R100).
func (d *step) roomFor(m *cc.DeskCallChanged) bool {
	limit := int(d.config().GetMaxOtherCalls())
	if limit <= 0 {
		limit = DefaultOtherCalls
	}
	return len(d.s.Calls) < min(limit, MaxDeskCalls) || m.Emergency && len(d.s.Calls) < MaxDeskCalls
}

// queueCallHeld: the queue call that holds the token was put on hold or resumed; hold never frees the token (R16).
func (d *step) queueCallHeld(m *cc.DeskCallChanged) {
	t, held := d.s.Token, m.State == cc.DeskCallState_DESK_HELD
	if t.GetState() == cc.TokenState_TALKING && t.Call == m.Call && t.Held != held {
		d.emit(&cc.DeskChanged{Call: &cc.DeskCall{Call: m.Call, Class: m.Class, State: m.State, SinceMs: d.now}})
	}
}

func sameDeskCall(a, b *cc.DeskCall) bool {
	return a.Class == b.Class && a.State == b.State && a.Dialled == b.Dialled && a.Consult == b.Consult
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
