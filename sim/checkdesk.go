package sim

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// truthWithin is how long two calls of an agent may be un-held in truth: messages get lost, and the agent asks its calls
// every 30 s.
const truthWithin = 150 * sec

// deskEvent checks swaps (R20, R21) and memberships (R97) against what was so before.
func (c *checker) deskEvent(b *agentBook, e any, r *cc.Record) {
	w := c.w
	switch m := e.(type) {
	case *cc.SwapStarted:
		b.swapAt = w.now
		c.counts.Swaps++
	case *cc.SwapHeld:
		for _, call := range b.shadow.Swap.Hold {
			if !c.wasHeld(b, call) {
				w.fail("R20", "%s takes %s, and %s has not been held", b.id, b.shadow.Swap.Call, call)
			}
		}
	case *cc.SwapFailed:
		c.swapFailed(b, m, r.NowMs)
	case *cc.MembershipReset:
		if i := slices.IndexFunc(b.shadow.QueueChanges, func(x *cc.QueueChange) bool { return x.Queue == m.Queue }); m.By == "system" &&
			(i < 0 || r.NowMs < b.shadow.QueueChanges[i].UntilMs) {
			w.fail("R97", "%s has %s back too early", b.id, m.Queue)
		}
	}
}

func (c *checker) swapFailed(b *agentBook, m *cc.SwapFailed, nowMs int64) {
	deadline := b.shadow.Swap.DeadlineMs
	if m.Code != cc.CodeHoldFailed {
		return
	}
	if nowMs < deadline {
		c.w.fail("R20", "%s gives up holding %d ms early", b.id, deadline-nowMs)
	}
	if late := nowMs - max(deadline, b.up); late > wrapUpSlackMs {
		c.w.fail("R20", "%s gives up holding %d ms late", b.id, late)
	}
}

// wasHeld: the call is on hold, or over for the agent, or was since the swap began.
func (c *checker) wasHeld(b *agentBook, call string) bool {
	if x := c.w.sides[call]; x != nil {
		return x.state != cc.DeskCallState_DESK_ACTIVE || x.heldAt >= b.swapAt
	}
	x := c.calls[call]
	return x == nil || x.agent != b.id || x.shadow.Held || x.heldAt >= b.swapAt
}

// deskStands checks what holds after each record of an agent.
func (c *checker) deskStands(b *agentBook) {
	w, s := c.w, b.shadow
	if un := unheld(s); len(un) > 1 && s.Swap == nil {
		w.fail("R21", "of %s are un-held %v, and nobody holds one", b.id, un)
	}
	if h := s.Hand; h != nil {
		on := s.Token.State == cc.TokenState_TALKING && s.Token.Call == h.Call
		on = on || slices.ContainsFunc(s.Calls, func(x *cc.DeskCall) bool { return x.Call == h.Call })
		if !on {
			w.fail("R89", "the hand of %s is up on call %s, which is over", b.id, h.Call)
		}
	}
}

// unheld lists the calls that the agent is believed to hear.
func unheld(s *cc.AgentState) (out []string) {
	if t := s.Token; t.GetState() == cc.TokenState_CONNECTING || t.GetState() == cc.TokenState_TALKING && !t.Held {
		out = append(out, t.Call)
	}
	for _, x := range s.Calls {
		if x.State == cc.DeskCallState_DESK_ACTIVE {
			out = append(out, x.Call)
		}
	}
	return out
}

// member is the membership of R97: by the last change that has not ended, else by the configuration.
func member(s *cc.AgentState, a *cc.Agent, queue string) bool {
	for _, x := range s.QueueChanges {
		if x.Queue == queue {
			return x.Member
		}
	}
	return a.Member(queue)
}

// deskStuck looks for what nobody reports: a swap or a membership that does not end, and two calls that an agent hears.
func (c *checker) deskStuck(b *agentBook, nowMs int64) {
	w, s := c.w, b.shadow
	if x := s.Swap; x != nil && x.DeadlineMs != 0 && nowMs > max(x.DeadlineMs, b.up)+wrapUpSlackMs+3000 {
		w.fail("R20", "the swap of %s was to end at %d, it is %d", b.id, x.DeadlineMs, nowMs)
	}
	for _, x := range s.QueueChanges {
		if x.UntilMs != 0 && nowMs > max(x.UntilMs, b.up)+wrapUpSlackMs+3000 {
			w.fail("R97", "%s was to have %s back at %d, it is %d", b.id, x.Queue, x.UntilMs, nowMs)
		}
	}
	switch leaves := s.Presence > cc.Presence_OFFLINE && s.NextPresence != cc.Presence_OFFLINE; {
	case w.desk.dir.Agent(b.id) != nil || !leaves:
		b.removed = 0
	case b.removed == 0:
		b.removed = w.now
	case w.now > b.removed+10*sec:
		w.fail("R15", "%s is no longer configured and is %v", b.id, s.Presence)
	}
	var hears []string
	since := int64(0)
	for _, x := range w.person(b.id).sides {
		if x.state == cc.DeskCallState_DESK_ACTIVE && w.now >= x.deaf {
			hears, since = append(hears, x.id), max(since, x.changed, x.deaf)
		}
	}
	for _, id := range c.order {
		if x := c.calls[id]; x.agent == b.id && !x.shadow.Held && !x.ended {
			hears, since = append(hears, id), max(since, x.changed)
		}
	}
	if len(hears) > 1 && w.now > since+truthWithin {
		w.fail("R21", "%s hears %v since %d s", b.id, hears, (w.now-since)/sec)
	}
}
