package queues

import cc "github.com/wirechief/wirechief/callcenter"

// Defaults of an offer policy's unset fields: R24, R25, R31, R81, R82, R102, and of a wrap-up's: R32.
const (
	defaultRingMs      = 30_000
	defaultConnectMs   = 10_000
	defaultCooldownMs  = 10_000
	defaultReofferMs   = 10_000
	defaultBusySkipMs  = 10_000
	defaultMaxMisses   = 1
	defaultWrapupMs    = 30_000
	defaultWrapupMaxMs = 600_000
)

// ResolvePolicy is what an offer of queue q to agent a for a call of tenant t (nil: unresolved) carries: the queue's
// policy with unset fields at their defaults and the wrap-up resolved (R32).
func ResolvePolicy(q *cc.Queue, a *cc.Agent, t *cc.Tenant) *cc.OfferPolicy {
	p := q.GetOffer().CloneVT()
	if p == nil {
		p = &cc.OfferPolicy{}
	}
	unset := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	unset(&p.RingTimeoutMs, defaultRingMs)
	unset(&p.ConnectTimeoutMs, defaultConnectMs)
	unset(&p.CooldownMs, defaultCooldownMs)
	unset(&p.ReofferAfterMs, defaultReofferMs)
	unset(&p.BusySkipMs, defaultBusySkipMs)
	if p.MaxMisses <= 0 {
		p.MaxMisses = defaultMaxMisses
	}
	action := cc.MissAction_MISS_UNAVAILABLE
	if q.GetStrategy() == RingAll {
		action = cc.MissAction_MISS_KEEP
	}
	if p.OnMiss == cc.MissAction_MISS_UNSET {
		p.OnMiss = action
	}
	if p.OnReject == cc.MissAction_MISS_UNSET {
		p.OnReject = action
	}
	p.Wrapup = resolveWrapUp(q.GetOffer().GetWrapup(), a.GetWrapup(), t.GetWrapup())
	return p
}

// resolveWrapUp takes the agent's override, else the queue's, else the tenant's, capped by the queue's maximum.
func resolveWrapUp(queue, agent, tenant *cc.WrapUp) *cc.WrapUp {
	for _, w := range [...]*cc.WrapUp{agent, queue, tenant} {
		switch w.GetMode() {
		case cc.WrapUpMode_WRAPUP_UNSET:
			continue
		case cc.WrapUpMode_WRAPUP_NONE:
			return &cc.WrapUp{Mode: cc.WrapUpMode_WRAPUP_NONE}
		}
		w = w.CloneVT()
		if w.LengthMs <= 0 {
			w.LengthMs = defaultWrapupMs
		}
		if w.MaxMs <= 0 {
			w.MaxMs = defaultWrapupMaxMs
		}
		if m := queue.GetMaxMs(); m > 0 {
			w.MaxMs = min(w.MaxMs, m)
		}
		w.LengthMs = min(w.LengthMs, w.MaxMs)
		return w
	}
	return &cc.WrapUp{Mode: cc.WrapUpMode_WRAPUP_NONE}
}
