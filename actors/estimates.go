package actors

import "github.com/wirechief/wirechief/queues"

// estimates is how good the queues' estimates of waits were, over all queues (R96). Per queue it is in the queue's
// statistics.
type estimates struct {
	worstP90, mean float64
	checked        int
	announceable   int // queues whose estimate may be told
}

// estimatesEveryMs is how often they are summed up: it costs some microseconds a queue.
const estimatesEveryMs = 10_000

func (a *matcherActor) sumEstimates(nowMs int64) {
	if nowMs < a.sumMs+estimatesEveryMs {
		return
	}
	a.sumMs = nowMs
	a.n.estimates.Store(sumOf(a.table.Matcher, a.n, nowMs))
}

func sumOf(m *queues.Matcher, n *Node, nowMs int64) *estimates {
	e := &estimates{}
	for _, q := range n.Directory().Center.GetQueues() {
		s, ok := m.EstimateStats(q.Id, nowMs)
		if !ok || s.Checked == 0 {
			continue
		}
		e.worstP90 = max(e.worstP90, s.ErrorP90)
		e.mean += s.ErrorMean * float64(s.Checked)
		e.checked += s.Checked
		if s.Announceable {
			e.announceable++
		}
	}
	if e.checked > 0 {
		e.mean /= float64(e.checked)
	}
	return e
}

func (e *estimates) each(f func(name string, v float64)) {
	if e == nil {
		e = &estimates{}
	}
	f("estimate_error_p90_worst", e.worstP90)
	f("estimate_error_mean", e.mean)
	f("estimates_checked", float64(e.checked))
	f("queues_announceable", float64(e.announceable))
}
