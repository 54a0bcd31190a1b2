package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// SIP answers to a caller who finds nobody.
const (
	codeUnavailable = 480 // no target is left, or the queue is full
	codeNoService   = 503 // the number leads nowhere: a fault of the configuration
	codeDecline     = 603 // blocked (R101)
)

// arrive stamps what the configuration says of the dialled number on the call, for good (R1, R4), and queues it. A shared
// number stamps no tenant: the call's stays unresolved until its owner sets it (R8).
func (d *decision) arrive(m *cc.Arrive) error {
	if m.Call == "" || m.Leg == "" {
		return cc.Errorf(cc.CodeBadCommand, "a call needs an id and a leg")
	}
	dir := d.env.Dir
	n := dir.NumberAt(m.Dialled, d.env.NowMs)
	if n == nil || n.Role != cc.NumberRole_TRACKING && n.Role != cc.NumberRole_SHARED {
		return cc.Errorf(cc.CodeNotFound, "%s is not a number of ours", clean(m.Dialled))
	}
	tenant, caller := dir.Tenant(n.Tenant), clean(m.Caller)
	e := &cc.CallArrived{
		Call: m.Call, Company: dir.Center.GetCompany(), Tenant: n.Tenant, Campaign: n.Campaign, Number: n.E164,
		Workflow: n.Workflow, Caller: caller, CallerName: clean(m.CallerName), DivertedFrom: clean(m.DivertedFrom),
		Test:    caller != "" && slices.Contains(tenant.GetTestCallers(), caller),
		Blocked: caller != "" && blockedBy(tenant, caller, d.env.NowMs),
		Mode:    cc.CallMode_MANAGED, Leg: m.Leg, Connect: n.Connect, NumberRole: n.Role, Trunk: clean(m.Trunk),
		LeadThresholdMs: orDefault(tenant.GetLeadThresholdMs(), leadThresholdMs), Channel: cc.Channel_VOICE,
		Desk:      tenant.GetDesk(),
		LastAgent: m.LastAgent,
		CallerMs:  recent(m.CallerMs, d.env.NowMs),
	}
	if e.Connect != cc.ConnectMode_ON_QUEUE {
		e.Connect = cc.ConnectMode_ON_AGENT
		e.ConnectAfterMs = orDefault(n.ConnectAfterMs, connectAfterMs)
		e.ConnectSeq = d.nextSeq()
	}
	d.emit(e)
	if e.Blocked {
		d.refuse(cc.EndCause_END_ADMIN, "blocked", codeDecline)
		return nil
	}
	if fail := d.route(0, m.Found, "", ""); fail != "" {
		d.refuse(cc.EndCause_END_NO_DESTINATION, fail, refusalCode(fail))
		return nil
	}
	if e.Connect == cc.ConnectMode_ON_QUEUE {
		d.connectCaller()
	} else {
		d.do(cc.RingCaller{Leg: d.s.LegCaller},
			cc.SetTimer{Name: TimerConnect, Seq: d.s.ConnectSeq, AtMs: d.s.ArrivedMs + d.s.ConnectAfterMs})
	}
	d.do(d.maxWaitTimer())
	d.tellPlace()
	return nil
}

// recent are the last of these times that lie within 24 h (R7).
func recent(ms []int64, nowMs int64) (out []int64) {
	for _, at := range ms {
		if at > nowMs-recentMs {
			out = append(out, at)
		}
	}
	return out[max(0, len(out)-maxRecent):]
}

// blockedBy: on the tenant's list, for good or until a moment that has not come (R101).
func blockedBy(t *cc.Tenant, caller string, nowMs int64) bool {
	return slices.Contains(t.GetBlockedCallers(), caller) ||
		slices.ContainsFunc(t.GetBlocks(), func(b *cc.BlockedCaller) bool {
			return b.Number == caller && (b.UntilMs == 0 || nowMs < b.UntilMs)
		})
}

func refusalCode(detail string) int {
	if detail == failNoWorkflow {
		return codeNoService
	}
	return codeUnavailable
}

// refuse ends a call at its arrival; its record is kept (R88). Why is not the far end's to know.
func (d *decision) refuse(cause cc.EndCause, detail string, code int) {
	d.emit(&cc.CallEnded{Cause: cause, Detail: detail})
	d.do(cc.RejectCaller{Leg: d.s.LegCaller, Code: code})
	d.afterEnd()
}
