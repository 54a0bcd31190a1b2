package agent

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Summary is what the matcher and the desks need of the agent. Its lists are the state's own: s.Calls is replaced element
// by element, so who keeps a summary encodes it or makes a copy.
func Summary(s *cc.AgentState) *cc.AgentSummary {
	t := s.Token
	out := &cc.AgentSummary{
		Agent:           s.Id,
		Presence:        max(s.Presence, cc.Presence_OFFLINE),
		Reason:          s.Reason,
		NextPresence:    s.NextPresence,
		NextReason:      s.NextReason,
		Token:           max(t.GetState(), cc.TokenState_FREE),
		Offer:           t.GetOffer(),
		Call:            t.GetCall(),
		Client:          len(s.Sessions) > 0,
		Endpoint:        s.EndpointUp,
		CooldownUntilMs: s.CooldownUntilMs,
		IdleSinceMs:     s.IdleSinceMs,
		PresenceSinceMs: s.PresenceSinceMs,
		WrapupUntilMs:   t.GetWrapupUntilMs(),
		Focus:           s.Focus,
		Notices:         notices(s),
		Activity:        Activity(s),

		WrapupRemainingMs: t.GetWrapupRemainingMs(),
		LastOfferMs:       s.LastOfferMs,
		Calls:             s.Answered,
		TalkMs:            s.TalkMs,
		OtherCalls:        s.Calls,
		Held:              t.GetHeld(),
		Hand:              s.Hand.GetCall(),
		HandSinceMs:       s.Hand.GetSinceMs(),
		NextBy:            s.NextBy,
	}
	for _, c := range s.QueueChanges {
		if c.Member {
			out.QueuesAdded = append(out.QueuesAdded, c.Queue)
		} else {
			out.QueuesRemoved = append(out.QueuesRemoved, c.Queue)
		}
	}
	for _, c := range s.Calls {
		switch c.Class {
		case cc.CallClass_DIRECT_CALL:
			out.BusyDirect = true
		case cc.CallClass_INTERNAL_CALL:
			out.BusyInternal = true
		case cc.CallClass_OUTBOUND_CALL:
			out.BusyOutbound = true
		}
	}
	return out
}
