package agent

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Summary is what the matcher and the desks need of the agent.
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
		Activity:        Activity(s),

		WrapupRemainingMs: t.GetWrapupRemainingMs(),
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
