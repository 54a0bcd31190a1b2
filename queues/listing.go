package queues

import cc "github.com/wirechief/wirechief/callcenter"

// Waiting lists the calls of a queue in the order in which they will be served, at most limit. They must not be changed.
func (m *Matcher) Waiting(queue string, limit int) (out []*cc.WaitingCall) {
	q := m.queues[queue]
	if q == nil {
		return nil
	}
	for n := q.waiting.first(); n != nil && len(out) < limit; n = n.next() {
		out = append(out, n.v.w)
	}
	return out
}
