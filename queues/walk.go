package queues

import (
	"math"
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// walk goes over the ready agents of a lane in the order in which they would be offered a call, merging the groups; a
// group is opened when its head is next.
type walk struct {
	unopened *node[*entry]
	open     []cursor
	steps    uint64
}

type cursor struct {
	e *entry
	n *node[*member]
}

func (w *walk) start(l *lane) {
	l.settle()
	w.unopened, w.open, w.steps = l.heads.first(), w.open[:0], 0
}

// next is the best agent not yet handed out, nil at the end.
func (w *walk) next() *member {
	best := -1
	w.steps += uint64(len(w.open)) + 1
	for i := range w.open {
		if best < 0 || w.open[i].before(w.open[best]) {
			best = i
		}
	}
	if n := w.unopened; n != nil {
		c := cursor{n.v, n.v.g.ready.first()}
		if best < 0 || c.before(w.open[best]) {
			w.unopened = n.next()
			w.open = append(w.open, c)
			best = len(w.open) - 1
		}
	}
	if best < 0 {
		return nil
	}
	c := &w.open[best]
	mb := c.n.v
	if c.n = c.n.next(); c.n == nil {
		last := len(w.open) - 1
		w.open[best] = w.open[last]
		w.open = w.open[:last]
	}
	return mb
}

func (c cursor) before(o cursor) bool {
	if c.e.class != o.e.class {
		return c.e.class < o.e.class
	}
	return memberLess(c.n.v, o.n.v)
}

// asked lists the agents who have been offered the call or are being, some maybe twice. The list is good until the next.
func (m *Matcher) asked(c *call) []string {
	m.names = m.names[:0]
	for _, t := range c.w.Tried {
		m.names = append(m.names, t.Agent)
	}
	m.names = append(append(m.names, c.w.Ringing...), c.hold.others...)
	return m.names
}

// rankFor fills m.ranked with the first n ready agents who could be offered the call and have not been, in the order of
// the strategy, and marks those who have.
func (m *Matcher) rankFor(c *call, n int) {
	m.lookup++
	for _, id := range m.asked(c) {
		if a := m.agents[id]; a != nil {
			a.mark = m.lookup
		}
	}
	m.ranked = m.ranked[:0]
	if only := c.lane.only; only != nil {
		if only.code == eligible && only.a.mark != m.lookup {
			m.ranked = append(m.ranked, only)
		}
		return
	}
	m.walk.start(c.lane)
	for len(m.ranked) < n {
		mb := m.walk.next()
		if mb == nil {
			break
		}
		if mb.a.mark != m.lookup {
			m.ranked = append(m.ranked, mb)
		}
	}
	m.stats.Steps += m.walk.steps
}

// reofferKey names what an agent who refused the call before was chosen by: R31, the one asked longest ago.
const reofferKey = "reoffer"

// asks: the agent is being offered the call now.
func (c *call) asks(agent string) bool {
	return slices.Contains(c.w.Ringing, agent) || slices.Contains(c.hold.others, agent)
}

// retry fills m.ranked with the n ready agents who were offered the call longest ago and may be again: R31, when no
// other is left, which includes those it is being offered to.
func (m *Matcher) retry(c *call, n int) {
	if c.q.ringAll > 0 && c.open() {
		return
	}
	after := key{math.MinInt64, 0}
	id := ""
	for len(m.ranked) < n {
		var best *member
		at := key{math.MaxInt64, 0}
		for _, t := range c.w.Tried {
			k := key{t.AtMs, 0}
			if t.ReofferAtMs > m.now || k.less(after) || k == after && t.Agent <= id || c.asks(t.Agent) {
				continue
			}
			if best != nil && (at.less(k) || at == k && best.a.id <= t.Agent) {
				continue
			}
			if mb := m.readyFor(c, t.Agent); mb != nil {
				best, at = mb, k
			}
		}
		if best == nil {
			return
		}
		m.ranked = append(m.ranked, best)
		after, id = at, best.a.id
	}
}

// readyFor is the membership of an agent who is ready and fits the call's lane, nil if they are not.
func (m *Matcher) readyFor(c *call, agent string) *member {
	a := m.agents[agent]
	if a == nil {
		return nil
	}
	mb, l := a.in(c.q), c.lane
	if mb == nil || mb.code != eligible || !cc.MayServe(mb.g.cfg, c.q.cfg, c.w.Tenant) {
		return nil
	}
	if l.only != nil && l.only != mb || l.only == nil && l.fit(mb.g) != fits {
		return nil
	}
	return mb
}

// in is the agent's membership of a queue, nil if none.
func (a *agent) in(q *queue) *member {
	for _, mb := range a.members {
		if mb.q == q {
			return mb
		}
	}
	return nil
}
