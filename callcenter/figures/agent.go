package figures

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Rows takes what the account of an agent's time has finished.
type Rows struct {
	Quarters []*cc.AgentQuarter
	Wraps    []*cc.WrapFact
}

// FoldAgent takes one event of the agent's stream into the account of their time.
func FoldAgent(f *cc.AgentFacts, e *cc.Event, atMs int64, out *Rows) {
	switch m := e.Message().(type) {
	case *cc.AgentCreated:
		f.Agent, f.SinceMs, f.Presence, f.Token = m.Agent, atMs, cc.Presence_OFFLINE, cc.TokenState_FREE
	case *cc.PresenceChanged:
		Advance(f, atMs, out)
		f.Presence = m.Presence
	case *cc.TokenGranted:
		Advance(f, atMs, out)
		f.Token, f.Offer, f.Call, f.Queue, f.Tenant = cc.TokenState_RESERVED, m.Offer, m.Call, m.Queue, m.Tenant
	case *cc.TokenConnecting:
		Advance(f, atMs, out)
		f.Token = cc.TokenState_CONNECTING
	case *cc.TokenTalking:
		Advance(f, atMs, out)
		f.Token = cc.TokenState_TALKING
	case *cc.WrapUpStarted:
		Advance(f, atMs, out)
		f.Token = cc.TokenState_WRAPUP
		f.Wrap = &cc.WrapFact{
			Agent: f.Agent, Offer: m.Offer, Call: f.Call, Queue: f.Queue, Tenant: f.Tenant, FromMs: max(atMs, f.SinceMs),
		}
	case *cc.TokenFreed:
		Advance(f, atMs, out)
		endWrap(f, out)
		f.Token, f.Offer, f.Call, f.Queue, f.Tenant = cc.TokenState_FREE, "", "", "", ""
	case *cc.DeskChanged:
		Advance(f, atMs, out)
		desk(f, m.Call)
	}
}

func endWrap(f *cc.AgentFacts, out *Rows) {
	if f.Wrap != nil {
		f.Wrap.UntilMs = f.SinceMs
		out.Wraps = append(out.Wraps, f.Wrap)
		f.Wrap = nil
	}
}

// desk: another call was taken or is over. How the queue call stands is told there too: that time is the token's.
func desk(f *cc.AgentFacts, c *cc.DeskCall) {
	if c.GetClass() == cc.CallClass_QUEUE_CALL {
		return
	}
	i, found := slices.BinarySearch(f.Other, c.GetCall())
	taken := c.GetState() == cc.DeskCallState_DESK_ACTIVE || c.GetState() == cc.DeskCallState_DESK_HELD
	switch {
	case taken && !found:
		f.Other = slices.Insert(f.Other, i, c.GetCall())
	case !taken && found:
		f.Other = slices.Delete(f.Other, i, i+1)
	}
}

// Activity is what the agent's time is spent with now.
func Activity(f *cc.AgentFacts) cc.AgentTime {
	switch {
	case f.Token == cc.TokenState_TALKING:
		return cc.AgentTime_TIME_TALK
	case f.Token == cc.TokenState_WRAPUP && len(f.Other) == 0:
		return cc.AgentTime_TIME_WRAPUP
	case len(f.Other) > 0:
		return cc.AgentTime_TIME_OTHER_CALL
	case f.Token == cc.TokenState_RESERVED, f.Token == cc.TokenState_CONNECTING:
		return cc.AgentTime_TIME_RINGING
	case f.Presence == cc.Presence_AVAILABLE:
		return cc.AgentTime_TIME_IDLE
	case f.Presence == cc.Presence_UNAVAILABLE:
		return cc.AgentTime_TIME_UNAVAILABLE
	}
	return cc.AgentTime_TIME_OFFLINE
}

// Advance accounts the time until toMs, split at the borders of quarters; finished quarters go to out.
func Advance(f *cc.AgentFacts, toMs int64, out *Rows) {
	what := Activity(f)
	if what == cc.AgentTime_TIME_OFFLINE {
		if Quarter(toMs) > Quarter(f.SinceMs) {
			closeQuarter(f, out)
		}
		f.SinceMs = max(f.SinceMs, toMs)
		return
	}
	for f.SinceMs < toMs {
		start := Quarter(f.SinceMs)
		if f.Quarter != nil && f.Quarter.StartMs != start {
			closeQuarter(f, out)
		}
		if f.Quarter == nil {
			f.Quarter = &cc.AgentQuarter{Agent: f.Agent, StartMs: start}
		}
		until := min(toMs, start+QuarterMs)
		*timeOf(f.Quarter, what) += until - f.SinceMs
		f.SinceMs = until
	}
	if f.Quarter != nil && f.Quarter.StartMs != Quarter(f.SinceMs) {
		closeQuarter(f, out)
	}
}

func closeQuarter(f *cc.AgentFacts, out *Rows) {
	if f.Quarter != nil {
		out.Quarters = append(out.Quarters, f.Quarter)
		f.Quarter = nil
	}
}

func timeOf(q *cc.AgentQuarter, what cc.AgentTime) *int64 {
	switch what {
	case cc.AgentTime_TIME_TALK:
		return &q.TalkMs
	case cc.AgentTime_TIME_WRAPUP:
		return &q.WrapupMs
	case cc.AgentTime_TIME_OTHER_CALL:
		return &q.OtherMs
	case cc.AgentTime_TIME_RINGING:
		return &q.RingingMs
	case cc.AgentTime_TIME_IDLE:
		return &q.IdleMs
	default:
		return &q.UnavailableMs
	}
}

// Open gives what has not finished yet as it stands at nowMs: the running quarters and wrap-up. f stays as it is.
func Open(f *cc.AgentFacts, nowMs int64) Rows {
	var out Rows
	f = f.CloneVT()
	Advance(f, nowMs, &out)
	closeQuarter(f, &out)
	if f.Wrap != nil {
		f.Wrap.UntilMs = f.SinceMs
		out.Wraps = append(out.Wraps, f.Wrap)
	}
	return out
}
