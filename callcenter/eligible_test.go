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

// R67: an agent is due free when wrap-up or cooldown alone stand between, and their end is known.
func TestR67DueFree(t *testing.T) {
	at := func(change func(*AgentSummary)) *AgentSummary {
		s := &AgentSummary{Presence: Presence_AVAILABLE, Client: true, Endpoint: true, Token: TokenState_FREE}
		change(s)
		return s
	}
	wrapup := func(s *AgentSummary) { s.Token, s.WrapupUntilMs = TokenState_WRAPUP, 500 }
	for _, c := range []struct {
		name string
		s    *AgentSummary
		at   int64
	}{
		{"idle", at(func(*AgentSummary) {}), 0},
		{"cooldown", at(func(s *AgentSummary) { s.CooldownUntilMs = 300 }), 300},
		{"wrap-up", at(wrapup), 500},
		{"wrap-up, then cooldown", at(func(s *AgentSummary) { wrapup(s); s.CooldownUntilMs = 900 }), 900},
		{"wrap-up, then lunch", at(func(s *AgentSummary) { wrapup(s); s.NextPresence = Presence_UNAVAILABLE }), 0},
		{"wrap-up on a direct call", at(func(s *AgentSummary) { wrapup(s); s.BusyDirect = true }), 0},
		{"talking", at(func(s *AgentSummary) { s.Token = TokenState_TALKING }), 0},
		{"wrap-up, phone gone", at(func(s *AgentSummary) { wrapup(s); s.Endpoint = false }), 0},
		{"never seen", nil, 0},
	} {
		at, ok := DueFree(c.s, &Agent{}, &Queue{}, 100)
		if ok != (c.at != 0) || ok && at != c.at {
			t.Errorf("%s: %d %v, want %d", c.name, at, ok, c.at)
		}
	}
}
