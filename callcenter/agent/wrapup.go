package agent

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// leftCall: the answered call is over for this agent. Always acknowledged; wrap-up starts once, by the policy frozen in
// the token (R32). A LeftCall that overtook OfferEnded{answered} stands for both.
func (d *step) leftCall(m *cc.LeftCall) {
	d.tellCall(m.Call, &cc.TellAcked{Agent: d.s.Id, Offer: m.Offer, Left: true})
	if !d.onCall(m.Offer) {
		return
	}
	if d.s.Token.State != cc.TokenState_TALKING {
		d.emit(&cc.TokenTalking{Offer: m.Offer})
		d.resetMisses()
		d.gained(m.Call, m.Epoch)
	}
	if m.Cause == cc.EndCause_END_AGENT_LOST { // R85: no wrap-up
		d.free(cc.OfferOutcome_ANSWERED, d.now, d.unreachable())
		return
	}
	t := d.s.Token
	length := wrapUpLengthMs(t.Wrapup)
	if length <= 0 {
		d.free(cc.OfferOutcome_ANSWERED, d.now, nil)
		return
	}
	until, seq := d.now+length, d.s.TimerSeq+1
	d.emit(&cc.WrapUpStarted{Offer: t.Offer, Call: t.Call, Mode: t.Wrapup.Mode, UntilMs: until, TimerSeq: seq})
	if !d.pauseWrapUp() {
		d.setTimer(timerWrapUp, seq, until)
	}
}

// wrapUpLengthMs: 0 when none is owed; a manual one runs to the cap unless it is finished.
func wrapUpLengthMs(w *cc.WrapUp) int64 {
	switch w.GetMode() {
	case cc.WrapUpMode_WRAPUP_TIMED, cc.WrapUpMode_WRAPUP_TIMED_EARLY:
		return min(w.LengthMs, wrapUpCapMs(w))
	case cc.WrapUpMode_WRAPUP_MANUAL:
		return wrapUpCapMs(w)
	}
	return 0
}

func wrapUpCapMs(w *cc.WrapUp) int64 {
	if w.GetMaxMs() <= 0 {
		return DefaultMaxWrapUpMs
	}
	return w.MaxMs
}

func (d *step) finishWrapUp(m *cc.FinishWrapUp) error {
	t := d.s.Token
	if t.GetState() != cc.TokenState_WRAPUP {
		return noWrapUp()
	}
	if m.By == "" && t.Wrapup.GetMode() == cc.WrapUpMode_WRAPUP_TIMED {
		return cc.Errorf(cc.CodeWrapupMandatory, "this wrap-up runs to its end")
	}
	d.endWrapUp(m.By)
	return nil
}

// extendWrapUp lengthens a timed wrap-up by one extension of the policy, never past the cap.
func (d *step) extendWrapUp() error {
	t := d.s.Token
	if t.GetState() != cc.TokenState_WRAPUP {
		return noWrapUp()
	}
	left, w := wrapUpLeftMs(t, d.now), t.Wrapup
	longer := min(left+w.GetExtensionMs(), left+wrapUpRoomMs(t))
	switch {
	case w.GetMode() == cc.WrapUpMode_WRAPUP_MANUAL:
		return cc.Errorf(cc.CodeExtendLimit, "a manual wrap-up has no extensions")
	case t.WrapupExtended >= w.GetExtensions():
		return cc.Errorf(cc.CodeExtendLimit, "no extension is left")
	case longer <= left:
		return cc.Errorf(cc.CodeExtendLimit, "the longest wrap-up is reached")
	}
	if t.WrapupPausedAtMs != 0 {
		d.emit(&cc.WrapUpExtended{Offer: t.Offer, RemainingMs: longer})
		return nil
	}
	until, seq := d.now+longer, d.s.TimerSeq+1
	d.emit(&cc.WrapUpExtended{Offer: t.Offer, UntilMs: until, TimerSeq: seq})
	d.setTimer(timerWrapUp, seq, until)
	return nil
}

func (d *step) wrapUpFired(seq uint64) {
	t := d.s.Token
	if t.GetState() != cc.TokenState_WRAPUP || seq == 0 || t.TimerSeq != seq || d.tooEarly(timerWrapUp, seq, t.WrapupUntilMs) {
		return
	}
	d.endWrapUp(bySystem)
}

// endWrapUp frees the token: the agent is eligible in the same step (R33).
func (d *step) endWrapUp(by string) {
	d.emit(&cc.WrapUpEnded{Offer: d.s.Token.Offer, By: by})
	d.free(cc.OfferOutcome_ANSWERED, d.now, nil)
}

func noWrapUp() error { return cc.Errorf(cc.CodeNoWrapup, "there is no wrap-up") }
