package agent

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// raiseHand asks for help on a call (R89); there is one hand, on the call it was last raised on.
func (d *step) raiseHand(m *cc.RaiseHand) error {
	s := d.s
	switch {
	case !m.Up && (s.Hand == nil || m.Call != "" && s.Hand.Call != m.Call):
		return cc.Errorf(cc.CodeNoHand, "no hand is raised on this call")
	case !m.Up:
		d.emit(&cc.HandLowered{Call: s.Hand.Call, By: m.By})
	case !talksOn(s, m.Call):
		return cc.Errorf(cc.CodeNotConnected, "agent %s is not on call %q", s.Id, m.Call)
	case s.Hand.GetCall() != m.Call:
		d.lowerHand()
		d.emit(&cc.HandRaised{Call: m.Call})
	}
	return nil
}

// keepHand lowers the hand when its call is over.
func (d *step) keepHand() {
	if h := d.s.Hand; h != nil && !talksOn(d.s, h.Call) {
		d.lowerHand()
	}
}

func (d *step) lowerHand() {
	if h := d.s.Hand; h != nil {
		d.emit(&cc.HandLowered{Call: h.Call, By: bySystem})
	}
}

// talksOn: the agent is on the call, held or not.
func talksOn(s *cc.AgentState, call string) bool {
	if s.Token.GetState() == cc.TokenState_TALKING && s.Token.Call == call {
		return true
	}
	i := deskCall(s, call)
	return i >= 0 && s.Calls[i].State != cc.DeskCallState_DESK_RINGING
}
