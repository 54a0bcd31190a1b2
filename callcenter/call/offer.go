package call

import (
	"strconv"

	cc "github.com/wirechief/wirechief/callcenter"
)

// offerGranted: an agent gave its token for this call. Taken only if the call still waits in that queue and the agent
// may be tried again (R31); else the token goes back by OfferEnded.
func (d *decision) offerGranted(m *cc.OfferGranted) error {
	s := d.s
	if m.Offer == "" || m.Agent == "" || m.Reachable && m.Leg == "" {
		return cc.Errorf(cc.CodeBadCommand, "an offer needs an id, an agent and, for a phone that can be reached, a leg")
	}
	if o := Open(s, m.Offer); o != nil && o.Agent == m.Agent {
		return nil // repeated
	}
	if d.known(m.Offer) {
		d.answerProbe(m.Offer, m.Agent)
		return nil
	}
	if s.Phase != cc.CallPhase_WAITING && !mayJoin(s) || m.Queue != s.Queue || d.exhausted() || d.excluded(m.Agent) ||
		len(s.Tells)+openCount(s) >= maxTells {
		d.disown(m.Offer, m.Agent)
		return nil
	}
	policy := frozen(m.Policy)
	o := &cc.Offer{
		Id: m.Offer, Agent: m.Agent, Queue: m.Queue, MadeMs: d.env.NowMs,
		DeadlineMs: d.env.NowMs + policy.RingTimeoutMs, AnswerOn: m.AnswerOn, AutoAnswer: m.AutoAnswer,
		Dialled: m.Reachable && m.AnswerOn != cc.AnswerOn_ON_CLIENT,
		Policy:  policy, TimerSeq: d.nextSeq(),
	}
	d.emit(&cc.OfferMade{Offer: o, Explain: m.Explain, Leg: m.Leg, Channel: d.s.Channel})
	o = Open(s, m.Offer)
	if !m.Reachable {
		d.offerFailed(o, cc.OfferOutcome_FAILED_UNREACHABLE, "no_contact", true)
		return nil
	}
	if o.Dialled {
		d.do(cc.DialAgent{Leg: m.Leg, Agent: m.Agent, Offer: m.Offer})
	}
	d.do(d.offerTimer(o))
	return nil
}

// frozen is the policy with its defaults; later changes of the queue do not reach this offer.
func frozen(p *cc.OfferPolicy) *cc.OfferPolicy {
	q := p.CloneVT()
	if q == nil {
		q = &cc.OfferPolicy{}
	}
	q.RingTimeoutMs = orDefault(q.RingTimeoutMs, ringTimeoutMs)
	q.ConnectTimeoutMs = orDefault(q.ConnectTimeoutMs, connectLimitMs)
	q.ReofferAfterMs = orDefault(q.ReofferAfterMs, reofferAfterMs)
	q.BusySkipMs = orDefault(q.BusySkipMs, busySkipMs)
	return q
}

// excluded: the agent rings for this call, or had it not long ago (R31). That no other agent is left is the matcher's to
// know.
func (d *decision) excluded(agent string) bool {
	if findOffer(d.s, func(o *cc.Offer) bool { return o.Agent == agent }) != nil {
		return true
	}
	i, ok := findTried(d.s.Tried, agent)
	return ok && d.env.NowMs < d.s.Tried[i].ReofferAtMs
}

func (d *decision) offerTimer(o *cc.Offer) cc.Effect {
	return cc.SetTimer{Name: offerTimerName(d.s, o), Seq: o.TimerSeq, AtMs: o.DeadlineMs}
}

// closeOffer ends an open offer; what becomes of the call is the caller's to say. legOver: the phone's leg has ended.
func (d *decision) closeOffer(o *cc.Offer, outcome cc.OfferOutcome, detail string, legOver bool) {
	d.emit(&cc.OfferClosed{
		Offer: o.Id, Agent: o.Agent, Outcome: outcome, Detail: detail, ReofferAtMs: d.reofferAt(o, outcome),
	})
	if o.Dialled && !legOver {
		d.do(cc.EndLeg{Leg: o.Leg, Elsewhere: outcome == cc.OfferOutcome_WITHDRAWN_ANSWERED_ELSEWHERE})
	}
	d.tellLast(1)
}

// closeOffers ends every open offer but one; except nil: all.
func (d *decision) closeOffers(except *cc.Offer, outcome cc.OfferOutcome, detail string) {
	for _, o := range Offers(d.s) {
		if o != except {
			d.closeOffer(o, outcome, detail, false)
		}
	}
}

// offerFailed ends an open offer and leaves the call in its place, or to those who still ring.
func (d *decision) offerFailed(o *cc.Offer, outcome cc.OfferOutcome, detail string, legOver bool) {
	d.closeOffer(o, outcome, detail, legOver)
	if d.s.Offer == nil {
		d.stay()
	}
}

// reofferAt: who missed, rejected, refused or failed is not tried again at once (R31); 0 for the others. An offer lost
// with the process is nobody's fault.
func (d *decision) reofferAt(o *cc.Offer, outcome cc.OfferOutcome) int64 {
	switch outcome {
	case cc.OfferOutcome_FAILED_BUSY:
		return d.env.NowMs + o.Policy.BusySkipMs
	case cc.OfferOutcome_MISSED, cc.OfferOutcome_REJECTED, cc.OfferOutcome_REFUSED_STATUS,
		cc.OfferOutcome_FAILED_UNREACHABLE, cc.OfferOutcome_FAILED_CONNECT:
		return d.env.NowMs + o.Policy.ReofferAfterMs
	}
	return 0
}

// offerDeadline: the one deadline of the offer has come (R24, R81, R82).
func (d *decision) offerDeadline(o *cc.Offer) {
	switch {
	case o.Connecting:
		d.offerFailed(o, cc.OfferOutcome_FAILED_CONNECT, "timeout", false)
	case o.Dialled && !o.Rang:
		d.offerFailed(o, cc.OfferOutcome_FAILED_UNREACHABLE, "silent", false)
	default:
		d.offerFailed(o, cc.OfferOutcome_MISSED, "timeout", false)
	}
}

// phoneFailed: the phone's final answer was no (R81).
func (d *decision) phoneFailed(o *cc.Offer, code int32) {
	d.offerFailed(o, outcomeOf(code, o.Connecting), strconv.Itoa(int(code)), true)
}

func outcomeOf(code int32, connecting bool) cc.OfferOutcome {
	switch {
	case connecting:
		return cc.OfferOutcome_FAILED_CONNECT
	case code == 486 || code == 600:
		return cc.OfferOutcome_FAILED_BUSY
	case code == 603:
		return cc.OfferOutcome_REJECTED
	}
	return cc.OfferOutcome_FAILED_UNREACHABLE
}
