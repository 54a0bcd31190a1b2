package callcenter

import "testing"

// TestR80Order starts with an agent for whom everything fails and cures it code by code: always the first that fails
// in the order of R80 is answered.
func TestR80Order(t *testing.T) {
	s := &AgentSummary{
		Presence: Presence_OFFLINE, Token: TokenState_WRAPUP, CooldownUntilMs: 100,
		BusyDirect: true, BusyInternal: true, BusyOutbound: true,
	}
	q := &Queue{Id: "sales", Tenants: []string{"a", "b"}}
	a := &Agent{Id: "ann"}
	cures := []struct {
		code, detail string
		cure         func()
	}{
		{NotMember, "", func() { a.Queues = []string{"sales"} }},
		{NoGrant, "", func() { a.Tenants = []string{"a"} }},
		{Offline, "", func() { s.Presence, s.Reason = Presence_UNAVAILABLE, "lunch" }},
		{Unavailable, "lunch", func() { s.Presence, s.Reason = Presence_AVAILABLE, "" }},
		{NoClient, "", func() { s.Client = true }},
		{NoEndpoint, "", func() { s.Endpoint = true }},
		{TokenTaken, "wrapup", func() { s.Token = TokenState_TALKING }},
		{TokenTaken, "talking", func() { s.Token = TokenState_FREE }},
		{Busy, "direct", func() { s.BusyDirect = false }},
		{Busy, "internal", func() { q.OfferDuringDirect = true }},
		{Busy, "outbound", func() { q.OfferDuringOutbound = true }},
		{Cooldown, "", func() { s.CooldownUntilMs = 99 }},
		{"", "", func() {}},
	}
	for i, c := range cures {
		code := Eligible(s, a, q, "a", 99)
		if code != c.code || EligibleDetail(code, s, q) != c.detail {
			t.Fatalf("step %d: %s(%s), want %s(%s)", i, code, EligibleDetail(code, s, q), c.code, c.detail)
		}
		c.cure()
	}
}

func TestEligibleWithoutConfiguration(t *testing.T) {
	s := &AgentSummary{Presence: Presence_AVAILABLE, Endpoint: true}
	q := &Queue{Id: "sales", Tenants: []string{"a", "b"}}
	a := &Agent{Queues: []string{"sales"}, Tenants: []string{"a"}, PhoneOnly: true}
	for _, c := range []struct {
		a      *Agent
		q      *Queue
		tenant string
		want   string
	}{
		{a, q, "a", ""},
		{nil, q, "a", NotMember},
		{a, nil, "a", NotMember},
		{a, q, "", NoGrant}, // unresolved: a grant for every tenant of the queue (R8)
		{a, q, "b", NoGrant},
	} {
		if got := Eligible(s, c.a, c.q, c.tenant, 0); got != c.want {
			t.Errorf("%v %v %q: %q, want %q", c.a, c.q, c.tenant, got, c.want)
		}
	}
}

func TestSystemReasons(t *testing.T) {
	for _, r := range []string{
		ReasonSignedIn, ReasonMissed, ReasonRejected, ReasonConnectionLost, ReasonEndpointUnreachable,
	} {
		if !IsSystemReason(r) {
			t.Error(r)
		}
	}
	if IsSystemReason("lunch") || IsSystemReason("") {
		t.Error("a reason of people")
	}
}
