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

// deskCallChanged keeps the list of calls that R18, R19 and R84 look at.
func (d *step) deskCallChanged(m *cc.DeskCallChanged) error {
	i := deskCall(d.s, m.Call)
	if m.State == cc.DeskCallState_DESK_CALL_UNKNOWN {
		if i >= 0 {
			d.emit(&cc.DeskChanged{Call: &cc.DeskCall{Call: m.Call, Class: d.s.Calls[i].Class}})
		}
		return nil
	}
	switch {
	case m.Call == "" || m.Class == cc.CallClass_CALL_CLASS_UNKNOWN:
		return cc.Errorf(cc.CodeBadCommand, "a call on the desk has an id and a class")
	case i < 0 && len(d.s.Calls) >= MaxDeskCalls:
		return cc.Errorf(cc.CodeOverloaded, "agent %s has %d calls on the desk", d.s.Id, MaxDeskCalls)
	case i >= 0 && d.s.Calls[i].Class == m.Class && d.s.Calls[i].State == m.State:
		return nil
	}
	d.emit(&cc.DeskChanged{Call: &cc.DeskCall{Call: m.Call, Class: m.Class, State: m.State, SinceMs: d.now}})
	return nil
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
