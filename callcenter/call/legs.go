package call

import (
	"strconv"

	cc "github.com/wirechief/wirechief/callcenter"
)

func (d *decision) isCaller(leg string) bool { return leg != "" && leg == d.s.LegCaller }
func (d *decision) isAgent(leg string) bool  { return leg != "" && leg == d.s.LegAgent }

// legRang: an 18x of the agent's phone; only the first one matters (R81).
func (d *decision) legRang(m *cc.LegRang) {
	if o := OfLeg(d.s, m.Leg); o != nil && o.Dialled && !o.Rang {
		d.emit(&cc.OfferRang{Offer: o.Id})
	}
}

// legAnswered: the agent's phone took the offer, or a leg that was resumed shows that it lives. The answer of an offer
// that has ended is not the call's: the leg acknowledges it and hangs up (R82).
func (d *decision) legAnswered(m *cc.LegAnswered) {
	if o := OfLeg(d.s, m.Leg); o != nil && o.Dialled {
		d.answer(o)
		return
	}
	d.confirm(m.Leg)
}

// confirm takes a resumed leg off the list of those that may have died with the process.
func (d *decision) confirm(leg string) {
	if d.s.ResumingCaller && d.isCaller(leg) || d.s.ResumingAgent && d.isAgent(leg) {
		d.emit(&cc.LegConfirmed{Leg: leg})
	}
}

func (d *decision) legFailed(m *cc.LegFailed) {
	s, o := d.s, OfLeg(d.s, m.Leg)
	switch {
	case s.Phase == cc.CallPhase_ENDED:
	case d.isCaller(m.Leg) && s.ConnectedMs == 0:
		d.end(cc.EndCause_END_CALLER, strconv.Itoa(int(m.Code)), m.Leg)
	case d.isCaller(m.Leg):
		d.end(d.callerLost(), strconv.Itoa(int(m.Code)), m.Leg)
	case o != nil && o.Dialled:
		d.phoneFailed(o, m.Code)
	case d.isAgent(m.Leg) && s.Phase == cc.CallPhase_BRIDGED:
		d.agentLost(strconv.Itoa(int(m.Code)))
	}
}

func (d *decision) legEnded(m *cc.LegEnded) {
	s, o, detail := d.s, OfLeg(d.s, m.Leg), clean(m.Detail)
	switch {
	case s.Phase == cc.CallPhase_ENDED:
	case d.isCaller(m.Leg) && m.Lost:
		d.end(d.callerLost(), detail, m.Leg)
	case d.isCaller(m.Leg):
		d.end(cc.EndCause_END_CALLER, detail, m.Leg)
	case o != nil && o.Dialled:
		d.offerFailed(o, outcomeOf(0, o.Connecting), detail, true)
	case d.isAgent(m.Leg) && s.Phase == cc.CallPhase_BRIDGED && m.Lost:
		d.agentLost(detail)
	case d.isAgent(m.Leg) && s.Phase == cc.CallPhase_BRIDGED:
		d.end(cc.EndCause_END_AGENT, detail, m.Leg)
	}
}

// callerLost: a talking call whose leg does not answer after a restart died with the process.
func (d *decision) callerLost() cc.EndCause {
	if d.s.ResumingCaller {
		return cc.EndCause_END_NODE_LOST
	}
	return cc.EndCause_END_CALLER_LOST
}

// legHeld: hold pressed on the agent's phone. A hold by the caller's side changes nothing here.
func (d *decision) legHeld(m *cc.LegHeld) {
	d.confirm(m.Leg)
	if d.isAgent(m.Leg) && d.s.Phase == cc.CallPhase_BRIDGED {
		if m.Held != d.s.Held {
			d.setHeld(m.Held, "phone")
			d.do(tellAgent(d.s.Agent, d.standing()))
		}
	}
}
