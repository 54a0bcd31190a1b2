package callcenter

import (
	"slices"
	"strings"
)

// Eligible says whether the agent may be offered a queue call of this tenant now: "" or the first code of R80 that
// fails, up to `cooldown`; what depends on the call (excluded_for_call and after) is the matcher's. The agent's machine
// decides a Reserve by it and the matcher ranks by it, so that the two never differ for the same state.
// a or q nil (removed from the configuration) is not_member.
func Eligible(s *AgentSummary, a *Agent, q *Queue, tenant string, nowMs int64) string {
	switch {
	case a == nil || q == nil || !MemberOf(s, a, q.Id):
		return NotMember
	case !MayServe(a, q, tenant):
		return NoGrant
	}
	return Standing(s, a, q, nowMs)
}

// MemberOf says whether the agent is assigned to the queue now: by the configuration (R15), unless a supervisor changed it
// (R97). a may be nil, and s of an agent who never signed in.
func MemberOf(s *AgentSummary, a *Agent, queue string) bool {
	if a == nil || slices.Contains(s.GetQueuesRemoved(), queue) {
		return false
	}
	return a.Member(queue) || slices.Contains(s.GetQueuesAdded(), queue)
}

// QueuesOf lists the queues the agent is assigned to now, the configured ones first.
func QueuesOf(s *AgentSummary, a *Agent) []string {
	if a == nil || len(s.GetQueuesAdded()) == 0 && len(s.GetQueuesRemoved()) == 0 {
		return a.GetQueues()
	}
	var out []string
	for _, list := range [2][]string{a.Queues, s.QueuesAdded} {
		for _, q := range list {
			if MemberOf(s, a, q) && !slices.Contains(out, q) {
				out = append(out, q)
			}
		}
	}
	return out
}

// Standing is the part of Eligible behind membership and grant: presence (R13), client, endpoint, token (R16), other
// calls (R18, R19), cooldown. s nil: never signed in.
func Standing(s *AgentSummary, a *Agent, q *Queue, nowMs int64) string {
	switch s.GetPresence() {
	case Presence_AVAILABLE:
	case Presence_UNAVAILABLE:
		return Unavailable
	default:
		return Offline
	}
	switch {
	case !s.Client && !a.GetPhoneOnly():
		return NoClient
	case !s.Endpoint:
		return NoEndpoint
	case s.Token > TokenState_FREE:
		return TokenTaken
	case busyWith(s, q) != "":
		return Busy
	case nowMs < s.CooldownUntilMs:
		return Cooldown
	}
	return ""
}

// DueFree says when the agent, who is not eligible now for nothing but a wrap-up or a cooldown, will be (R67: a caller
// may wait for their preferred agent). False: no such time is known. A manual wrap-up counts with its cap.
func DueFree(s *AgentSummary, a *Agent, q *Queue, nowMs int64) (atMs int64, ok bool) {
	if s.GetPresence() != Presence_AVAILABLE || !s.Client && !a.GetPhoneOnly() || !s.Endpoint || busyWith(s, q) != "" {
		return 0, false
	}
	if s.NextPresence != Presence_PRESENCE_UNKNOWN && s.NextPresence != Presence_AVAILABLE {
		return 0, false
	}
	switch {
	case s.Token <= TokenState_FREE:
		return s.CooldownUntilMs, s.CooldownUntilMs > nowMs
	case s.Token == TokenState_WRAPUP && s.WrapupUntilMs > 0:
		return max(s.WrapupUntilMs, s.CooldownUntilMs), true
	}
	return 0, false
}

// EligibleDetail is what R80 puts in brackets behind a code of Eligible: the reason of unavailable, the state of the
// token, the class that makes busy; "" for the other codes.
func EligibleDetail(code string, s *AgentSummary, q *Queue) string {
	switch code {
	case Unavailable:
		return s.Reason
	case TokenTaken:
		return strings.ToLower(s.Token.String())
	case Busy:
		return busyWith(s, q)
	}
	return ""
}

// MayServe is R8: a grant for the call's tenant, or while that is unresolved for every tenant of the queue.
func MayServe(a *Agent, q *Queue, tenant string) bool {
	if tenant != "" {
		return a.Granted(tenant)
	}
	for _, t := range q.Tenants {
		if !a.Granted(t) {
			return false
		}
	}
	return true
}

// busyWith: R18 for outbound, R19 for direct and internal, ringing ones included (R84).
func busyWith(s *AgentSummary, q *Queue) string {
	switch {
	case s.BusyDirect && !q.GetOfferDuringDirect():
		return "direct"
	case s.BusyInternal && !q.GetOfferDuringDirect():
		return "internal"
	case s.BusyOutbound && !q.GetOfferDuringOutbound():
		return "outbound"
	}
	return ""
}

// IsSystemReason says whether a reason of Unavailable is one that people cannot choose (R98).
func IsSystemReason(reason string) bool {
	switch reason {
	case ReasonSignedIn, ReasonMissed, ReasonRejected, ReasonConnectionLost, ReasonEndpointUnreachable:
		return true
	}
	return false
}
