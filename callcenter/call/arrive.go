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

// arrive stamps what the configuration says of the dialled number on the call, for good (R1, R4), and queues it.
func (d *decision) arrive(m *cc.Arrive) error {
	if m.Call == "" || m.Leg == "" {
		return cc.Errorf(cc.CodeBadCommand, "a call needs an id and a leg")
	}
	dir := d.env.Dir
	n := dir.Number(m.Dialled)
	if n == nil || n.Role != cc.NumberRole_TRACKING {
		return cc.Errorf(cc.CodeNotFound, "%s is not a number of ours", clean(m.Dialled))
	}
	tenant, caller := dir.Tenant(n.Tenant), clean(m.Caller)
	e := &cc.CallArrived{
		Call: m.Call, Company: dir.Center.GetCompany(), Tenant: n.Tenant, Campaign: n.Campaign, Number: n.E164,
		Workflow: n.Workflow, Caller: caller, CallerName: clean(m.CallerName), DivertedFrom: clean(m.DivertedFrom),
		Test:    caller != "" && slices.Contains(tenant.GetTestCallers(), caller),
		Blocked: caller != "" && slices.Contains(tenant.GetBlockedCallers(), caller),
		Mode:    cc.CallMode_MANAGED, Leg: m.Leg, Connect: n.Connect, NumberRole: n.Role, Trunk: clean(m.Trunk),
		LeadThresholdMs: orDefault(tenant.GetLeadThresholdMs(), leadThresholdMs), LastAgent: m.LastAgent,
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
