package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// openOffer is the offer a client means, or why it cannot have it (R28).
func (d *decision) openOffer(offer, agent string) (*cc.Offer, error) {
	o := Open(d.s, offer)
	if o == nil {
		return nil, cc.Errorf(cc.CodeOfferGone, "the offer has ended")
	}
	if o.Agent != agent {
		return nil, cc.Errorf(cc.CodeNotYours, "the offer was made to another agent")
	}
	return o, nil
}

// accept by a client: the first one of the agent wins (R23). The ring deadline stops, the connect deadline runs (R82).
// A phone that rings already is called once more, in the way that makes it answer, in place of the call that rings; the
// agent of one that does not answer by itself is told to lift the handset, and the ring deadline stays. With ring_all
// several agents may accept; the first to be connected has the call.
func (d *decision) accept(m *cc.Accept) error {
	o, err := d.openOffer(m.Offer, m.Agent)
	if err != nil {
		return err
	}
	if o.Connecting {
		if o.AcceptedBy == m.Session {
			return nil // repeated
		}
		return cc.Errorf(cc.CodeOfferGone, "another client of yours has accepted the call")
	}
	if !fits(m.Session) {
		return cc.Errorf(cc.CodeBadCommand, "the session id is too long")
	}
	leg, rings := o.Leg, ""
	if o.Dialled {
		if !o.AutoAnswer || m.Leg == "" || m.Leg == leg {
			return cc.Errorf(cc.CodeAnswerOnPhone, "answer the call on the phone")
		}
		leg, rings = m.Leg, leg
	}
	d.emit(&cc.OfferAccepted{
		Offer: o.Id, By: m.Session, DeadlineMs: d.env.NowMs + o.Policy.ConnectTimeoutMs, TimerSeq: d.nextSeq(),
		Leg: leg,
	})
	if rings != "" {
		d.do(cc.EndLeg{Leg: rings, Elsewhere: true})
	}
	d.do(cc.DialAgent{Leg: leg, Agent: o.Agent, Offer: o.Id, AutoAnswer: o.AutoAnswer}, d.offerTimer(o), d.tellConnecting(o))
	return nil
}

func (d *decision) reject(m *cc.Reject) error {
	o, err := d.openOffer(m.Offer, m.Agent)
	if err != nil {
		return err
	}
	if o.Connecting {
		return cc.Errorf(cc.CodeOfferGone, "the call has been accepted already")
	}
	d.offerFailed(o, cc.OfferOutcome_REJECTED, "client", false)
	return nil
}

// withdraw: the agent's side wants the offer ended. It loses against an accept that came first (R28, R32).
func (d *decision) withdraw(m *cc.Withdraw) error {
	switch m.Reason {
	case cc.OfferOutcome_REFUSED_STATUS, cc.OfferOutcome_WITHDRAWN_SUPERSEDED, cc.OfferOutcome_WITHDRAWN_MOVED,
		cc.OfferOutcome_WITHDRAWN_QUEUE_CLOSED, cc.OfferOutcome_WITHDRAWN_DEACTIVATED:
	default:
		return cc.Errorf(cc.CodeBadCommand, "%s is no reason to withdraw an offer", m.Reason)
	}
	o := Open(d.s, m.Offer)
	if o == nil || o.Agent != m.Agent || o.Connecting {
		d.answerProbe(m.Offer, m.Agent)
		return nil
	}
	d.offerFailed(o, m.Reason, "", false)
	return nil
}
