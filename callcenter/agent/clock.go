package agent

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// The clock of a wrap-up stands while a call that the agent did not choose takes their time: R21, `when_free`.

// takesTime says whether a call on the desk stops the clock: a received direct or internal call or a consult, once it
// was taken. One that only rings does not, and the agent's own calls do not.
func takesTime(c *cc.DeskCall) bool {
	switch {
	case c.State != cc.DeskCallState_DESK_ACTIVE && c.State != cc.DeskCallState_DESK_HELD:
		return false
	case c.Consult:
		return true
	}
	return !c.Dialled && (c.Class == cc.CallClass_DIRECT_CALL || c.Class == cc.CallClass_INTERNAL_CALL)
}

// stopper is the oldest call that stops the clock, "" when none does.
func stopper(s *cc.AgentState) string {
	if s.Token.GetWrapup().GetClock() == cc.WrapUpClock_WRAPUP_CLOCK_IMMEDIATELY {
		return ""
	}
	for _, c := range s.Calls {
		if takesTime(c) {
			return c.Call
		}
	}
	return ""
}

// pauseWrapUp stops a running clock where a call asks for it, and says whether it stands.
func (d *step) pauseWrapUp() bool {
	t, by := d.s.Token, stopper(d.s)
	if t.WrapupPausedAtMs == 0 && by != "" {
		d.emit(&cc.WrapUpPaused{Offer: t.Offer, RemainingMs: wrapUpLeftMs(t, d.now), Call: by})
	}
	return t.WrapupPausedAtMs != 0
}

// keepWrapUpClock brings the clock to the calls on the desk, after each change of them. Running again it gets a new
// absolute deadline, with all that was left.
func (d *step) keepWrapUpClock() {
	t := d.s.Token
	if t.GetState() != cc.TokenState_WRAPUP {
		return
	}
	if stopper(d.s) != "" {
		d.pauseWrapUp()
		return
	}
	if t.WrapupPausedAtMs == 0 {
		return
	}
	until, seq := d.now+t.WrapupRemainingMs, d.s.TimerSeq+1
	d.emit(&cc.WrapUpResumed{Offer: t.Offer, UntilMs: until, TimerSeq: seq})
	d.setTimer(timerWrapUp, seq, until)
}

// wrapUpLeftMs is what is left of the wrap-up's running clock.
func wrapUpLeftMs(t *cc.Token, nowMs int64) int64 {
	if t.WrapupPausedAtMs != 0 {
		return t.WrapupRemainingMs
	}
	return max(t.WrapupUntilMs-nowMs, 0)
}

// wrapUpRoomMs is how much longer the wrap-up may become: the cap is one of running clock (R32).
func wrapUpRoomMs(t *cc.Token) int64 {
	end := t.WrapupUntilMs
	if t.WrapupPausedAtMs != 0 {
		end = t.WrapupPausedAtMs + t.WrapupRemainingMs
	}
	return t.WrapupStartedMs + t.WrapupPausedMs + wrapUpCapMs(t.Wrapup) - end
}
