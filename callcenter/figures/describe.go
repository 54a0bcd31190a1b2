package figures

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// traits are what a fact is told apart by.
type traits struct{ queue, agent, tenant, campaign string }

// agentsOf lists whose fact it is: one, "" for nobody's; with BySegment a call is that of each who owned it.
func (q *Query) agentsOf(f *Fact) []string {
	switch f.Kind {
	case VisitKind:
		return []string{f.Visit.Agent}
	case OfferKind:
		return []string{f.Offer.Agent}
	case TalkKind:
		return []string{f.Talk.Agent}
	case WrapKind:
		return []string{f.Wrap.Agent}
	case QuarterKind:
		return []string{f.Quarter.Agent}
	}
	if q.BySegment && (q.By == ByAgent || q.By == ByTeam) && len(f.Call.Owners) > 0 {
		return f.Call.Owners
	}
	return []string{Owner(f.Call, q.View)}
}

func (q *Query) describe(f *Fact, agent string) traits {
	d := traits{agent: agent, tenant: f.Call.GetTenant(), campaign: f.Call.GetCampaign()}
	switch f.Kind {
	case VisitKind:
		d.queue = f.Visit.Queue
	case OfferKind:
		d.queue = f.Offer.Queue
	case TalkKind:
		d.queue = f.Talk.Queue
	case WrapKind:
		d.queue, d.tenant = f.Wrap.Queue, f.Wrap.Tenant
	case CallKind:
		if n := len(f.Call.Visits); n > 0 {
			d.queue = f.Call.Visits[n-1].Queue
		}
	}
	return d
}

// wanted: an agent's time is no queue's, tenant's or campaign's, so it is told by agent and team only.
func (q *Query) wanted(f *Fact, d *traits) bool {
	people := q.By == ByAgent || q.By == ByTeam
	if f.Kind == QuarterKind {
		if !people || q.Queue != "" || q.Tenant != "" || q.Campaign != "" {
			return false
		}
	} else if q.Tenants != nil && !slices.Contains(q.Tenants, d.tenant) {
		return false
	}
	if q.May != nil && d.agent != "" && (people || q.Agent != "" || q.Team != "") && !q.May(d.agent) {
		return false
	}
	is := func(want, have string) bool { return want == "" || want == have }
	return is(q.Queue, d.queue) && is(q.Agent, d.agent) && is(q.Tenant, d.tenant) && is(q.Campaign, d.campaign) &&
		(q.Team == "" || slices.Contains(q.teams(d.agent), q.Team))
}

func (q *Query) teams(agent string) []string {
	if q.Dir == nil {
		return nil
	}
	return q.Dir.Agent(agent).GetTeams()
}

func (q *Query) key(d *traits) string {
	switch q.By {
	case ByAgent:
		return d.agent
	case ByTenant:
		return d.tenant
	case ByCampaign:
		return d.campaign
	}
	return d.queue
}

// Edges lists the edges of a span in steps of a whole number of quarters; the last interval may be shorter.
func Edges(fromMs, toMs, stepMs int64) []int64 {
	out := []int64{fromMs}
	for at := fromMs + stepMs; at < toMs; at += stepMs {
		out = append(out, at)
	}
	return append(out, toMs)
}

// Tab is the scorecard's tab that a class belongs to (R53), "" for none.
func Tab(c cc.Class) string {
	switch c {
	case cc.Class_BOOKED:
		return "booked"
	case cc.Class_UNBOOKED:
		return "unbooked"
	case cc.Class_EXCUSED_NOTE, cc.Class_EXCUSED_SHORT, cc.Class_EXCUSED_MANAGER:
		return "excused"
	case cc.Class_NOT_LEAD:
		return "not_lead"
	case cc.Class_ABANDONED_UNANSWERED:
		return "unanswered"
	case cc.Class_ABANDONED_ANSWERED_UNCLAIMED:
		return "unclaimed"
	}
	return ""
}

// Of names the call, queue and agent of a fact; "" where it has none.
func (q *Query) Of(f *Fact) (call, queue, agent string) {
	if f.Kind == CallKind {
		agent = Owner(f.Call, q.View)
	} else {
		agent = q.agentsOf(f)[0]
	}
	if call = f.Call.GetCall(); f.Wrap != nil {
		call = f.Wrap.Call
	}
	return call, q.describe(f, agent).queue, agent
}
