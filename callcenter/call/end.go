package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// end is the only way to ENDED: once, with one cause (I2). over names the leg that has ended by itself.
func (d *decision) end(cause cc.EndCause, detail, over string) {
	s := d.s
	d.closeOffers(nil, outcomeAtEnd(cause), "")
	agent, legAgent := s.Agent, s.LegAgent
	d.emit(&cc.CallEnded{Cause: cause, Detail: detail})
	switch {
	case over == s.LegCaller:
	case s.ConnectedMs == 0:
		d.do(cc.RejectCaller{Leg: s.LegCaller, Code: codeUnavailable})
	default:
		d.do(cc.EndLeg{Leg: s.LegCaller, Cause: cause})
	}
	if agent != "" {
		if over != legAgent {
			d.do(cc.EndLeg{Leg: legAgent, Cause: cause})
		}
		d.stopRecording()
		d.tellLast(1)
	}
	d.tellPlace()
	d.afterEnd()
}

func outcomeAtEnd(cause cc.EndCause) cc.OfferOutcome {
	switch cause {
	case cc.EndCause_END_CALLER, cc.EndCause_END_CALLER_LOST:
		return cc.OfferOutcome_CALLER_GAVE_UP
	case cc.EndCause_END_NODE_LOST:
		return cc.OfferOutcome_FAILED_NODE_LOST
	}
	return cc.OfferOutcome_WITHDRAWN_MOVED
}

func (d *decision) stopRecording() {
	if d.s.Recording != "" {
		d.do(cc.StopRecording{Recording: d.s.Recording})
	}
}

// afterEnd: a booked bubble closes with the call (R47), one of a blocked caller never comes to a desk; the others wait
// there for a person, but not for ever (R87).
func (d *decision) afterEnd() {
	switch {
	case d.s.Link == cc.LinkLevel_LINK_BOOKED:
		d.offDesk(&cc.BubbleClosed{By: d.s.Owner})
	case d.s.Blocked:
		d.offDesk(&cc.BubbleClosed{By: bySystem, Auto: true})
	}
	d.classify()
	d.setDeskTimer()
}

// hangUp by the agent on the call, or by a supervisor at any time.
func (d *decision) hangUp(m *cc.HangUp) error {
	s := d.s
	switch {
	case s.Phase == cc.CallPhase_ENDED:
		return errEnded()
	case s.Agent != "" && s.Agent == m.Agent:
		d.end(cc.EndCause_END_AGENT, "client", "")
	case m.Supervisor:
		d.end(cc.EndCause_END_SUPERVISOR, m.Agent, "")
	default:
		return cc.Errorf(cc.CodeNotYours, "you are not on this call")
	}
	return nil
}

// agentLost: the agent's leg is gone without a hang-up. The caller hears hold audio and waits at the place its age
// gives it; the bubble keeps its owner until another agent answers (R85).
func (d *decision) agentLost(detail string) {
	s := d.s
	cause := cc.EndCause_END_AGENT_LOST
	if s.ResumingAgent {
		cause = cc.EndCause_END_NODE_LOST
	}
	if len(s.Segments) >= maxSegments {
		d.end(cause, detail, "")
		return
	}
	q := d.env.Dir.Queue(s.Queue)
	legAgent, held := s.LegAgent, s.Held
	d.emit(&cc.AgentLeft{
		Offer: s.AgentOffer, Agent: s.Agent, Cause: cause, Detail: detail,
		MaxWaitUntilMs: d.env.NowMs + orDefault(q.GetMaxWaitMs(), maxWaitMs), WaitSeq: d.nextSeq(),
	})
	if !held {
		d.do(cc.Unbridge{Caller: s.LegCaller, Agent: legAgent}, cc.PlayHold{Leg: s.LegCaller})
	}
	d.do(cc.EndLeg{Leg: legAgent, Cause: cause})
	d.stopRecording()
	d.tellLast(1)
	if q == nil {
		d.stay()
		return
	}
	d.do(d.maxWaitTimer())
}
