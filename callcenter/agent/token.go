package agent

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// holds says whether the token is taken by this offer, in any state.
func (d *step) holds(offer string) bool {
	return d.s.Token.GetState() > cc.TokenState_FREE && d.s.Token.Offer == offer
}

// onCall: the token is held and the call has not yet told that the agent is through with it.
func (d *step) onCall(offer string) bool {
	return d.holds(offer) && d.s.Token.State != cc.TokenState_WRAPUP
}

// reserve grants the token for one offer (R16) or refuses with the R80 code. A repeat is told again.
func (d *step) reserve(m *cc.Reserve) error {
	if d.onCall(m.Offer) {
		d.regrant(m)
		return nil
	}
	if d.holds(m.Offer) || slices.Contains(d.s.EndedOffers, m.Offer) {
		return cc.Errorf(cc.CodeOfferGone, "offer %s has ended", m.Offer)
	}
	if m.Offer == "" || m.Call == "" {
		return cc.Errorf(cc.CodeBadCommand, "a reservation names offer and call")
	}
	cfg, queue, sum := d.config(), d.env.Dir.Queue(m.Queue), Summary(d.s)
	if code := cc.Eligible(sum, cfg, queue, m.Tenant, d.now); code != "" {
		err := cc.Errorf(code, "agent %s cannot be offered the call", d.s.Id)
		if detail := cc.EligibleDetail(code, sum, queue); detail != "" {
			err = err.With("detail", detail)
		}
		return err
	}
	d.emit(&cc.TokenGranted{
		Offer: m.Offer, Call: m.Call, Queue: m.Queue, Tenant: m.Tenant,
		Policy: m.Policy, Explain: m.Explain, Leg: d.env.IDs.Next("leg-"),
	})
	d.grant(cfg, m.Explain)
	d.armProbe(ProbeMs)
	return nil
}

// regrant: the matcher or the wire repeated a Reserve; the call may not have had the grant.
func (d *step) regrant(m *cc.Reserve) {
	switch {
	case d.s.Token.Withdrawing:
		d.withdraw()
	case d.s.Token.State == cc.TokenState_RESERVED:
		d.grant(d.config(), m.Explain)
	}
}

func (d *step) grant(cfg *cc.Agent, explain *cc.Explain) {
	t := d.s.Token
	d.tellCall(t.Call, &cc.OfferGranted{
		Offer: t.Offer, Agent: d.s.Id, Queue: t.Queue, Policy: t.Policy, Explain: explain,
		AnswerOn: cfg.GetAnswerOn(), AutoAnswer: cfg.GetAutoAnswer(), Leg: t.Leg, Reachable: d.s.EndpointUp,
	})
}

func (d *step) offerConnecting(m *cc.OfferConnecting) {
	if d.holds(m.Offer) && d.s.Token.State == cc.TokenState_RESERVED {
		d.emit(&cc.TokenConnecting{Offer: m.Offer})
		d.unheld = d.s.Token.Call
	}
}

// tokenHeld: the call still has the offer, so the silence it is asked about starts anew.
func (d *step) tokenHeld(m *cc.TokenHeld) {
	if !d.onCall(m.Offer) {
		return
	}
	if d.s.Token.State == cc.TokenState_TALKING {
		if m.Call != nil { // a hold that was told got lost
			d.queueCallChanged(m.Call)
		}
		d.armProbe(TalkProbeMs)
		return
	}
	if d.s.Token.Withdrawing { // the wish got lost
		d.withdraw()
	}
	d.armProbe(ProbeMs)
}

func (d *step) probeFired(seq uint64) {
	if t := d.s.Token; t.GetTimerSeq() == seq && d.onCall(t.GetOffer()) {
		d.probe()
	}
}

// probe asks the call, and again until it says something. A wish to withdraw goes with it, it may have been lost.
func (d *step) probe() {
	t := d.s.Token
	if t.Withdrawing {
		d.withdraw()
	}
	d.tellCall(t.Call, &cc.TokenProbe{Offer: t.Offer, Agent: d.s.Id})
	d.armProbe(ProbeMs)
}

func (d *step) armProbe(afterMs int64) {
	d.setTimer(timerProbe, d.s.Token.TimerSeq, d.now+afterMs)
}

// askBack asks the call to end the ringing offer for this reason, once; the call decides.
func (d *step) askBack(reason cc.OfferOutcome) {
	t := d.s.Token
	if t.GetState() != cc.TokenState_RESERVED || t.Withdrawing {
		return
	}
	d.emit(&cc.TokenWithdrawing{Offer: t.Offer, Reason: reason})
	d.withdraw()
}

func (d *step) withdraw() {
	t := d.s.Token
	d.tellCall(t.Call, &cc.Withdraw{Offer: t.Offer, Agent: d.s.Id, Reason: t.WithdrawReason})
}

// free gives the token back and takes the presence that waited for it. sys is what the outcome itself wants the
// presence to be, nil if nothing: it yields to a person's stored wish and to a sign-out.
func (d *step) free(outcome cc.OfferOutcome, idleSinceMs int64, sys *cc.PresenceChanged) {
	t := d.s.Token
	d.emit(&cc.TokenFreed{Offer: t.Offer, Call: t.Call, Outcome: outcome, IdleSinceMs: idleSinceMs})
	d.settle(sys)
}
