package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

func applyBubble(s *cc.CallState, m any, atMs int64) {
	switch m := m.(type) {
	case *cc.BubbleClaimed:
		s.Owner, s.OwnerEpoch, s.LateClaim = m.Agent, m.Epoch, m.Late
		if s.Phase == cc.CallPhase_ENDED {
			s.DeskSeq = newSeq(s) // an owned bubble stays longer (R87)
		}
	case *cc.BubbleTaken:
		s.Owner, s.OwnerEpoch = m.Agent, m.Epoch
	case *cc.BubbleCleared:
		s.Desk = cc.BubbleDesk_DESK_CLEARED
	case *cc.BubbleClosed:
		s.Desk, s.ClosedBy, s.ClosedMs, s.AutoClosed = cc.BubbleDesk_DESK_CLOSED, m.By, atMs, m.Auto
		s.Reason, s.ReasonLead = m.Reason, m.Lead
	case *cc.LinkChanged:
		s.Link, s.Customer, s.Location, s.Job = m.Level, m.Customer, m.Location, m.Job
	case *cc.AlsoBooked:
		s.AlsoBooked = append(s.AlsoBooked, m.Job)
	case *cc.NoteExcused:
		s.NoteExcused = true
	case *cc.Classified:
		s.Class, s.Provisional = m.Class, m.Provisional
	case *cc.DeskReminder:
		s.DeskStage, s.DeskSeq = m.Stage, m.TimerSeq
		takeSeq(s, m.TimerSeq)
	}
}
