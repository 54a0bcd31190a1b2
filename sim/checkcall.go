package sim

import (
	"slices"
	"strconv"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
)

func (c *checker) callRecord(id string, r *cc.Record) {
	b := c.calls[id]
	if b == nil && len(r.Events) == 0 {
		return // shut out before it arrived
	}
	if b == nil {
		b = &callBook{
			id: id, plan: -1, shadow: &cc.CallState{}, recordings: map[string]bool{}, drafts: map[uint64]string{},
			corrected: map[string]bool{},
		}
		c.calls[id] = b
		c.order = append(c.order, id)
		c.counts.Calls++
	}
	b.changed = c.w.now
	for _, e := range r.Events {
		c.w.note("call/"+id, "event", e.Name())
		c.callEvent(b, e, r)
		if c.w.failed != nil {
			return
		}
		call.Apply(b.shadow, e, r.NowMs)
	}
}

// callEvent checks an event of a call against what was so before.
func (c *checker) callEvent(b *callBook, e *cc.Event, r *cc.Record) {
	w, s := c.w, b.shadow
	phase := s.Phase
	if phase == cc.CallPhase_PHASE_UNKNOWN {
		switch e.Message().(type) {
		case *cc.CallArrived, *cc.BubbleCreated:
		default:
			w.fail("I2", "call %s begins with %s", b.id, e.Name())
			return
		}
	}
	c.bubbleEvent(b, e.Message())
	switch m := e.Message().(type) {
	case *cc.CallArrived:
		if phase != cc.CallPhase_PHASE_UNKNOWN {
			w.fail("I2", "call %s arrives twice", b.id)
		}
		b.plan, _ = strconv.Atoi(strings.TrimPrefix(m.CallerName, "c"))
		w.lookedUp(b.id, w.callers[b.plan].dice)
	case *cc.CallQueued:
		c.queued(b, m, r)
	case *cc.OfferMade:
		c.offerMade(b, m)
	case *cc.OfferClosed:
		c.offerClosed(b, m)
	case *cc.Answered:
		c.answered(b, m, r)
	case *cc.CallHeld:
		b.heldAt = w.now
	case *cc.AgentLeft:
		if phase != cc.CallPhase_BRIDGED || m.Agent != b.agent {
			w.fail("I2", "call %s is left by %s, who is not on it", b.id, m.Agent)
		}
		b.agent = ""
	case *cc.CallEnded:
		c.callEnded(b, m)
	case *cc.PlaceTaken:
		if m.Told == cc.PlaceTold_PLACE_ANSWERED {
			c.counts.Released++
		}
		if by := c.calls[m.By].shadow; m.Told == cc.PlaceTold_PLACE_ANSWERED && by.AnsweredMs == 0 && by.ResumedBy == "" {
			w.fail("I2", "call %s is released for %s, which nobody answered", b.id, m.By)
		}
	default:
		c.bubble(b, m, r)
	}
}

func (c *checker) queued(b *callBook, m *cc.CallQueued, r *cc.Record) {
	first := b.enqueued == 0
	if first || c.ageDrops(b, m, r) {
		b.enqueued = m.EnqueuedMs
	}
	switch {
	case m.EnqueuedMs != b.enqueued:
		c.w.fail("I3", "call %s came at %d and is queued as of %d", b.id, b.enqueued, m.EnqueuedMs)
	case m.Resumes != "" || m.Place != "":
		c.inherits(b, m, r)
	case first && m.EnqueuedMs != r.NowMs:
		c.w.fail("I3", "call %s comes at %d and is queued as of %d", b.id, r.NowMs, m.EnqueuedMs)
	}
	c.noteQueued(m)
	if len(b.open) > 0 || b.agent != "" || b.ended {
		c.w.fail("I2", "call %s is queued while offered %q, talking to %q, ended %v", b.id, b.open, b.agent, b.ended)
	}
}

func (c *checker) offerMade(b *callBook, m *cc.OfferMade) {
	w, o := c.w, c.offer(m.Offer.Id)
	c.counts.Offers++
	switch {
	case b.ended || b.agent != "" || len(b.open) >= max(1, int(b.shadow.RingMax)):
		w.fail("I2", "call %s offers %s while offered %q, talking to %q, ended %v", b.id, m.Offer.Id, b.open, b.agent, b.ended)
	case call.Open(b.shadow, m.Offer.Id) != nil || rings(b.shadow, m.Offer.Agent):
		w.fail("I1", "call %s offers %s to %s, whom it rings already", b.id, m.Offer.Id, m.Offer.Agent)
	case o.made != nil:
		w.fail("I1", "offer %s of call %s is made twice", m.Offer.Id, b.id)
	case !o.granted || o.agent != m.Offer.Agent || o.call != b.id:
		w.fail("I1", "call %s offers %s to %s without the token", b.id, m.Offer.Id, m.Offer.Agent)
	case o.freed:
		w.fail("I1", "call %s offers %s to %s, whose token was given back", b.id, m.Offer.Id, m.Offer.Agent)
	}
	if len(b.open) > 0 {
		c.counts.Grouped++
	}
	o.made, b.open = m.Offer, append(b.open, m.Offer.Id)
	for _, p := range w.people {
		if p.id() == m.Offer.Agent {
			w.after(p.dice.between(10*ms, 150*ms), func() { p.offered(b.id, m.Offer) })
		}
	}
}

func (c *checker) offerClosed(b *callBook, m *cc.OfferClosed) {
	o := c.offer(m.Offer)
	if !slices.Contains(b.open, m.Offer) || o.closed || m.Outcome == cc.OfferOutcome_OUTCOME_NONE {
		c.w.fail("I2", "call %s closes offer %s (%v), open is %q", b.id, m.Offer, m.Outcome, b.open)
	}
	o.closed, o.outcome = true, m.Outcome
	b.open = slices.DeleteFunc(b.open, func(id string) bool { return id == m.Offer })
	switch m.Outcome {
	case cc.OfferOutcome_MISSED:
		c.counts.Missed++
	case cc.OfferOutcome_REJECTED:
		c.counts.Rejected++
	default:
		c.counts.Failed++
	}
}

func (c *checker) answered(b *callBook, m *cc.Answered, r *cc.Record) {
	w, o := c.w, c.offer(m.Offer)
	if len(b.open) != 1 || b.open[0] != m.Offer || o.agent != m.Agent || o.freed {
		w.fail("I2", "call %s is answered by %s for %s, open is %q", b.id, m.Agent, m.Offer, b.open)
	}
	if m.OwnerEpoch != b.ownerEpoch+1 {
		w.fail("I4", "call %s: answer with owner epoch %d after %d", b.id, m.OwnerEpoch, b.ownerEpoch)
	}
	t := w.dirs[r.ConfigVersion].Tenant(b.shadow.Tenant)
	if t.GetRecord() != (m.Recording != "") {
		w.fail("I5", "call %s is answered, recording %q, policy %v", b.id, m.Recording, t.GetRecord())
	}
	if m.Recording != "" {
		b.recordings[m.Recording] = true
	}
	o.answered, o.outcome = true, cc.OfferOutcome_ANSWERED
	b.open, b.agent, b.agentOffer, b.owner, b.ownerEpoch = nil, m.Agent, m.Offer, m.Agent, m.OwnerEpoch
	c.counts.Answered++
	for _, p := range w.people {
		if p.id() == m.Agent {
			w.after(p.dice.between(10*ms, 150*ms), func() { p.works(b.id) })
		}
	}
	if x := w.callers[b.plan]; x.dialog != nil {
		w.after(20*ms, func() { x.answered(b.id, m.Agent) })
	}
}

func (c *checker) callEnded(b *callBook, m *cc.CallEnded) {
	w := c.w
	if b.ended || m.Cause == cc.EndCause_END_NONE {
		w.fail("I2", "call %s ends with %v, ended already: %v", b.id, m.Cause, b.ended)
	}
	if len(b.open) > 0 {
		w.fail("I2", "call %s ends with offers %s open", b.id, b.open)
	}
	if b.shadow.AnsweredMs == 0 && m.Cause == cc.EndCause_END_CALLER {
		c.counts.Abandoned++
	}
	b.ended, b.agent = true, ""
	for _, p := range w.people {
		if p.id() == b.owner {
			w.after(p.dice.between(10*ms, 150*ms), func() { p.ended(b.id, b.shadow.Tenant) })
		} else if p.dice.chance(0.05) {
			w.after(p.dice.between(sec, 120*sec), func() { p.corrects(b.id) })
		}
	}
}

// bubble: one owner, and a takeover is confirmed by the epoch the clicker saw (I4).
func (c *checker) bubble(b *callBook, m any, r *cc.Record) {
	w := c.w
	switch m := m.(type) {
	case *cc.BubbleClaimed:
		if b.owner != "" || m.Epoch != b.ownerEpoch+1 {
			w.fail("I4", "call %s is claimed by %s with epoch %d; %q has %d", b.id, m.Agent, m.Epoch, b.owner, b.ownerEpoch)
		}
		c.mayOwn(b, m.Agent, r)
		b.owner, b.ownerEpoch = m.Agent, m.Epoch
	case *cc.BubbleTaken:
		t, ok := r.Command.Message().(*cc.TakeOver)
		if !ok || t.Agent != m.Agent || t.Epoch != b.ownerEpoch || m.From != b.owner || m.Epoch != b.ownerEpoch+1 {
			w.fail("I4", "call %s is taken by %s from %s by %v; %q has %d", b.id, m.Agent, m.From, r.Command, b.owner, b.ownerEpoch)
		}
		c.mayOwn(b, m.Agent, r)
		b.owner, b.ownerEpoch = m.Agent, m.Epoch
		c.counts.Takeovers++
	case *cc.BubbleClosed:
		if !b.ended {
			w.fail("I4", "the bubble of call %s closes while it is up", b.id)
		}
	}
}

// mayOwn: a grant for the call's tenant, or a supervisor's act (I12).
func (c *checker) mayOwn(b *callBook, agent string, r *cc.Record) {
	if t, ok := r.Command.Message().(*cc.TakeOver); ok && t.Supervisor {
		return
	}
	if a := c.w.dirs[r.ConfigVersion].Agent(agent); !a.Granted(b.shadow.Tenant) {
		c.w.fail("I12", "%s owns call %s of %s without a grant", agent, b.id, b.shadow.Tenant)
	}
}

func (c *checker) offer(id string) *offerBook {
	o := c.offers[id]
	if o == nil {
		o = &offerBook{}
		c.offers[id] = o
	}
	return o
}
