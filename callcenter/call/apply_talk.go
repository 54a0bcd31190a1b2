package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

func applyAnswered(s *cc.CallState, m *cc.Answered, atMs int64) {
	s.LegAgent = Open(s, m.Offer).GetLeg()
	s.Phase, s.Offer, s.MoreOffers, s.GroupClosed = cc.CallPhase_BRIDGED, nil, nil, false
	s.Agent, s.AgentOffer, s.Wrapup = m.Agent, m.Offer, m.Wrapup.CloneVT()
	if s.Owner != m.Agent {
		tellLost(s, s.Owner, s.OwnerEpoch, m.Agent)
	}
	s.Owner, s.OwnerEpoch, s.Media = m.Agent, m.OwnerEpoch, cc.BubbleMedia_MEDIA_LIVE
	s.AnswerEpoch = m.OwnerEpoch
	if s.Desk != cc.BubbleDesk_DESK_SHOWN { // booked before the call came back: nothing to focus
		tellLost(s, s.Owner, s.OwnerEpoch, "")
	}
	if s.AnsweredMs == 0 {
		s.AnsweredMs = atMs
	}
	s.Segments = append(s.Segments, &cc.OwnerSegment{Agent: m.Agent, FromMs: atMs})
	s.Recording = m.Recording
	if m.Recording != "" {
		s.OpenRecordings, s.RecordingDone = append(s.OpenRecordings, m.Recording), false
	}
	putTell(s, &cc.PendingTell{Agent: m.Agent, Offer: m.Offer, Outcome: cc.OfferOutcome_ANSWERED, Epoch: m.OwnerEpoch})
	releasePlace(s, "")
}

func endHold(s *cc.CallState, atMs int64) {
	if s.Held {
		s.Segments[len(s.Segments)-1].HoldMs += atMs - s.HeldSinceMs
	}
	s.Held, s.HeldSinceMs, s.HoldSeq, s.HoldStage = false, 0, 0, ""
}

// leave takes the agent off the call and closes the segment; the agent is to be told.
func leave(s *cc.CallState, cause cc.EndCause, atMs int64) {
	endHold(s, atMs)
	g := s.Segments[len(s.Segments)-1]
	g.UntilMs, g.TalkMs = atMs, atMs-g.FromMs
	putTell(s, &cc.PendingTell{Agent: s.Agent, Offer: s.AgentOffer, Left: true, Cause: cause, Epoch: s.AnswerEpoch})
	s.Agent, s.LegAgent, s.ResumingAgent = "", "", false
}

func applyAgentLeft(s *cc.CallState, m *cc.AgentLeft, atMs int64) {
	leave(s, m.Cause, atMs)
	s.Phase, s.OffersMade = cc.CallPhase_WAITING, 0
	s.MaxWaitUntilMs, s.WaitSeq = m.MaxWaitUntilMs, m.WaitSeq
	takeSeq(s, m.WaitSeq)
}

func applyEnded(s *cc.CallState, m *cc.CallEnded, atMs int64) {
	if s.Agent != "" {
		leave(s, m.Cause, atMs)
	}
	endPlace(s)
	s.Phase, s.EndCause, s.EndedMs = cc.CallPhase_ENDED, m.Cause, atMs
	s.Media, s.ResumingCaller = cc.BubbleMedia_MEDIA_ENDED, false
	s.DeskSeq = newSeq(s)
}

// applyRecordingFinished: without an octet there is no file (it could not be started, or died with the disk), and
// nothing to fetch.
func applyRecordingFinished(s *cc.CallState, m *cc.RecordingFinished) {
	s.OpenRecordings = slices.DeleteFunc(s.OpenRecordings, func(id string) bool { return id == m.Recording })
	if m.Bytes > 0 {
		s.RecordingDone = len(s.OpenRecordings) == 0
	}
}
