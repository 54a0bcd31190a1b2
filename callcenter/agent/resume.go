package agent

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Resume gives what is still owed after a restart or takeover: timers at their absolute deadlines and, while a token is
// held, a probe at once. What the call was owed (TellAcked) needs no repeat: the call tells again until it has it.
func Resume(s *cc.AgentState, nowMs int64) []cc.Effect {
	d := &step{s: s, now: nowMs}
	switch s.Token.GetState() {
	case cc.TokenState_RESERVED, cc.TokenState_CONNECTING, cc.TokenState_TALKING:
		d.probe()
	case cc.TokenState_WRAPUP:
		if s.Token.WrapupPausedAtMs == 0 {
			d.setTimer(timerWrapUp, s.Token.TimerSeq, s.Token.WrapupUntilMs)
		}
	}
	if s.GraceSeq != 0 {
		d.setTimer(timerGrace, s.GraceSeq, s.GraceUntilMs)
	}
	if s.OfflineSeq != 0 {
		d.setTimer(timerOffline, s.OfflineSeq, s.OfflineAtMs)
	}
	if s.Swap != nil {
		d.tellSwap()
	}
	if s.QueuesSeq != 0 {
		d.setTimer(timerQueues, s.QueuesSeq, queuesDueMs(s, nil))
	}
	if s.DeskSeq != 0 {
		d.probeDesk()
	}
	return d.out.Effects
}
