package config

import (
	"fmt"
	"net/netip"
	"time"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/secret"
)

// Build makes the center configuration that the journal keeps: numbers in E.164, passwords hashed, SIP secrets as
// digests only. Each plain password costs about 20 ms.
//
// With the configuration in force as `was`, a password that still fits its stored hash keeps it, so that an unchanged
// file builds the same configuration and Diff finds nothing. was may be nil.
func (c *Center) Build(was *cc.Center) (*cc.Center, error) {
	out := &cc.Center{
		Company: c.Company.ID, CompanyName: c.Company.Name, Region: c.Company.Region,
		SipRealm: c.Company.SIPRealm, SipAllowMd5: c.Company.AllowMD5, SipMd5Only: c.Company.MD5Only,
	}
	for i := range c.Tenants {
		out.Tenants = append(out.Tenants, c.Tenants[i].build())
	}
	for _, x := range c.Campaigns {
		out.Campaigns = append(out.Campaigns, &cc.Campaign{Id: x.ID, Tenant: x.Tenant, Name: x.Name})
	}
	for i := range c.Numbers {
		out.Numbers = append(out.Numbers, c.Numbers[i].build())
	}
	cc.KeepSince(out.Numbers, was.GetNumbers(), 0)
	for _, w := range c.Workflows {
		p := &cc.Workflow{Id: w.ID, Name: w.Name}
		for _, s := range w.Steps {
			p.Steps = append(p.Steps, &cc.WorkflowStep{Queue: s.Queue, DropAge: !s.KeepAge, Skills: buildNeeds(s.Skills)})
		}
		out.Workflows = append(out.Workflows, p)
	}
	for i := range c.Queues {
		out.Queues = append(out.Queues, c.Queues[i].build())
	}
	hashes := make(map[string]string, len(was.GetAgents()))
	for _, a := range was.GetAgents() {
		hashes[a.GetId()] = a.GetPasswordHash()
	}
	for i := range c.Agents {
		a, err := c.Agents[i].build(&c.Company, hashes[c.Agents[i].ID])
		if err != nil {
			return nil, fmt.Errorf("importing agent %s: %w", c.Agents[i].ID, err)
		}
		out.Agents = append(out.Agents, a)
	}
	for _, r := range c.Reasons {
		out.Reasons = append(out.Reasons, &cc.CallReason{
			Id: r.ID, Tenant: r.Tenant, Name: r.Name, Lead: r.Lead, Active: r.Active,
		})
	}
	out.Reasons = append(out.Reasons, c.retired(was)...)
	for _, t := range c.Trunks {
		out.Trunks = append(out.Trunks, &cc.Trunk{Id: t.ID, Sources: networks(t.Sources)})
	}
	out.Webhooks, out.Lookup = buildWebhooks(c.Webhooks), c.Lookup.build()
	return out, nil
}

func (t *Tenant) build() *cc.Tenant {
	out := &cc.Tenant{
		Id: t.ID, Name: t.Name, Timezone: t.Timezone, LeadThresholdMs: t.LeadThresholdMs, Wrapup: t.WrapUp.build(),
		PresenceReasons: t.PresenceReasons, TestCallers: t.TestCallers, Greeting: t.Greeting, Record: t.Record,
		RecordExclusions: t.RecordExclusions, BlockedCallers: t.BlockedCallers,
		CallbackDueMs: t.CallbackDueMs,
	}
	t.buildDesk(out)
	return out
}

func (n *Number) build() *cc.Number {
	return &cc.Number{
		E164: n.Number, Role: numberRoles[n.Role], Tenant: n.Tenant, Campaign: n.Campaign, Workflow: n.Workflow,
		Agent: n.Agent, Connect: connectModes[n.Connect], ConnectAfterMs: n.ConnectAfterMs, FromMs: n.fromMs(),
	}
}

// fromMs is 0 for an entry that always holds.
func (n *Number) fromMs() int64 {
	at, err := time.Parse(time.RFC3339, n.From)
	if err != nil { // empty; anything else was complained of
		return 0
	}
	return at.UnixMilli()
}

func (q *Queue) build() *cc.Queue {
	return &cc.Queue{
		Id: q.ID, Name: q.Name, Tenants: q.Tenants, Strategy: q.Strategy, Audience: q.Audience,
		Offer: &cc.OfferPolicy{
			RingTimeoutMs: q.RingTimeoutMs, ConnectTimeoutMs: q.ConnectTimeoutMs, OnMiss: missActions[q.OnMiss],
			OnReject: missActions[q.OnReject], CooldownMs: q.CooldownMs, MaxMisses: q.MaxMisses,
			ReofferAfterMs: q.ReofferAfterMs, BusySkipMs: q.BusySkipMs, Wrapup: q.WrapUp.build(),
		},
		MaxWaitMs: q.MaxWaitMs, MaxSize: q.MaxSize, MaxOffers: q.MaxOffers, WeightMinutes: q.WeightMinutes,
		Priority: q.Priority, StrictPriority: q.StrictPriority, OfferDuringOutbound: q.OfferDuringOutbound,
		OfferDuringDirect: q.OfferDuringDirect, Greeting: q.Greeting, ServiceLevelMs: q.ServiceLevelMs,
		RedialWindowMs: q.RedialWindowMs, Skills: buildNeeds(q.Skills), PreferredWindowMs: q.PreferredWindowMs,
		LastAgent: q.LastAgent, TierAfterMs: q.TierAfterMs, RingAllMax: q.RingAllMax, SkipIf: skipIfs[q.SkipIf],
		PriorityStepMs: q.PriorityStepMs,
	}
}

func (a *Agent) build(co *Company, stored string) (*cc.Agent, error) {
	out := &cc.Agent{
		Id: a.ID, Name: a.Name, Login: a.Login, PasswordHash: a.PasswordHash, Role: a.Role, Tenants: a.Tenants,
		Queues: a.Queues, Teams: a.Teams, SipUser: a.SIPUser, SipHa1Sha256: a.SIPDigestSHA256, Contact: a.Contact,
		MaxOtherCalls: a.MaxOtherCalls, AnswerOn: answerOns[a.AnswerOn], PhoneOnly: a.PhoneOnly, Wrapup: a.WrapUp.build(), HomeTenant: a.HomeTenant,
		AutoAnswer: a.AutoAnswer,
	}
	a.buildRouting(out)
	if co.AllowMD5 {
		out.SipHa1Md5 = a.SIPDigestMD5
	}
	if a.SIPSecret != "" {
		out.SipHa1Sha256 = secret.DigestSHA256(a.SIPUser, co.SIPRealm, a.SIPSecret)
		if co.AllowMD5 {
			out.SipHa1Md5 = secret.DigestMD5(a.SIPUser, co.SIPRealm, a.SIPSecret)
		}
	}
	if a.Password == "" {
		return out, nil
	}
	if ok, err := secret.Verify(stored, a.Password); err == nil && ok {
		out.PasswordHash = stored
		return out, nil
	}
	var err error
	out.PasswordHash, err = secret.Hash(a.Password)
	return out, err
}

// build gives nil for a wrap-up that was left out: no override.
func (w *WrapUp) build() *cc.WrapUp {
	if w == nil {
		return nil
	}
	return &cc.WrapUp{
		Mode: wrapUpModes[w.Mode], LengthMs: w.LengthMs, MaxMs: w.MaxMs, Extensions: w.Extensions,
		ExtensionMs: w.ExtensionMs, Clock: wrapUpClocks[w.Clock], EndsOnClose: w.EndsOnClose,
	}
}

// Proxies are the trusted proxies as networks.
func (h *HTTP) Proxies() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range h.TrustedProxies {
		if p, err := parseNetwork(s); err == nil { // checked
			out = append(out, p)
		}
	}
	return out
}

func networks(sources []string) []string {
	out := make([]string, len(sources))
	for i, s := range sources {
		p, _ := parseNetwork(s) // checked
		out[i] = p.String()
	}
	return out
}

// The words of the file and what they are in the core.
var (
	numberRoles = map[string]cc.NumberRole{
		"tracking": cc.NumberRole_TRACKING, "direct_line": cc.NumberRole_DIRECT_LINE, "shared": cc.NumberRole_SHARED,
		"forwarding": cc.NumberRole_FORWARDING, "bypass": cc.NumberRole_BYPASS,
	}
	connectModes = map[string]cc.ConnectMode{
		"on_agent": cc.ConnectMode_ON_AGENT, "on_queue": cc.ConnectMode_ON_QUEUE,
	}
	missActions = map[string]cc.MissAction{
		"auto": cc.MissAction_MISS_UNSET, "keep": cc.MissAction_MISS_KEEP, "unavailable": cc.MissAction_MISS_UNAVAILABLE,
		"cooldown": cc.MissAction_MISS_COOLDOWN,
	}
	answerOns = map[string]cc.AnswerOn{"phone": cc.AnswerOn_ON_PHONE, "client": cc.AnswerOn_ON_CLIENT}

	wrapUpModes = map[string]cc.WrapUpMode{
		"none": cc.WrapUpMode_WRAPUP_NONE, "timed": cc.WrapUpMode_WRAPUP_TIMED,
		"timed_early": cc.WrapUpMode_WRAPUP_TIMED_EARLY, "manual": cc.WrapUpMode_WRAPUP_MANUAL,
	}
	wrapUpClocks = map[string]cc.WrapUpClock{
		"when_free": cc.WrapUpClock_WRAPUP_CLOCK_WHEN_FREE, "immediately": cc.WrapUpClock_WRAPUP_CLOCK_IMMEDIATELY,
	}
)
