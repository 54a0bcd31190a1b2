package desk

import (
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// bosses are the supervisors of an agent's tenants and teams, who is not told twice (R97).
func (t *translator) bosses(agent string) Audience {
	a := t.dir.Agent(agent)
	return Audience{Tenants: a.GetTenants(), Teams: a.GetTeams(), Team: true, Scope: Supervisors, Not: agent}
}

// hand tells the agent, and the supervisors of the team who may see the call (R89, I12).
func (t *translator) hand(agent, typ, call, by string) {
	to := t.bosses(agent)
	to.Tenant, to.Not, to.Agent = t.tenantOf(call), "", agent
	t.tell(to, typ, &wire.Hand{Agent: agent, Name: t.dir.Agent(agent).GetName(), Call: call, By: by})
}

// notice tells the agent what somebody else changed of them (R97).
func (t *translator) notice(agent string, event any) {
	var n *wire.Notice
	switch e := event.(type) {
	case *cc.PresenceChanged:
		n = &wire.Notice{What: "status", By: e.By, Presence: wire.PresenceName(e.Presence), Reason: e.Reason}
	case *cc.NextPresenceSet:
		if e.Presence != cc.Presence_PRESENCE_UNKNOWN {
			n = &wire.Notice{What: "status", By: e.By, Presence: wire.PresenceName(e.Presence), Reason: e.Reason, Later: true}
		}
	case *cc.WrapUpEnded:
		n = &wire.Notice{What: "wrapup_ended", By: e.By}
	case *cc.MembershipChanged:
		n = &wire.Notice{What: "queue_removed", By: e.By, Queue: e.Queue, Until: wire.At(e.UntilMs)}
		if e.Member {
			n.What = "queue_added"
		}
	case *cc.MembershipReset:
		n = &wire.Notice{What: "queue_reset", By: e.By, Queue: e.Queue}
	}
	over := n != nil && n.What == "queue_reset" && n.By == "system" // the time is over
	if n == nil || n.By == agent || t.dir.Agent(n.By) == nil && !over {
		return
	}
	n.ByName, n.QueueName = t.dir.Agent(n.By).GetName(), t.dir.Queue(n.Queue).GetName()
	t.tell(Audience{Agent: agent}, wire.TypeNotice, n)
}
