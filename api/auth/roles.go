package auth

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Permission is one named right, always within the tenants that the person is granted (R97).
type Permission string

const (
	Desk             Permission = "desk"              // take calls and own bubbles, as an agent
	Stream           Permission = "stream"            // open the WebSocket
	Supervise        Permission = "supervise"         // see calls before their answer, and other agents' states, live
	CallsRead        Permission = "calls.read"        // lists, summaries, timelines
	CallsControl     Permission = "calls.control"     // hang up, close and take over what is another's
	CallsCorrect     Permission = "calls.correct"     // reclassify, assign, relink and excuse calls that are over (R52)
	ActFor           Permission = "act.for"           // name the agent on whose behalf a command is
	AgentsRead       Permission = "agents.read"       //
	AgentsControl    Permission = "agents.control"    // set another agent's status, end their wrap-up, change their queues
	QueuesRead       Permission = "queues.read"       //
	Explain          Permission = "explain"           // why a call or agent waits
	NumbersRead      Permission = "numbers.read"      //
	QueuesControl    Permission = "queues.control"    // move waiting calls, close and open queues
	ReasonsRead      Permission = "reasons.read"      //
	RecordingsRead   Permission = "recordings.read"   // lists and metadata
	RecordingsListen Permission = "recordings.listen" // the audio; every access is audited (R61)
	CenterApply      Permission = "center.apply"      // put a center file in force; only with all tenants granted
	FiguresRead      Permission = "figures.read"      // figures and scorecards; a person of teams: of their teams' agents
	TeamsAll         Permission = "teams.all"         // of all teams, one's own or not
	EventsRead       Permission = "events.read"       // the public event feed
	WebhooksRead     Permission = "webhooks.read"     // how webhooks stand
	WebhooksControl  Permission = "webhooks.control"  // resume a parked one
	DirectoryRead    Permission = "directory.read"    // customers, locations, jobs
	DirectoryWrite   Permission = "directory.write"   // one at a time
	DirectoryImport  Permission = "directory.import"  // whole files, in and out
)

// Roles is the whole table.
var roles = map[string][]Permission{
	"csr": {
		Desk, Stream, CallsRead, AgentsRead, QueuesRead, ReasonsRead,
		DirectoryRead, DirectoryWrite,
	},
	"supervisor": {
		Desk, Stream, Supervise, CallsRead, CallsControl, CallsCorrect, AgentsRead, AgentsControl, QueuesRead, QueuesControl,
		Explain, NumbersRead, ReasonsRead, RecordingsRead, RecordingsListen, FiguresRead,
		EventsRead, WebhooksRead, DirectoryRead, DirectoryWrite,
	},
	"admin": {
		Desk, Stream, Supervise, CallsRead, CallsControl, CallsCorrect, ActFor, AgentsRead, AgentsControl, QueuesRead,
		QueuesControl, Explain, NumbersRead, ReasonsRead, RecordingsRead, RecordingsListen, CenterApply, FiguresRead, TeamsAll,
		EventsRead, WebhooksRead, WebhooksControl, DirectoryRead, DirectoryWrite, DirectoryImport,
	},
	"integrator": {
		CallsRead, ActFor, AgentsRead, QueuesRead, NumbersRead, ReasonsRead, RecordingsRead, RecordingsListen,
		FiguresRead, TeamsAll,
		EventsRead, WebhooksRead, WebhooksControl, DirectoryRead, DirectoryWrite, DirectoryImport,
	},
	"auditor": {
		Stream, Supervise, CallsRead, AgentsRead, QueuesRead, Explain, NumbersRead, ReasonsRead, RecordingsRead,
		RecordingsListen, FiguresRead, TeamsAll,
		EventsRead, WebhooksRead, DirectoryRead,
	},
}

// DefaultRole is that of an agent whose configuration names none.
const DefaultRole = "csr"

// RoleNames are the roles there are, sorted.
func RoleNames() []string {
	var out []string
	for r := range roles {
		out = append(out, r)
	}
	slices.Sort(out)
	return out
}

// Principal is an authenticated person as the configuration in force knows them.
type Principal struct {
	Agent   string
	Name    string
	Role    string
	Tenants []string
	Teams   []string // of a supervisor: only these teams' agents; empty: all (R97)
	Family  string   // of the sign-in; ends with sign-out
	UntilMs int64    // when the access token expires
}

// Can says whether the role has the permission.
func (p *Principal) Can(need Permission) bool { return slices.Contains(roles[p.Role], need) }

// Rights are the role's permissions by name, sorted.
func (p *Principal) Rights() []string {
	out := make([]string, len(roles[p.Role]))
	for i, need := range roles[p.Role] {
		out[i] = string(need)
	}
	slices.Sort(out)
	return out
}

// Granted says whether the tenant is one of the person's. A call without a tenant belongs to nobody here: who is on it
// sees it as its agent.
func (p *Principal) Granted(tenant string) bool {
	return tenant != "" && slices.Contains(p.Tenants, tenant)
}

// Shares says whether one of the tenants is the person's.
func (p *Principal) Shares(tenants []string) bool { return slices.ContainsFunc(tenants, p.Granted) }

// Over says whether the person may see to the agent as far as it goes by tenant and team (R97): they share a tenant and,
// where the person has teams and is no admin or auditor, a team. A person is over themselves.
func (p *Principal) Over(a *cc.Agent) bool {
	if a == nil || !p.Shares(a.Tenants) {
		return false
	}
	return a.Id == p.Agent || TeamsMeet(p.Teams, a.Teams)
}

// TeamsMeet says whether who has these teams, all if none, is there for somebody of those.
func TeamsMeet(mine, theirs []string) bool {
	return len(mine) == 0 || slices.ContainsFunc(theirs, func(t string) bool { return slices.Contains(mine, t) })
}

func principal(a *cc.Agent, family string, untilMs int64) *Principal {
	role := a.Role
	if role == "" {
		role = DefaultRole
	}
	p := &Principal{
		Agent: a.Id, Name: a.Name, Role: role, Tenants: slices.Clone(a.Tenants), Family: family, UntilMs: untilMs,
	}
	if role == "supervisor" {
		p.Teams = slices.Clone(a.Teams)
	}
	return p
}
