package queues

// Position is the call's place in its queue, 1 = next (R96): one more than the callers with a higher score (R66),
// those being offered included, as they keep their place if the offer fails.
func (m *Matcher) Position(id string) (int, bool) {
	c := m.calls[id]
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
		Queue: id, Waiting: q.waiting.len(), Offered: q.waiting.len(),
		Members: len(q.members), Available: int(q.counts[eligible]),
	}
	for _, l := range q.lanes {
		s.Offered -= l.calls.len() // a sum: the order of the lanes does not matter
	}
	if n := q.ages.first(); n != nil {
		s.LongestWaitMs = max(0, m.now-n.v.w.EnqueuedMs)
	}
	for c := offline; c < excluded; c++ {
		if q.counts[c] > 0 {
			s.ByCode = append(s.ByCode, CodeCount{codeNames[c], int(q.counts[c])})
		}
	}
	return s, true
}
