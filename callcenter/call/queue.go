package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Why a call found no target (R88), beside callcenter's reasons of a queue.
const (
	failNoWorkflow = "no_workflow"
	failExhausted  = "list_exhausted"
	failHopLimit   = "hop_limit"
)

// Why a call goes on to its next target (R24).
const (
	whyMaxWait   = "max_wait"
	whyMaxOffers = "max_offers"
)

// placing says how a call comes into a queue.
type placing struct {
	step   int
	flow   *cc.WorkflowStep // nil: not by the workflow
	found  *cc.QueueFound   // nil: not known
	passed []*cc.QueuePassed
	why    string
	by     string
}

// route puts the call into the first queue of its workflow from a step on that takes it and returns "", or says why there
// is none (R24, R30, R69).
func (d *decision) route(from int, found []*cc.QueueFound, why, by string) string {
	wf := d.env.Dir.Workflow(d.s.Workflow)
	if wf == nil || len(wf.Steps) == 0 {
		return failNoWorkflow
	}
	p, fail := placing{why: why, by: by}, failExhausted
	for i := from; i < len(wf.Steps); i++ {
		if i > maxHops {
			return failHopLimit
		}
		p.step, p.flow = i, wf.Steps[i]
		q := d.env.Dir.Queue(p.flow.Queue)
		p.found = foundAt(found, p.flow.Queue)
		no := admit(q, p.found)
		if no == "" && why == cc.QueueClosed && q.Id == d.s.Queue { // a supervisor moved it here, out of the order
			no = why
		}
		if no != "" {
			if fail = no; no == cc.QueueGone {
				fail = failExhausted
			}
			p.passed = append(p.passed, &cc.QueuePassed{Queue: p.flow.Queue, Why: no})
			continue
		}
		d.enqueue(q, p)
		return ""
	}
	return fail
}

func foundAt(found []*cc.QueueFound, queue string) *cc.QueueFound {
	for _, f := range found {
		if f.Queue == queue {
			return f
		}
	}
	return nil
}

// admit says why the queue does not take the call, or "".
func admit(q *cc.Queue, f *cc.QueueFound) string {
	switch {
	case q == nil:
		return cc.QueueGone
	case f.GetClosed():
		return cc.QueueClosed
	}
	return q.Admit(f.Fill())
}

func (d *decision) enqueue(q *cc.Queue, p placing) {
	s, enqueued := d.s, d.s.EnqueuedMs
	if enqueued == 0 || p.flow.GetDropAge() {
		enqueued = d.env.NowMs // kept by other hops (R65)
	}
	priority := min(max(q.Priority, 0), cc.MaxPriority)
	e := &cc.CallQueued{
		Queue: q.Id, EnqueuedMs: enqueued, Priority: priority, StrictPriority: q.StrictPriority,
		PriorityMs:     q.HeadStartMs(priority),
		MaxWaitUntilMs: d.env.NowMs + orDefault(q.MaxWaitMs, maxWaitMs),
		WaitSeq:        d.nextSeq(), MaxOffers: q.MaxOffers, Step: int32(p.step), RedialWindowMs: q.RedialWindowMs,
		KeepLast: q.LastAgent, By: p.by, Why: p.why, Passed: p.passed,
	}
	for _, n := range p.flow.GetSkills() {
		e.Skills = append(e.Skills, n.CloneVT())
	}
	if q.LastAgent && q.PreferredWindowMs > 0 {
		e.Preferred = s.LastAgent
	}
	if q.Strategy == cc.RingAll {
		e.RingMax = int32(q.RingAllLimit())
	}
	redial(s, p.found, e)
	d.emit(e)
}

// exhausted: the queue's patience with the call is over, by offers.
func (d *decision) exhausted() bool {
	return d.s.MaxOffers > 0 && d.s.OffersMade >= d.s.MaxOffers && d.s.Phase == cc.CallPhase_WAITING
}

// maxWaitTimer is when the call leaves its queue. It comes at once when an offer too many came to nothing: the timer
// brings what the next queues look like.
func (d *decision) maxWaitTimer() cc.Effect {
	at := d.s.MaxWaitUntilMs
	if d.exhausted() {
		at = min(at, d.env.NowMs)
	}
	return cc.SetTimer{Name: TimerMaxWait, Seq: d.s.WaitSeq, AtMs: at}
}

// waitOver: the queue's patience is over. Agents who ring have their time; nobody else is asked.
func (d *decision) waitOver(found []*cc.QueueFound) {
	switch {
	case d.s.Phase == cc.CallPhase_WAITING && d.exhausted():
		d.nextTarget(whyMaxOffers, "", found)
	case d.s.Phase == cc.CallPhase_WAITING && d.env.Dir.Queue(d.s.Queue) == nil:
		d.nextTarget(cc.QueueGone, "", found)
	case d.s.Phase == cc.CallPhase_WAITING:
		d.nextTarget(whyMaxWait, "", found)
	case d.s.RingMax > 0 && !d.s.GroupClosed:
		d.emit(&cc.OfferGroupClosed{Why: whyMaxWait})
	}
}

// nextTarget moves a waiting call to the next queue of its workflow (R24), or ends it (R88).
func (d *decision) nextTarget(why, by string, found []*cc.QueueFound) {
	switch d.route(int(d.s.Step)+1, found, why, by) {
	case "":
		d.do(d.maxWaitTimer())
		d.tellPlace()
	case failHopLimit:
		d.end(cc.EndCause_END_HOP_LIMIT, why, "")
	default:
		d.end(cc.EndCause_END_NO_DESTINATION, why, "")
	}
}

// stay keeps a call in its queue after its offers have come to nothing, unless the queue's patience is over.
func (d *decision) stay() {
	if d.exhausted() || d.env.NowMs >= d.s.MaxWaitUntilMs || d.env.Dir.Queue(d.s.Queue) == nil {
		d.do(cc.SetTimer{Name: TimerMaxWait, Seq: d.s.WaitSeq, AtMs: d.env.NowMs})
		return
	}
	d.connectCaller()
}

// noAgentNow is the matcher's hint. While an offer is open it is out of date.
func (d *decision) noAgentNow() {
	if d.s.Phase == cc.CallPhase_WAITING {
		d.connectCaller()
	}
}

// connectCaller answers a caller who has only heard ringing; hold music follows.
func (d *decision) connectCaller() {
	if d.s.ConnectedMs != 0 {
		return
	}
	d.emit(&cc.CallerConnected{})
	d.do(cc.ConnectCaller{Leg: d.s.LegCaller}, cc.PlayHold{Leg: d.s.LegCaller})
}
