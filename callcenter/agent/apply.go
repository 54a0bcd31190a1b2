package agent

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Apply changes the state by one event that happened at atMs. Events of other machines are ignored. State keeps
// messages of the event (policies, desk calls); neither is changed afterwards, only replaced.
func Apply(s *cc.AgentState, e *cc.Event, atMs int64) {
	switch m := e.Message().(type) {
	case *cc.AgentCreated:
		s.Id, s.Company = m.Agent, m.Company
		s.Presence, s.PresenceSinceMs = cc.Presence_OFFLINE, atMs
		s.Token = &cc.Token{State: cc.TokenState_FREE, SinceMs: atMs}
	case *cc.PresenceChanged:
		applyPresence(s, m, atMs)
	case *cc.NextPresenceSet:
		s.NextPresence, s.NextReason, s.NextBy = m.Presence, m.Reason, m.By
		s.FormerPresence, s.FormerReason, s.FormerUntilMs = m.Former, m.FormerReason, m.FormerUntilMs
	case *cc.MissesChanged:
		s.Misses = m.Misses
	case *cc.CooldownStarted:
		s.CooldownUntilMs = m.UntilMs
	case *cc.AgentEndpointChanged:
		s.EndpointUp = m.Up
	case *cc.FocusChanged, *cc.BubbleMarked, *cc.NoticesCleared:
		applyBubbles(s, m, atMs)
	case *cc.DeskChanged:
		applyDesk(s, m.Call, atMs)
		if m.TimerSeq != 0 {
			s.DeskSeq, s.TimerSeq = m.TimerSeq, m.TimerSeq
		}
		if len(s.Calls) == 0 {
			s.DeskSeq = 0
		}
	case *cc.HandRaised:
		s.Hand = &cc.Hand{Call: m.Call, SinceMs: atMs}
	case *cc.HandLowered:
		s.Hand = nil
	default:
		_ = applyToken(s, m, atMs) || applySwap(s, m) || applyQueues(s, m) || applySessions(s, m, atMs)
	}
}

func applyPresence(s *cc.AgentState, m *cc.PresenceChanged, atMs int64) {
	if s.Presence == cc.Presence_OFFLINE && m.Presence != cc.Presence_OFFLINE {
		s.LastOfferMs, s.Answered, s.TalkMs = 0, 0, 0 // R67: since the agent signed in
	}
	if m.Presence == cc.Presence_AVAILABLE && s.Presence != cc.Presence_AVAILABLE {
		s.IdleSinceMs = atMs // R83
	}
	s.Presence, s.Reason, s.PresenceSinceMs = m.Presence, m.Reason, atMs
	s.NextPresence, s.NextReason, s.NextBy = cc.Presence_PRESENCE_UNKNOWN, "", ""
	s.FormerPresence, s.FormerReason, s.FormerUntilMs = m.Former, m.FormerReason, m.FormerUntilMs
	if m.Presence == cc.Presence_OFFLINE {
		clearGrace(s)
		s.OfflineSeq, s.OfflineAtMs = 0, 0
	}
}

// applyToken handles the events of token and wrap-up, false for others.
func applyToken(s *cc.AgentState, m any, atMs int64) bool {
	switch m := m.(type) {
	case *cc.TokenGranted:
		s.TimerSeq++
		s.LastOfferMs = atMs
		s.Token = &cc.Token{
			State: cc.TokenState_RESERVED, SinceMs: atMs, TimerSeq: s.TimerSeq,
			Offer: m.Offer, Call: m.Call, Queue: m.Queue, Tenant: m.Tenant, Policy: m.Policy, Leg: m.Leg,
		}
	case *cc.TokenConnecting:
		advance(s.Token, cc.TokenState_CONNECTING, atMs)
	case *cc.TokenTalking:
		advance(s.Token, cc.TokenState_TALKING, atMs)
		s.Token.Wrapup = s.Token.Policy.GetWrapup()
		s.Answered++
	case *cc.TokenWithdrawing:
		s.Token.Withdrawing, s.Token.WithdrawReason = true, m.Reason
	case *cc.TokenFreed:
		countTalk(s, atMs)
		s.Token = &cc.Token{State: cc.TokenState_FREE, SinceMs: atMs}
		s.IdleSinceMs = m.IdleSinceMs
		if len(s.EndedOffers) >= MaxEndedOffers {
			s.EndedOffers = append(s.EndedOffers[:0], s.EndedOffers[1:]...)
		}
		s.EndedOffers = append(s.EndedOffers, m.Offer)
	case *cc.WrapUpStarted:
		t := s.Token
		countTalk(s, atMs)
		t.State, t.SinceMs, t.Held, t.Conference = cc.TokenState_WRAPUP, atMs, false, false
		t.WrapupStartedMs, t.WrapupUntilMs, t.TimerSeq = atMs, m.UntilMs, m.TimerSeq
		s.TimerSeq = m.TimerSeq
	case *cc.WrapUpExtended:
		s.Token.WrapupExtended++
		s.Token.WrapupRemainingMs = m.RemainingMs
		runWrapUp(s, m.UntilMs, m.TimerSeq)
	case *cc.WrapUpPaused:
		s.Token.WrapupRemainingMs, s.Token.WrapupPausedAtMs = m.RemainingMs, atMs
		s.Token.WrapupUntilMs, s.Token.TimerSeq = 0, 0
	case *cc.WrapUpResumed:
		t := s.Token
		t.WrapupPausedMs += atMs - t.WrapupPausedAtMs
		t.WrapupPausedAtMs, t.WrapupRemainingMs = 0, 0
		runWrapUp(s, m.UntilMs, m.TimerSeq)
	case *cc.WrapUpEnded:
		s.Token.TimerSeq = 0
	default:
		return false
	}
	return true
}

// countTalk adds a queue call that ends, hold included, to the agent's talk time (R67).
func countTalk(s *cc.AgentState, atMs int64) {
	if s.Token.State == cc.TokenState_TALKING {
		s.TalkMs += atMs - s.Token.SinceMs
	}
}

// runWrapUp sets the deadline of a wrap-up and its timer; one whose clock stands has neither.
func runWrapUp(s *cc.AgentState, untilMs int64, seq uint64) {
	if seq != 0 {
		s.Token.WrapupUntilMs, s.Token.TimerSeq, s.TimerSeq = untilMs, seq, seq
	}
}

// advance: the offer was accepted before a wish to withdraw reached the call; from here on the status waits (R32).
func advance(t *cc.Token, state cc.TokenState, atMs int64) {
	t.State, t.SinceMs = state, atMs
	t.Withdrawing, t.WithdrawReason = false, cc.OfferOutcome_OUTCOME_NONE
}

func applySessions(s *cc.AgentState, m any, atMs int64) bool {
	switch m := m.(type) {
	case *cc.ClientConnected:
		s.Sessions = append(s.Sessions, &cc.AgentSession{Id: m.Session, SinceMs: atMs})
	case *cc.ClientGone:
		s.Sessions = slices.DeleteFunc(s.Sessions, func(x *cc.AgentSession) bool { return x.Id == m.Session })
	case *cc.GraceStarted:
		s.GraceSeq, s.GraceUntilMs = m.TimerSeq, m.UntilMs
		s.OfflineSeq, s.OfflineAtMs = m.OfflineSeq, m.OfflineAtMs
		s.TimerSeq = max(m.TimerSeq, m.OfflineSeq)
	case *cc.FormerRenewed:
		s.FormerUntilMs = m.UntilMs
	case *cc.GraceEnded:
		clearGrace(s)
		if m.Returned {
			s.OfflineSeq, s.OfflineAtMs = 0, 0
		}
	default:
		return false
	}
	return true
}

func clearGrace(s *cc.AgentState) { s.GraceSeq, s.GraceUntilMs = 0, 0 }

// applyDesk: the end of a direct or internal call that was taken moves the idle clock (R83); one that only rang does
// not.
func applyDesk(s *cc.AgentState, c *cc.DeskCall, atMs int64) {
	i := deskCall(s, c.Call)
	switch {
	case c.Class == cc.CallClass_QUEUE_CALL:
		s.Token.Held, s.Token.Conference = c.State == cc.DeskCallState_DESK_HELD, c.Conference
		s.Token.ToldMs = c.SinceMs
	case c.State != cc.DeskCallState_DESK_CALL_UNKNOWN && i >= 0:
		s.Calls[i] = c
	case c.State != cc.DeskCallState_DESK_CALL_UNKNOWN:
		s.Calls = append(s.Calls, c)
	case i >= 0:
		was := s.Calls[i]
		s.Calls = slices.Delete(s.Calls, i, i+1)
		spoken := was.Class == cc.CallClass_DIRECT_CALL || was.Class == cc.CallClass_INTERNAL_CALL
		if spoken && was.State != cc.DeskCallState_DESK_RINGING {
			s.IdleSinceMs = atMs
		}
	}
}
