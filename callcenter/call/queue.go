package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Why a call found no target (R88).
const (
	failNoWorkflow = "no_workflow"
	failQueueFull  = "queue_full"
	failExhausted  = "list_exhausted"
	failHopLimit   = "hop_limit"
)

// route puts the call into the first queue of its workflow from a step on and returns "", or says why there is none.
// waiting is the fill of the first queue as the arrival saw it; later ones are not measured.
func (d *decision) route(from int, waiting int32) string {
	wf := d.env.Dir.Workflow(d.s.Workflow)
	if wf == nil || len(wf.Steps) == 0 {
		return failNoWorkflow
	}
	fail := failExhausted
	for i := from; i < len(wf.Steps); i++ {
		if i > maxHops {
			return failHopLimit
		}
		q := d.env.Dir.Queue(wf.Steps[i].Queue)
		switch {
		case q == nil:
		case i == 0 && int64(waiting) >= orDefault(int64(q.MaxSize), maxSize):
			fail = failQueueFull
		default:
			d.enqueue(q, i)
			return ""
		}
	}
	return fail
}

func (d *decision) enqueue(q *cc.Queue, step int) {
	enqueued := d.s.EnqueuedMs
	if enqueued == 0 {
		enqueued = d.env.NowMs // kept by later hops (R65)
	}
	priority := min(max(q.Priority, 0), maxPriority)
	d.emit(&cc.CallQueued{
		Queue: q.Id, EnqueuedMs: enqueued, Priority: priority, StrictPriority: q.StrictPriority,
		PriorityMs:     q.WeightMinutes*60_000 + int64(priority)*priorityStepMs,
		MaxWaitUntilMs: d.env.NowMs + orDefault(q.MaxWaitMs, maxWaitMs),
		WaitSeq:        d.nextSeq(), MaxOffers: q.MaxOffers, Step: int32(step),
	})
}

func (d *decision) maxWaitTimer() cc.Effect {
	return cc.SetTimer{Name: TimerMaxWait, Seq: d.s.WaitSeq, AtMs: d.s.MaxWaitUntilMs}
}

// nextTarget moves a waiting call to the next queue of its workflow (R24), or ends it (R88).
func (d *decision) nextTarget(why string) {
	switch d.route(int(d.s.Step)+1, 0) {
	case "":
		d.do(d.maxWaitTimer())
	case failHopLimit:
		d.end(cc.EndCause_END_HOP_LIMIT, why, "")
	default:
		d.end(cc.EndCause_END_NO_DESTINATION, why, "")
	}
}

// stay keeps a call in its queue after an offer has come to nothing, unless the queue's patience is over.
func (d *decision) stay() {
	s := d.s
	switch {
	case s.MaxOffers > 0 && s.OffersMade >= s.MaxOffers:
		d.nextTarget("max_offers")
	case d.env.NowMs >= s.MaxWaitUntilMs:
		d.nextTarget("max_wait")
	default:
		d.connectCaller()
	}
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
