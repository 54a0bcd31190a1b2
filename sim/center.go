package sim

import (
	"fmt"
	"slices"

	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
)

const company = "acme"

func tenantID(n int) string   { return fmt.Sprintf("tenant%d", n) }
func queueID(n int) string    { return fmt.Sprintf("queue%d", n) }
func agentID(n int) string    { return fmt.Sprintf("agent%03d", n) }
func numberOf(n int) string   { return fmt.Sprintf("+1800555%04d", n) }
func callerNo(n int) string   { return fmt.Sprintf("+1212%07d", n) }
func phoneURI(n int) string   { return fmt.Sprintf("sip:%s@198.51.100.2:%d", agentID(n), phonePort+n) }
func workflowID(n int) string { return fmt.Sprintf("flow%d", n) }

const blockedNo = "+12129999999"

// center is the configuration that a plan begins with.
func (p *Plan) center() *cc.Center {
	c := &cc.Center{Company: company}
	for t := range p.Size.Tenants {
		c.Tenants = append(c.Tenants, &cc.Tenant{
			Id: tenantID(t), Record: t%2 == 0, LeadThresholdMs: 60_000, BlockedCallers: []string{blockedNo},
			PresenceReasons: []string{"lunch"},
		})
		c.Campaigns = append(c.Campaigns, &cc.Campaign{Id: "spring-" + tenantID(t), Tenant: tenantID(t)})
		c.Reasons = append(c.Reasons,
			&cc.CallReason{Id: "lead-" + tenantID(t), Tenant: tenantID(t), Name: "no time", Lead: true, Active: true},
			&cc.CallReason{Id: "spam-" + tenantID(t), Tenant: tenantID(t), Name: "spam", Active: true})
	}
	for _, q := range p.Queues {
		p.addQueue(c, q)
	}
	for _, a := range p.Agents {
		c.Agents = append(c.Agents, a.agent())
	}
	return c
}

func (p *Plan) addQueue(c *cc.Center, q QueuePlan) {
	cq := &cc.Queue{
		Id: queueID(q.N), MaxWaitMs: q.MaxWaitMs, MaxOffers: q.MaxOffers, Priority: q.Priority,
		StrictPriority: q.Strict, OfferDuringOutbound: true,
		Offer: &cc.OfferPolicy{
			RingTimeoutMs: q.RingMs, ConnectTimeoutMs: 10_000, OnMiss: cc.MissAction(q.OnMiss),
			OnReject: cc.MissAction(q.OnReject), CooldownMs: 5_000, MaxMisses: 1, ReofferAfterMs: 10_000, BusySkipMs: 10_000,
			Wrapup: &cc.WrapUp{
				Mode: cc.WrapUpMode(q.WrapMode), LengthMs: q.WrapMs, MaxMs: 3 * q.WrapMs, Extensions: 2, ExtensionMs: q.WrapMs,
			},
		},
	}
	for _, t := range q.Tenants {
		cq.Tenants = append(cq.Tenants, tenantID(t))
	}
	q.impose(cq)
	c.Queues = append(c.Queues, cq)
	flow := &cc.Workflow{Id: workflowID(q.N), Steps: []*cc.WorkflowStep{{Queue: queueID(q.N)}}}
	if q.Overflow >= 0 && q.Overflow != q.N {
		flow.Steps = append(flow.Steps, q.overflow(queueID(q.Overflow)))
	}
	c.Workflows = append(c.Workflows, flow)
	mode := cc.ConnectMode_ON_AGENT
	if q.OnQueue {
		mode = cc.ConnectMode_ON_QUEUE
	}
	tenant := tenantID(q.Tenants[0])
	c.Numbers = append(c.Numbers, &cc.Number{
		E164: numberOf(q.N), Role: cc.NumberRole_TRACKING, Tenant: tenant, Campaign: "spring-" + tenant,
		Workflow: workflowID(q.N), Connect: mode, ConnectAfterMs: q.ConnectAfter,
	})
}

func (a *AgentPlan) agent() *cc.Agent {
	out := &cc.Agent{Id: agentID(a.N), Login: agentID(a.N), Role: "csr", Contact: phoneURI(a.N), PhoneOnly: a.PhoneOnly,
		AnswerOn: cc.AnswerOn_ON_PHONE}
	if a.OnClient {
		out.AnswerOn = cc.AnswerOn_ON_CLIENT
	}
	out.AutoAnswer = a.OnClient || a.N%2 == 0
	for _, t := range a.Tenants {
		out.Tenants = append(out.Tenants, tenantID(t))
	}
	for _, q := range a.Queues {
		out.Queues = append(out.Queues, queueID(q))
		out.Memberships = append(out.Memberships, &cc.Membership{Queue: queueID(q), Tier: a.Tier, Position: a.Position})
	}
	if a.Level > 0 {
		out.Skills = []*cc.AgentSkill{{Name: theSkill, Level: a.Level}}
	}
	return out
}

// change makes the next version: what an administrator does in the middle of the day.
func (w *World) change(p ChangePlan) {
	d := newDice(w.plan.Seed, "change", p.N)
	c := w.center.CloneVT()
	for range 1 + d.IntN(3) {
		a := c.Agents[d.IntN(len(c.Agents))]
		q := c.Queues[d.IntN(len(c.Queues))]
		switch d.IntN(9) {
		case 0: // taken off a queue
			if len(a.Queues) > 1 {
				a.Queues = a.Queues[1:]
			}
		case 1: // put on a queue
			if !a.Member(q.Id) {
				a.Queues = append(a.Queues, q.Id)
			}
		case 2:
			if len(a.Tenants) > 1 {
				a.Tenants = a.Tenants[1:]
			}
		case 3:
			q.Offer.RingTimeoutMs = d.between(5, 30) * 1000
		case 4:
			q.Offer.OnMiss, q.Offer.OnReject = cc.MissAction(d.IntN(4)), cc.MissAction(d.IntN(4))
		case 6: // somebody leaves the company
			if len(c.Agents) > 1 && d.chance(0.5) {
				c.Agents = slices.DeleteFunc(c.Agents, func(x *cc.Agent) bool { return x == a })
			}
		case 8:
			x := planDiscipline(d)
			q.Strategy, q.RingAllMax = x.Strategy, x.RingMax
		case 7:
			x := planDiscipline(d)
			q.Skills = nil
			x.impose(q)
		case 5:
			q.Offer.Wrapup.Mode, q.Offer.Wrapup.LengthMs = cc.WrapUpMode(1+d.IntN(4)), d.between(1, 30)*1000
		}
	}
	w.applyCenter(c)
}

// dismiss tells the agents who are no longer configured (R15).
func (p *proc) dismiss() {
	for _, id := range sortedKeys(p.agents) {
		if a := p.agents[id]; a != nil && p.dir.Agent(id) == nil {
			a.ask(seat.Ask{Cmd: cc.NewCommand(&cc.AgentRemoved{})})
		}
	}
}
