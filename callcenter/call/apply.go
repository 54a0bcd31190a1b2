package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Apply changes the state by one event; it is the only place where state changes. It refuses nothing, and keeps no part
// of the event. Events it does not know are skipped.
func Apply(s *cc.CallState, e *cc.Event, atMs int64) {
	switch m := e.Message().(type) {
	case *cc.CallArrived:
		applyArrived(s, m, atMs)
	case *cc.CallQueued:
		applyQueued(s, m, atMs)
	case *cc.CallerConnected:
		s.ConnectedMs = atMs
	case *cc.OfferMade:
		applyOfferMade(s, m)
	case *cc.OfferRang:
		Open(s, m.Offer).Rang = true
	case *cc.OfferAccepted:
		applyOfferAccepted(s, m)
	case *cc.OfferClosed:
		applyOfferClosed(s, m, atMs)
	case *cc.Answered:
		applyAnswered(s, m, atMs)
	case *cc.TellAcknowledged:
		applyAcknowledged(s, m)
	case *cc.CallHeld:
		s.Held, s.HeldSinceMs, s.HoldSeq = true, atMs, m.TimerSeq
		takeSeq(s, m.TimerSeq)
	case *cc.CallResumed:
		endHold(s, atMs)
	case *cc.CallInterrupted:
		s.ResumingCaller = s.Phase == cc.CallPhase_BRIDGED
		s.ResumingAgent = s.ResumingCaller
	case *cc.LegConfirmed:
		s.ResumingCaller = s.ResumingCaller && m.Leg != s.LegCaller
		s.ResumingAgent = s.ResumingAgent && m.Leg != s.LegAgent
	case *cc.AgentLeft:
		applyAgentLeft(s, m, atMs)
	case *cc.CallEnded:
		applyEnded(s, m, atMs)
	case *cc.RecordingFinished:
		applyRecordingFinished(s, m)
	default:
		applyWaiting(s, m)
		applyBubble(s, m, atMs)
	}
}

// applyWaiting: what becomes of a place in line.
func applyWaiting(s *cc.CallState, m any) {
	switch m := m.(type) {
	case *cc.OfferGroupClosed:
		s.GroupClosed = true
	case *cc.CallMoved:
		if m.Head {
			s.Priority, s.PriorityMs = m.Priority, m.PriorityMs
		}
	case *cc.PriorityChanged:
		s.Priority, s.PriorityMs = m.Priority, m.PriorityMs
	case *cc.PlaceTaken:
		applyPlaceTaken(s, m)
	case *cc.PlaceAcknowledged:
		s.PlaceTells = slices.DeleteFunc(s.PlaceTells, func(t *cc.PlaceTell) bool {
			return t.Call == m.Call && t.Told == m.Told
		})
	case *cc.HoldReminder:
		s.HoldStage, s.HoldSeq = m.Stage, m.TimerSeq
		takeSeq(s, m.TimerSeq)
	}
}

func applyArrived(s *cc.CallState, m *cc.CallArrived, atMs int64) {
	s.Id, s.Company, s.Tenant, s.Campaign = m.Call, m.Company, m.Tenant, m.Campaign
	s.Number, s.NumberRole, s.Workflow = m.Number, m.NumberRole, m.Workflow
	s.Caller, s.CallerName, s.DivertedFrom = m.Caller, m.CallerName, m.DivertedFrom
	s.Test, s.Blocked, s.Mode, s.Channel = m.Test, m.Blocked, m.Mode, cc.Channel_VOICE // the only one that calls have
	s.Direction, s.DeskPolicy = m.Direction, m.Desk.CloneVT()
	s.Phase, s.ArrivedMs, s.LegCaller = cc.CallPhase_ARRIVED, atMs, m.Leg
	s.Connect, s.ConnectAfterMs, s.ConnectSeq = m.Connect, m.ConnectAfterMs, m.ConnectSeq
	s.LeadThresholdMs, s.LastAgent = m.LeadThresholdMs, m.LastAgent
	s.CallerMs = append([]int64(nil), m.CallerMs...)
	s.Media, s.Desk, s.Provisional = cc.BubbleMedia_MEDIA_RINGING, cc.BubbleDesk_DESK_SHOWN, true
	takeSeq(s, m.ConnectSeq)
}

func applyQueued(s *cc.CallState, m *cc.CallQueued, atMs int64) {
	s.Phase, s.Queue, s.Step = cc.CallPhase_WAITING, m.Queue, m.Step
	s.EnqueuedMs, s.MaxWaitUntilMs, s.WaitSeq = m.EnqueuedMs, m.MaxWaitUntilMs, m.WaitSeq
	s.PriorityMs, s.Priority, s.StrictPriority = m.PriorityMs, m.Priority, m.StrictPriority
	s.MaxOffers, s.OffersMade = m.MaxOffers, 0
	s.Skills, s.Preferred, s.RingMax, s.KeepLast = nil, m.Preferred, m.RingMax, m.KeepLast
	for _, n := range m.Skills {
		s.Skills = append(s.Skills, n.CloneVT())
	}
	s.RedialWindowMs = m.RedialWindowMs
	if s.EnteredMs = m.EnteredMs; s.EnteredMs == 0 {
		s.EnteredMs = atMs
	}
	applyPlace(s, m, atMs)
	takeSeq(s, m.WaitSeq)
}

// takeSeq remembers the highest timer number given out.
func takeSeq(s *cc.CallState, seq uint64) { s.TimerSeq = max(s.TimerSeq, seq) }

// newSeq gives out a number for a timer whose event carries none.
func newSeq(s *cc.CallState) uint64 {
	s.TimerSeq++
	return s.TimerSeq
}
