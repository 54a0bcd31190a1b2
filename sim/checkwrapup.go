package sim

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// wrapUpEvent checks I6: a wrap-up ends at its deadline, and one whose clock stood (R21) goes on with all that was left.
func (c *checker) wrapUpEvent(b *agentBook, e any, nowMs int64) {
	w := c.w
	switch m := e.(type) {
	case *cc.WrapUpExtended:
		b.until, b.left = m.UntilMs, m.RemainingMs
		if (m.UntilMs == 0) != b.paused {
			w.fail("I6", "the wrap-up of %s is extended to %d, its clock stands: %v", b.id, m.UntilMs, b.paused)
		}
	case *cc.WrapUpPaused:
		if b.paused || apart(m.RemainingMs, max(b.until-nowMs, 0)) {
			w.fail("I6", "the clock of %s stands with %d ms left, there were %d", b.id, m.RemainingMs, b.until-nowMs)
		}
		b.paused, b.until, b.left = true, 0, m.RemainingMs
		c.counts.Pauses++
	case *cc.WrapUpResumed:
		if !b.paused || apart(m.UntilMs-nowMs, b.left) {
			w.fail("I6", "the clock of %s runs again with %d ms left, it stood at %d", b.id, m.UntilMs-nowMs, b.left)
		}
		b.paused, b.until, b.left = false, m.UntilMs, 0
	case *cc.WrapUpEnded:
		if m.By == "system" {
			c.wrapUpOver(b, nowMs)
		}
		b.wrapUp, b.paused = false, false
	}
}

// near says that two times are further apart than I6 allows.
func apart(a, b int64) bool { return a-b > wrapUpSlackMs || b-a > wrapUpSlackMs }

// wrapUpOver: the deadline has come, not earlier and not much later.
func (c *checker) wrapUpOver(b *agentBook, nowMs int64) {
	late := nowMs - max(b.until, b.up)
	switch {
	case b.paused:
		c.w.fail("I6", "the wrap-up of %s ends while its clock stands", b.id)
	case nowMs < b.until:
		c.w.fail("I6", "the wrap-up of %s ends %d ms early", b.id, b.until-nowMs)
	case late > wrapUpSlackMs:
		c.w.fail("I6", "the wrap-up of %s ends %d ms late", b.id, late)
	}
}

// wrapUpStuck looks for what nobody reports: a wrap-up that does not end, or a clock that stands for no call (R21).
func (c *checker) wrapUpStuck(b *agentBook, nowMs int64) {
	switch {
	case b.paused && b.shadow.Token.GetWrapup().GetClock() != cc.WrapUpClock_WRAPUP_CLOCK_IMMEDIATELY && takenCall(b.shadow):
	case b.paused:
		c.w.fail("I6", "the clock of %s stands and no call was received", b.id)
	case nowMs > max(b.until, b.up)+wrapUpSlackMs+3000:
		c.w.fail("I6", "the wrap-up of %s was to end at %d, it is %d", b.id, b.until, nowMs)
	}
}

// takenCall: the desk has a received call or a consult that was taken, held or not.
func takenCall(s *cc.AgentState) bool {
	for _, c := range s.Calls {
		received := !c.Dialled && c.Class != cc.CallClass_OUTBOUND_CALL
		if c.State != cc.DeskCallState_DESK_RINGING && (received || c.Consult) {
			return true
		}
	}
	return false
}
