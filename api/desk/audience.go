package desk

import (
	"slices"

	"github.com/wirechief/wirechief/api/auth"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Scope says who besides the named agent gets a frame.
type Scope uint8

// Scopes.
const (
	Nobody      Scope = iota
	Supervisors       // of the tenant, or of one of the tenants
	Everyone          // granted the tenant
	Members           // of the queue, and supervisors of one of its tenants
)

// Audience says whom a frame is for.
type Audience struct {
	Tenant  string   // what the frame tells of; nobody without a grant for it ever gets it (I12)
	Tenants []string // for Supervisors and Members when no single tenant is told of
	Teams   []string // for Supervisors: of the agent who is told of; Team says that they count
	Team    bool
	Agent   string   // this agent's clients get it
	Agents  []string // and these agents' (ring_all)
	Not     string   // this agent's clients do not get it by Scope
	Except  string   // this session does not get it
	Queue   string
	Scope   Scope
}

// Viewer is what decides about a client.
type Viewer struct {
	Session    string
	Agent      string   // "" when the person takes no calls
	Tenants    []string // granted
	Queues     []string // member of
	Supervises bool
	Teams      []string // supervised ones; empty: all (R97)
}

func (v *Viewer) granted(tenant string) bool { return slices.Contains(v.Tenants, tenant) }

// Receives is the one filter between the journal and a client: R34, I12.
func Receives(v *Viewer, a *Audience) bool {
	switch {
	case a.Tenant != "" && !v.granted(a.Tenant):
		return false
	case a.Except != "" && a.Except == v.Session:
		return false
	case a.Agent != "" && a.Agent == v.Agent, v.Agent != "" && slices.Contains(a.Agents, v.Agent):
		return true
	case a.Not != "" && a.Not == v.Agent:
		return false
	}
	switch a.Scope {
	case Everyone:
		return a.Tenant != ""
	case Supervisors:
		return v.Supervises && (a.Tenant != "" || slices.ContainsFunc(a.Tenants, v.granted)) &&
			(!a.Team || auth.TeamsMeet(v.Teams, a.Teams))
	case Members:
		return a.Queue != "" && slices.Contains(v.Queues, a.Queue) && v.Agent != "" ||
			v.Supervises && slices.ContainsFunc(a.Tenants, v.granted)
	}
	return false
}

// bubbleAudience: before its answer a managed bubble is shown to the agent being offered and to supervisors, from the
// answer on, or when the caller gave up, to everybody granted the tenant; a forwarded call and a manual bubble from the
// first moment (R34, R39). A call without a tenant is seen by the agent on it only, or by its owner.
func bubbleAudience(s *cc.CallSummary) Audience {
	a := Audience{Tenant: s.Tenant, Agent: s.Offer.GetAgent(), Scope: Supervisors}
	for _, o := range s.MoreOffers {
		a.Agents = append(a.Agents, o.Agent)
	}
	if s.AnsweredMs != 0 || s.Phase == cc.CallPhase_ENDED || s.Mode == cc.CallMode_FORWARDED {
		a.Scope = Everyone
	}
	if s.Tenant == "" {
		a.Scope = Nobody
		if a.Agent == "" {
			a.Agent = s.Agent
		}
		if a.Agent == "" {
			a.Agent = s.Owner
		}
	}
	return a
}

// MayRead says whether a person sees a call at all, by the same filter.
func MayRead(v *Viewer, s *cc.CallSummary) bool {
	a := bubbleAudience(s)
	return Receives(v, &a)
}

// MayName says whether a person's command may be put to a call: also one of their tenants that they do not see before
// its answer, so that a late accept hears offer_gone and an early claim managed_call (R35), as the machine says.
func MayName(v *Viewer, s *cc.CallSummary) bool {
	return s.Tenant != "" && v.granted(s.Tenant) || MayRead(v, s)
}
