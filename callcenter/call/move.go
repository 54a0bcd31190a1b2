package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// headStartMs stands before every other call: more waiting time than anyone has (R97).
const headStartMs = 1_000_000_000_000

// waits refuses what is only for calls in a queue.
func (d *decision) waits() error {
	switch d.s.Phase {
	case cc.CallPhase_WAITING, cc.CallPhase_OFFERED:
		return nil
	case cc.CallPhase_ENDED:
		return errEnded()
	}
	return cc.Errorf(cc.CodeNotWaiting, "the call does not wait in a queue")
}

// moveCall by a supervisor (R97). Offers that ring are withdrawn, no miss; the age is kept (R65).
func (d *decision) moveCall(m *cc.MoveCall) error {
	if err := d.waits(); err != nil {
		return err
	}
	s := d.s
	q := d.env.Dir.Queue(m.Queue)
	switch {
	case !fits(m.By, m.Agent):
		return cc.Errorf(cc.CodeBadCommand, "the names are too long")
	case m.Queue != "" && q == nil:
		return cc.Errorf(cc.CodeNotFound, "there is no queue %s", clean(m.Queue))
	case m.Queue == "" && !m.Head && m.Agent == "":
		return cc.Errorf(cc.CodeBadCommand, "a call is moved to a queue, an agent or the head of its queue")
	}
	if q != nil && q.Id != s.Queue {
		d.closeOffers(nil, cc.OfferOutcome_WITHDRAWN_MOVED, "")
		d.enqueue(q, placing{step: int(s.Step), why: "moved", by: m.By})
		d.do(d.maxWaitTimer())
		d.tellPlace()
	}
	if m.Head {
		e := &cc.CallMoved{Head: true, By: m.By, Priority: s.Priority, PriorityMs: headStartMs}
		if s.StrictPriority {
			e.Priority = cc.MaxPriority
		}
		d.emit(e)
	}
	if m.Agent != "" {
		d.closeOffers(nil, cc.OfferOutcome_WITHDRAWN_MOVED, "")
		d.emit(&cc.CallMoved{Agent: m.Agent, By: m.By})
	}
	return nil
}

// setPriority by a supervisor, from now on and in this queue (R66, R97).
func (d *decision) setPriority(m *cc.SetPriority) error {
	if err := d.waits(); err != nil {
		return err
	}
	if m.Priority < 0 || m.Priority > cc.MaxPriority || !fits(m.By) {
		return cc.Errorf(cc.CodeBadCommand, "a priority is from 0 to %d", cc.MaxPriority)
	}
	d.emit(&cc.PriorityChanged{
		Priority: m.Priority, PriorityMs: d.env.Dir.Queue(d.s.Queue).HeadStartMs(m.Priority), By: m.By,
	})
	return nil
}

// leaveQueue: the queue was closed or removed (R88). Offers that ring are withdrawn.
func (d *decision) leaveQueue(m *cc.LeaveQueue) {
	if d.waits() != nil || m.Queue != d.s.Queue {
		return
	}
	d.closeOffers(nil, cc.OfferOutcome_WITHDRAWN_QUEUE_CLOSED, "")
	if q := d.env.Dir.Queue(m.To); q != nil && q.Id != d.s.Queue {
		d.enqueue(q, placing{step: int(d.s.Step), why: clean(m.Why), by: clean(m.By)})
		d.do(d.maxWaitTimer())
		d.tellPlace()
		return
	}
	d.nextTarget(clean(m.Why), clean(m.By), m.Found)
}
