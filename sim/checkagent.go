package sim

import (
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/queues"
)

// wrapUpSlackMs is how late a timed wrap-up may end (I6).
const wrapUpSlackMs = 1000

func (c *checker) agent(id string) *agentBook {
	b := c.agents[id]
	if b == nil {
		b = &agentBook{id: id, shadow: &cc.AgentState{}}
		c.agents[id] = b
	}
	return b
}

func (c *checker) agentRecord(id string, r *cc.Record) {
	b := c.agent(id)
	c.causes(b, r)
	for _, e := range r.Events {
		c.w.note("agent/"+id, "event", e.Name())
		c.agentEvent(b, e, r)
		if c.w.failed != nil {
			return
		}
		c.deskEvent(b, e.Message(), r)
		agent.Apply(b.shadow, e, r.NowMs)
	}
	c.deskStands(b)
}

// agentEvent checks the token: one holder, given back once, and not before the call has let go (I1); wrap-up (I6).
func (c *checker) agentEvent(b *agentBook, e *cc.Event, r *cc.Record) {
	w := c.w
	switch m := e.Message().(type) {
	case *cc.TokenGranted:
		o := c.offer(m.Offer)
		if b.token != "" {
			w.fail("I1", "the token of %s goes to %s while %s holds it", b.id, m.Offer, b.token)
		}
		if o.granted {
			w.fail("I1", "offer %s is granted twice, by %s and %s", m.Offer, o.agent, b.id)
		}
		if a := w.dirs[r.ConfigVersion].Agent(b.id); !a.Granted(m.Tenant) {
			w.fail("I12", "%s is reserved for a call of %s without a grant", b.id, m.Tenant)
		}
		if a := w.dirs[r.ConfigVersion].Agent(b.id); !member(b.shadow, a, m.Queue) {
			w.fail("R97", "%s is reserved for a call of %s, and is no member", b.id, m.Queue)
		}
		o.granted, o.agent, o.call = true, b.id, m.Call
		b.token, b.call, b.granted = m.Offer, m.Call, w.now
	case *cc.TokenTalking:
		if o := c.offer(m.Offer); b.token != m.Offer || !o.answered {
			w.fail("I1", "%s talks for %s, which was answered: %v; holds %q", b.id, m.Offer, o.answered, b.token)
		}
	case *cc.TokenFreed:
		c.freed(b, m)
	case *cc.WrapUpStarted:
		if b.token != m.Offer || b.wrapUp {
			w.fail("I1", "%s wraps up %s, holds %q", b.id, m.Offer, b.token)
		}
		b.wrapUp, b.until, b.paused, b.left = true, m.UntilMs, false, 0
		c.counts.WrapUps++
	case *cc.WrapUpExtended, *cc.WrapUpPaused, *cc.WrapUpResumed, *cc.WrapUpEnded:
		c.wrapUpEvent(b, m, r.NowMs)
	}
}

func (c *checker) freed(b *agentBook, m *cc.TokenFreed) {
	w, o := c.w, c.offer(m.Offer)
	switch {
	case b.token != m.Offer:
		w.fail("I1", "%s gives back the token of %s, %q holds it", b.id, m.Offer, b.token)
	case b.wrapUp:
		w.fail("I1", "%s gives the token of %s back during the wrap-up", b.id, m.Offer)
	case o.made != nil && !o.closed && !o.answered:
		w.fail("I1", "%s gives the token of %s back while call %s has the offer", b.id, m.Offer, o.call)
	case o.answered && c.calls[o.call].agentOffer == m.Offer && c.calls[o.call].agent == b.id:
		w.fail("I1", "%s gives the token of %s back while on call %s", b.id, m.Offer, o.call)
	case o.made != nil && o.outcome != m.Outcome:
		w.fail("I10", "offer %s ended %v, %s was told %v", m.Offer, o.outcome, b.id, m.Outcome)
	}
	o.freed, b.token, b.call = true, "", ""
}

// causes: of all that ends an offer only missed, rejected and unreachable change the status (I10), and nothing else
// gives these reasons.
func (c *checker) causes(b *agentBook, r *cc.Record) {
	outcome, left := cc.OfferOutcome_OUTCOME_NONE, false
	for _, e := range r.Events {
		if m, ok := e.Message().(*cc.TokenFreed); ok {
			outcome = m.Outcome
		}
	}
	if m, ok := r.Command.Message().(*cc.LeftCall); ok {
		left = m.Cause == cc.EndCause_END_AGENT_LOST
	}
	for _, e := range r.Events {
		ok, what := true, ""
		switch m := e.Message().(type) {
		case *cc.PresenceChanged:
			what = m.Reason
			switch m.Reason {
			case cc.ReasonMissed:
				ok = outcome == cc.OfferOutcome_MISSED
			case cc.ReasonRejected:
				ok = outcome == cc.OfferOutcome_REJECTED
			case cc.ReasonEndpointUnreachable:
				ok = outcome == cc.OfferOutcome_FAILED_UNREACHABLE || outcome == cc.OfferOutcome_FAILED_CONNECT || left
			}
		case *cc.MissesChanged:
			what, ok = "misses", m.Misses == 0 || outcome == cc.OfferOutcome_MISSED || outcome == cc.OfferOutcome_REJECTED
		case *cc.CooldownStarted:
			what = "cooldown"
			ok = outcome == cc.OfferOutcome_MISSED || outcome == cc.OfferOutcome_REJECTED || outcome == cc.OfferOutcome_FAILED_BUSY
		}
		if !ok {
			c.w.fail("I10", "%s gets %s by %s, outcome %v", b.id, what, r.Command.Name(), outcome)
		}
	}
}

// settled is how long a call must have stood unchanged before it counts in the order of I3: a message may be under way.
const settled = 4 * sec

// matched checks one pair (I3): no call that this agent could be offered stands before it by the durable books.
func (c *checker) matchedPair(a *matcher, m queues.Match, now int64) {
	mine := c.calls[m.Call]
	if mine == nil || a.dir.Queue(m.Queue) == nil {
		return
	}
	cfg, sum := a.dir.Agent(m.Agent), agent.Summary(c.agent(m.Agent).shadow)
	w := call0(mine)
	for _, id := range c.order {
		b := c.calls[id]
		s := b.shadow
		if b == mine || s.Phase != cc.CallPhase_WAITING || b.changed > c.w.now-settled || c.recent(id) {
			continue
		}
		q := a.dir.Queue(s.Queue)
		if cc.Eligible(sum, cfg, q, s.Tenant, now) != "" || tried(s, m.Agent) || a.fresh > c.w.now-settled ||
			!suits(cfg, q, s, now) {
			continue
		}
		if before(call0(b), w) {
			c.w.fail("I3", "%s is paired with %s, but %s stands before it", m.Agent, m.Call, id)
		}
	}
}

// place is what R66 orders calls by.
type place struct {
	strict   int32
	key      int64
	enqueued int64
	id       string
}

func call0(b *callBook) place {
	p := place{key: b.enqueued - b.shadow.PriorityMs, enqueued: b.enqueued, id: b.id}
	if b.shadow.StrictPriority {
		p.strict = b.shadow.Priority
	}
	return p
}

func before(a, b place) bool {
	switch {
	case a.strict != b.strict:
		return a.strict > b.strict
	case a.key != b.key:
		return a.key < b.key
	case a.enqueued != b.enqueued:
		return a.enqueued < b.enqueued
	}
	return a.id < b.id
}

func tried(s *cc.CallState, agent string) bool {
	for _, t := range s.Tried {
		if t.Agent == agent {
			return true
		}
	}
	return false
}

// recent: the matcher has named the call a moment ago.
func (c *checker) recent(id string) bool {
	at, ok := c.matched[id]
	return ok && at > c.w.now-settled
}

func (c *checker) pairs(a *matcher, list []queues.Match) {
	now := a.p.nowMs()
	for _, m := range list {
		c.matched[m.Call] = c.w.now
	}
	for _, m := range list {
		c.matchedPair(a, m, now)
	}
}
