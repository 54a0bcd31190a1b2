package agent

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// setMembership changes which queues the agent is offered calls of (R97). It acts on the next offer (R15): one that rings
// goes on, and so does a call. What equals the configuration is no change; a change beats later configurations.
func (d *step) setMembership(m *cc.SetMembership) error {
	i := queueChange(d.s, m.Queue)
	switch {
	case d.config() == nil:
		return cc.Errorf(cc.CodeNotFound, "there is no agent %s", d.s.Id)
	case d.env.Dir.Queue(m.Queue) == nil && i < 0:
		return cc.Errorf(cc.CodeNotFound, "there is no queue %q", m.Queue)
	case m.UntilMs != 0 && m.UntilMs <= d.now:
		return cc.Errorf(cc.CodeBadCommand, "the time until which it holds is over")
	case i < 0 && len(d.s.QueueChanges) >= MaxQueueChanges:
		return cc.Errorf(cc.CodeOverloaded, "agent %s has %d changed memberships", d.s.Id, MaxQueueChanges)
	}
	configured := d.config().Member(m.Queue) == m.Member
	switch {
	case configured && i < 0:
		return nil
	case configured:
		d.resetMembership(m.Queue, m.By)
	case i >= 0 && sameChange(d.s.QueueChanges[i], m):
		return nil
	default:
		seq, at := d.nextQueues(&cc.QueueChange{Queue: m.Queue, UntilMs: m.UntilMs})
		d.emit(&cc.MembershipChanged{Queue: m.Queue, Member: m.Member, UntilMs: m.UntilMs, By: m.By, TimerSeq: seq})
		d.armQueues(at)
	}
	return nil
}

func (d *step) resetMembership(queue, by string) {
	seq, at := d.nextQueues(&cc.QueueChange{Queue: queue})
	d.emit(&cc.MembershipReset{Queue: queue, By: by, TimerSeq: seq})
	d.armQueues(at)
}

// queuesFired ends every change whose time is over.
func (d *step) queuesFired(seq uint64) {
	if seq == 0 || d.s.QueuesSeq != seq || d.tooEarly(timerQueues, seq, queuesDueMs(d.s, nil)) {
		return
	}
	for _, c := range slices.Clone(d.s.QueueChanges) {
		if c.UntilMs != 0 && c.UntilMs <= d.now {
			d.resetMembership(c.Queue, bySystem)
		}
	}
}

// nextQueues numbers the timer as it is to be with this change taken in: 0 when no change ends by itself.
func (d *step) nextQueues(c *cc.QueueChange) (seq uint64, atMs int64) {
	if atMs = queuesDueMs(d.s, c); atMs == 0 {
		return 0, 0
	}
	return d.s.TimerSeq + 1, atMs
}

func (d *step) armQueues(atMs int64) {
	if d.s.QueuesSeq != 0 {
		d.setTimer(timerQueues, d.s.QueuesSeq, atMs)
	}
}

// queuesDueMs is when the first change ends, with one replaced; 0: none does.
func queuesDueMs(s *cc.AgentState, by *cc.QueueChange) int64 {
	due := by.GetUntilMs()
	for _, c := range s.QueueChanges {
		if c.Queue != by.GetQueue() && c.UntilMs != 0 && (due == 0 || c.UntilMs < due) {
			due = c.UntilMs
		}
	}
	return due
}

func queueChange(s *cc.AgentState, queue string) int {
	return slices.IndexFunc(s.QueueChanges, func(c *cc.QueueChange) bool { return c.Queue == queue })
}

func sameChange(c *cc.QueueChange, m *cc.SetMembership) bool {
	return c.Member == m.Member && c.UntilMs == m.UntilMs
}

func applyQueues(s *cc.AgentState, m any) bool {
	queue, seq := "", uint64(0)
	switch m := m.(type) {
	case *cc.MembershipChanged:
		queue, seq = m.Queue, m.TimerSeq
	case *cc.MembershipReset:
		queue, seq = m.Queue, m.TimerSeq
	default:
		return false
	}
	s.QueueChanges = slices.DeleteFunc(s.QueueChanges, func(c *cc.QueueChange) bool { return c.Queue == queue })
	if m, ok := m.(*cc.MembershipChanged); ok {
		s.QueueChanges = append(s.QueueChanges, &cc.QueueChange{
			Queue: m.Queue, Member: m.Member, UntilMs: m.UntilMs, By: m.By,
		})
	}
	s.QueuesSeq, s.TimerSeq = seq, max(s.TimerSeq, seq)
	return true
}

// agentRemoved: a deactivated agent is signed out (R15). What rings is withdrawn (R81), a call is not cut and its wrap-up
// is what was frozen; one that runs already ends, as with any sign-out (R32).
func (d *step) agentRemoved() {
	s := d.s
	if d.config() != nil || s.Presence <= cc.Presence_OFFLINE {
		return
	}
	d.focus("") // nobody tells who is not configured what becomes of their bubbles
	if s.Token.GetState() <= cc.TokenState_FREE {
		d.emit(&cc.PresenceChanged{Presence: cc.Presence_OFFLINE, By: byRemoved})
		return
	}
	if s.NextPresence != cc.Presence_OFFLINE {
		d.emit(&cc.NextPresenceSet{Presence: cc.Presence_OFFLINE, By: byRemoved})
	}
	d.askBack(cc.OfferOutcome_WITHDRAWN_DEACTIVATED)
	if s.Token.State == cc.TokenState_WRAPUP {
		d.endWrapUp(byRemoved)
	}
}
