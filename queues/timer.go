package queues

// timer is something that happens to one agent or one call by itself when its time comes.
type timer struct {
	n    node[*timer]
	seq  int64 // order among timers of one instant
	what timerKind
	a    *agent
	c    *call
}

type timerKind uint8

const (
	agentCooled timerKind = iota
	agentHeldTooLong
	callChanges // an exclusion of the call is over (R31), or its needs, open tier or preference change (R67)
	callHeldTooLong
)

func (t *timer) atMs() int64 { return t.n.key.major }

func timerTie(_, _ *timer) bool { return false } // keys differ

func (m *Matcher) initTimer(t *timer, what timerKind, a *agent, c *call) {
	m.timerSeq++
	t.n.v, t.n.prio, t.seq = t, m.dice.next(), m.timerSeq
	t.what, t.a, t.c = what, a, c
}

// setTimer moves the timer to atMs; 0 stops it.
func (m *Matcher) setTimer(t *timer, atMs int64) {
	if t.n.in() {
		if t.atMs() == atMs {
			return
		}
		m.timers.remove(&t.n)
	}
	if atMs != 0 {
		t.n.key = key{atMs, t.seq}
		m.timers.insert(&t.n)
	}
}

// advance brings the matcher to now and does what has become due. Time never goes back.
func (m *Matcher) advance(now int64) {
	m.now = max(m.now, now)
	for {
		n := m.timers.first()
		if n == nil || n.v.atMs() > m.now {
			return
		}
		m.setTimer(n.v, 0)
		m.fire(n.v)
	}
}

func (m *Matcher) fire(t *timer) {
	switch t.what {
	case agentCooled:
		m.refresh(t.a)
	case agentHeldTooLong:
		m.stats.TentativeExpired++
		m.dropAgentHold(t.a)
		m.refresh(t.a)
	case callChanges:
		m.settle(t.c)
		m.markCall(t.c)
	case callHeldTooLong:
		m.stats.TentativeExpired++
		m.dropCallHold(t.c)
		m.freed(t.c)
	}
}
