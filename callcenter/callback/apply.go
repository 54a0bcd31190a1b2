package callback

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Apply changes the state by one event; events of other machines are ignored. State keeps the causes of events.
func Apply(s *cc.CallbackState, e *cc.Event, atMs int64) {
	switch m := e.Message().(type) {
	case *cc.CallbackOpened:
		taken := s.Taken
		s.Reset()
		s.Tenant, s.Number, s.Round, s.Taken = m.Tenant, m.Number, m.Round, taken
		s.Status, s.OpenedMs, s.DueMs = cc.CallbackStatus_CALLBACK_OPEN, m.Cause.EndedMs, m.DueMs
		addCause(s, m.Cause)
	case *cc.CallbackJoined:
		addCause(s, m.Cause)
	case *cc.CallbackWithdrawn:
		s.Causes = slices.DeleteFunc(s.Causes, func(c *cc.CallbackCause) bool { return c.Call == m.Call })
		s.Taken = slices.DeleteFunc(s.Taken, func(id string) bool { return id == m.Call }) // it may want it again
	case *cc.CallbackClaimed:
		s.ClaimedBy, s.ClaimUntilMs = m.Agent, m.UntilMs
	case *cc.CallbackReleased:
		s.ClaimedBy, s.ClaimUntilMs = "", 0
	case *cc.CallbackAttempted:
		s.Status, s.AttemptedMs = cc.CallbackStatus_CALLBACK_ATTEMPTED, atMs
		s.Attempts++
		take(s, m.Call)
	case *cc.CallbackReached:
		end(s, cc.CallbackStatus_CALLBACK_REACHED, "", m.AtMs)
		s.ReachedCall = m.Call
		take(s, m.Call)
	case *cc.CallbackGaveUp:
		end(s, cc.CallbackStatus_CALLBACK_NO_ANSWER, "", atMs)
	case *cc.CallbackWrongNumber:
		end(s, cc.CallbackStatus_CALLBACK_WRONG_NUMBER, m.By, atMs)
	case *cc.CallbackClosed:
		end(s, cc.CallbackStatus_CALLBACK_CLOSED, m.By, atMs)
		s.Reason = m.Reason
	}
}

func end(s *cc.CallbackState, status cc.CallbackStatus, by string, atMs int64) {
	s.Status, s.EndedMs, s.EndedBy = status, atMs, by
	s.ClaimedBy, s.ClaimUntilMs = "", 0
}

func addCause(s *cc.CallbackState, c *cc.CallbackCause) {
	if len(s.Causes) < MaxCauses {
		s.Causes = append(s.Causes, c.CloneVT())
	} else {
		s.Joined++
	}
	take(s, c.Call)
}

func take(s *cc.CallbackState, call string) {
	if call == "" {
		return
	}
	if s.Taken = append(s.Taken, call); len(s.Taken) > MaxTaken {
		s.Taken = slices.Delete(s.Taken, 0, len(s.Taken)-MaxTaken)
	}
}
