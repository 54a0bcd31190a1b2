package agent

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// offerEnded: the call decided how the offer ended (R81). Always acknowledged, acted on once.
func (d *step) offerEnded(m *cc.OfferEnded) error {
	if m.Outcome == cc.OfferOutcome_OUTCOME_NONE {
		return cc.Errorf(cc.CodeBadCommand, "an offer ends with an outcome")
	}
	d.tellCall(m.Call, &cc.TellAcked{Agent: d.s.Id, Offer: m.Offer})
	if !d.onCall(m.Offer) {
		return nil
	}
	talking := d.s.Token.State == cc.TokenState_TALKING
	switch {
	case m.Outcome == cc.OfferOutcome_ANSWERED && !talking:
		d.answered(m.Epoch)
	case m.Outcome == cc.OfferOutcome_ANSWERED:
	case talking:
		// The call lost the answer it told of (its record was behind): nothing is owed but the token.
		d.free(m.Outcome, d.now, nil)
	default:
		d.unanswered(m.Outcome)
	}
	return nil
}

// answered: the token is on the call, the bubble has the focus (R38), misses are forgotten (R25).
func (d *step) answered(epoch uint64) {
	t := d.s.Token
	d.emit(&cc.TokenTalking{Offer: t.Offer})
	d.unheld = t.Call
	d.resetMisses()
	d.gained(t.Call, epoch)
	d.armProbe(TalkProbeMs)
}

// unanswered frees the token after any outcome but answered, with what R25 and R81 say of the status.
func (d *step) unanswered(outcome cc.OfferOutcome) {
	policy, idle := d.s.Token.Policy, d.s.IdleSinceMs
	switch outcome {
	case cc.OfferOutcome_MISSED, cc.OfferOutcome_REJECTED:
		d.refused(outcome)
	case cc.OfferOutcome_FAILED_BUSY:
		d.free(outcome, idle, nil)
		d.cooldown(policy.GetBusySkipMs(), DefaultBusySkipMs, outcome)
	case cc.OfferOutcome_FAILED_UNREACHABLE, cc.OfferOutcome_FAILED_CONNECT:
		d.free(outcome, idle, d.unreachable())
	default:
		d.free(outcome, idle, nil)
	}
}

// refused: only missed and rejected offers count and have an action (R25, R81); only `keep` moves the idle clock (R83).
func (d *step) refused(outcome cc.OfferOutcome) {
	policy, misses := d.s.Token.Policy, d.s.Misses+1
	action, reason := policy.GetOnReject(), cc.ReasonRejected
	if outcome == cc.OfferOutcome_MISSED {
		action, reason = policy.GetOnMiss(), cc.ReasonMissed
		if misses < max(policy.GetMaxMisses(), 1) {
			action = cc.MissAction_MISS_KEEP
		}
	}
	idle := d.s.IdleSinceMs
	var sys *cc.PresenceChanged
	switch action {
	case cc.MissAction_MISS_KEEP:
		idle = d.now
	case cc.MissAction_MISS_UNSET, cc.MissAction_MISS_UNAVAILABLE:
		sys = &cc.PresenceChanged{Presence: cc.Presence_UNAVAILABLE, Reason: reason, By: bySystem}
	}
	d.emit(&cc.MissesChanged{Misses: misses})
	d.free(outcome, idle, sys)
	if action == cc.MissAction_MISS_COOLDOWN {
		d.cooldown(policy.GetCooldownMs(), DefaultCooldownMs, outcome)
	}
}

// unreachable is the status after the phone could not be reached or its leg was lost (R81, R82, R85); the phone's
// return within ReturnMs gives the former one back.
func (d *step) unreachable() *cc.PresenceChanged {
	return &cc.PresenceChanged{
		Presence: cc.Presence_UNAVAILABLE, Reason: cc.ReasonEndpointUnreachable, By: bySystem,
		Former: d.s.Presence, FormerReason: d.s.Reason, FormerUntilMs: d.now + ReturnMs,
	}
}

func (d *step) cooldown(ms, defaultMs int64, because cc.OfferOutcome) {
	if ms <= 0 {
		ms = defaultMs
	}
	until := max(d.now+ms, d.s.CooldownUntilMs)
	d.emit(&cc.CooldownStarted{UntilMs: until, Because: because})
}

func (d *step) resetMisses() {
	if d.s.Misses != 0 {
		d.emit(&cc.MissesChanged{})
	}
}
