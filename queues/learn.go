package queues

import cc "github.com/wirechief/wirechief/callcenter"

// What estimators learn comes with the states that the matcher is told anyway: a call appears in a queue, an agent is
// seen talking on it, it is gone. States carry no time of their telling, so they are gathered and taken in at the next
// time that is known.

// entryOf is a call's stay in one queue, for its estimate.
type entryOf struct {
	queue      string
	atMs       int64
	estimateMs int64 // made at the entry; 0: none
}

// maxLeft bounds the calls that left their queue and of which it is not yet known whether they were answered.
const maxLeft = 10_000

// lateMs is how long after its entry a call may first be seen and still have an estimate of the entry.
const lateMs = 2_000

type learning struct {
	estimators map[string]*estimator // by queue; they outlive a configuration
	stays      map[string]entryOf    // by call
	touched    []*estimator          // of queues where callers came or went
	entered    []string              // calls to be taken in
	left       []string              // calls that are gone, oldest first, still in stays
	talking    []string              // calls an agent was seen talking on
}

func newLearning() learning {
	return learning{estimators: map[string]*estimator{}, stays: map[string]entryOf{}}
}

func (m *Matcher) estimator(queue string) *estimator {
	e := m.learning.estimators[queue]
	if e == nil {
		e = &estimator{queue: queue}
		m.learning.estimators[queue] = e
	}
	return e
}

// touch says that a caller came to the queue or left it.
func (m *Matcher) touch(q *queue) {
	if !q.served.touched {
		q.served.touched = true
		m.learning.touched = append(m.learning.touched, q.served)
	}
}

func (m *Matcher) noteEntered(w *cc.WaitingCall) {
	if m.learning.stays[w.Call].queue != w.Queue {
		m.learning.stays[w.Call] = entryOf{queue: w.Queue}
		m.learning.entered = append(m.learning.entered, w.Call)
	}
}

func (m *Matcher) noteLeft(call string) {
	l := &m.learning
	if l.left = append(l.left, call); len(l.left) > maxLeft {
		delete(l.stays, l.left[0])
		l.left = l.left[1:]
	}
}

// noteAgent: the first sight of an agent talking on a call is its answer.
func (m *Matcher) noteAgent(was, is *cc.AgentSummary) {
	talks := func(s *cc.AgentSummary) bool { return s.GetToken() == cc.TokenState_TALKING && s.GetCall() != "" }
	if talks(is) && (!talks(was) || was.GetCall() != is.GetCall()) {
		m.learning.talking = append(m.learning.talking, is.Call)
	}
}

// learn takes in what was gathered, as of m.now. It costs a step for each call that came or was answered.
func (m *Matcher) learn() {
	l := &m.learning
	for _, e := range l.touched {
		q := m.queues[e.queue]
		e.pass(m.now, q != nil && q.waiting.len() > 0)
		e.touched = false
	}
	for _, id := range l.talking {
		if s, ok := l.stays[id]; ok && s.atMs > 0 {
			m.estimator(s.queue).answered(m.now, m.now-s.atMs, s.estimateMs)
			delete(l.stays, id)
		}
	}
	for _, id := range l.entered {
		c, s := m.calls[id], l.stays[id]
		if c == nil || m.queues[s.queue] == nil || c.w.Queue != s.queue || s.atMs > 0 {
			continue
		}
		s.atMs = m.now
		if at := c.w.EnteredMs; at > 0 && at < m.now-lateMs {
			s.atMs = at // it waited before this matcher began: nothing was estimated
		} else if place, ok := m.Position(id); ok {
			pace := m.queues[s.queue].served.pace(m.now)
			s.estimateMs = pace.wait(place)
		}
		l.stays[id] = s
	}
	clear(l.touched)
	l.touched, l.talking, l.entered = l.touched[:0], l.talking[:0], l.entered[:0]
}
