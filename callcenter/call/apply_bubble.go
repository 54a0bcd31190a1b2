package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

func applyBubble(s *cc.CallState, m any, atMs int64) {
	switch m := m.(type) {
	case *cc.BubbleClaimed:
		s.Owner, s.OwnerEpoch, s.LateClaim = m.Agent, m.Epoch, m.Late
		s.TouchedMs = touched(s, atMs)
		if s.Phase == cc.CallPhase_ENDED {
			s.DeskSeq = newSeq(s) // an owned bubble stays longer (R87)
		}
		tellGained(s, m.Agent)
	case *cc.BubbleTaken:
		tellLost(s, s.Owner, s.OwnerEpoch, m.Agent)
		s.Owner, s.OwnerEpoch = m.Agent, m.Epoch
		s.TouchedMs = touched(s, atMs)
		tellGained(s, m.Agent)
	case *cc.BubbleCleared:
		s.Desk = cc.BubbleDesk_DESK_CLEARED
		tellLost(s, s.Owner, s.OwnerEpoch, "")
	case *cc.BubbleClosed:
		if s.Desk == cc.BubbleDesk_DESK_SHOWN {
			tellLost(s, s.Owner, s.OwnerEpoch, "")
		}
		s.Desk, s.ClosedBy, s.ClosedMs, s.AutoClosed = cc.BubbleDesk_DESK_CLOSED, m.By, atMs, m.Auto
		s.Reason, s.ReasonLead = m.Reason, m.Lead
		s.Draft = nil // kept until here (R39); what was typed is in the history
	case *cc.OfferDisowned:
		putTold(s, &cc.PendingTell{Agent: m.Agent, Offer: m.Offer, Outcome: cc.OfferOutcome_WITHDRAWN_MOVED})
	case *cc.LinkChanged:
		s.Link, s.Customer, s.Location, s.Job = m.Level, m.Customer, m.Location, m.Job
		s.LinkSuggested = m.Suggested
	case *cc.AlsoBooked:
		s.AlsoBooked = append(s.AlsoBooked, m.Job)
	case *cc.NoteExcused:
		s.NoteExcused = true
	case *cc.Classified:
		s.Class, s.Provisional = m.Class, m.Provisional
	case *cc.DeskReminder:
		s.DeskStage, s.DeskSeq = m.Stage, m.TimerSeq
		takeSeq(s, m.TimerSeq)
	default:
		applyDesk(s, m, atMs)
	}
}
