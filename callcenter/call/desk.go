package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Stages of an ended bubble that nobody closes (R87), in order.
const (
	stageOwesReason = "owes_reason"
	stageSupervisor = "supervisor"
)

// deskDueMs is when the desk timer fires next, 0 for never.
func deskDueMs(s *cc.CallState) int64 {
	if s.Phase != cc.CallPhase_ENDED || s.Desk == cc.BubbleDesk_DESK_CLOSED {
		return 0
	}
	p := s.DeskPolicy
	switch {
	case manual(s):
		return s.TouchedMs + orDefault(p.GetAutoCloseMs(), autoCloseMs)
	case s.Owner == "":
		return s.EndedMs + orDefault(p.GetUnclaimedMs(), unclaimedDeskMs)
	case s.DeskStage == "":
		return s.EndedMs + orDefault(p.GetOwesReasonMs(), owesReasonMs)
	case s.DeskStage == stageOwesReason:
		return s.EndedMs + orDefault(p.GetSupervisorMs(), supervisorMs)
	}
	return s.EndedMs + orDefault(p.GetAutoCloseMs(), autoCloseMs)
}

// DeskTimer is the desk timer as the state wants it; Name "" for none. Work on a manual bubble moves it without a word:
// one that was set before and comes too early sets it anew.
func DeskTimer(s *cc.CallState) cc.SetTimer {
	if at := deskDueMs(s); at != 0 {
		return cc.SetTimer{Name: TimerDesk, Seq: s.DeskSeq, AtMs: at}
	}
	return cc.SetTimer{}
}

func (d *decision) setDeskTimer() {
	if t := DeskTimer(d.s); t.Name != "" {
		d.do(t)
	}
}

func (d *decision) deskTimer() {
	s, due := d.s, deskDueMs(d.s)
	switch {
	case due == 0:
		return
	case manual(s) && d.env.NowMs < due: // somebody worked on it since
	case manual(s):
		d.offDesk(&cc.BubbleClosed{By: bySystem, Auto: true})
	case s.Owner == "":
		d.offDesk(&cc.BubbleCleared{Because: "unclaimed"})
		d.offDesk(&cc.BubbleClosed{By: bySystem, Auto: true})
	case s.DeskStage == "":
		d.emit(&cc.DeskReminder{Stage: stageOwesReason, TimerSeq: d.nextSeq()})
	case s.DeskStage == stageOwesReason:
		d.emit(&cc.DeskReminder{Stage: stageSupervisor, TimerSeq: d.nextSeq()})
	default:
		d.offDesk(&cc.BubbleClosed{By: bySystem, Auto: true})
	}
	d.classify()
	d.setDeskTimer()
}
