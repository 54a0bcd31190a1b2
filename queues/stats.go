package queues

import cc "github.com/wirechief/wirechief/callcenter"

// Position is the call's place in its queue, 1 = next (R96): one more than the callers with a higher score (R66),
// those being offered included, as they keep their place if the offer fails. Calls of one person that share a place
// (R94) count as one.
func (m *Matcher) Position(id string) (int, bool) {
	c := m.calls[id]
	if c != nil && c.shadow {
		c = c.place.front()
	}
	if c == nil || c.q == nil {
		return 0, false
	}
	return c.inQueue.rank(), true
}

// QueueStats counts callers and members of a queue at now; false: no such queue.
func (m *Matcher) QueueStats(id string, now int64) (QueueStats, bool) {
	m.advance(now)
	q := m.queues[id]
	if q == nil {
		return QueueStats{}, false
	}
	s := QueueStats{
		Queue: id, Waiting: q.waiting.len(), Offered: q.open,
		Members: len(q.members) - int(q.counts[notMember]), Available: int(q.counts[eligible]),
	}
	if n := q.ages.first(); n != nil {
		s.LongestWaitMs = max(0, m.now-n.v.w.EnqueuedMs)
		s.AverageWaitMs = max(0, m.now-q.since/int64(s.Waiting))
	}
	for c := offline; c < excluded; c++ {
		if q.counts[c] > 0 {
			s.ByCode = append(s.ByCode, CodeCount{codeNames[c], int(q.counts[c])})
		}
	}
	return s, true
}

// Fill is what a call that comes now would find at the queue (R30, R69); false: no such queue.
func (m *Matcher) Fill(id string) (cc.QueueFill, bool) {
	q := m.queues[id]
	if q == nil {
		return cc.QueueFill{}, false
	}
	online := int32(len(q.members)) - q.counts[notMember] - q.counts[offline]
	return cc.QueueFill{
		Waiting: int32(q.waiting.len()), Online: online, Available: online - q.counts[unavailable],
	}, true
}
