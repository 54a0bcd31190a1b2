package queues

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// lane is a queue's calls of one kind: one tenant ("" = unresolved), the same needs now, the same open tier. A personal
// lane is one of calls that wait for their preferred agent alone (R67); it stands on the lane they would else be in.
type lane struct {
	q      *queue
	kind   string
	tenant string
	needs  []need
	tier   int32 // the last that is asked
	calls  tree[*call]
	refs   int             // calls and personal lanes that are of this lane
	idle   bool            // in the queue's idle list
	dirty  bool            // an agent became ready since the last Match
	policy *cc.OfferPolicy // for agents without a wrap-up of their own; nil until first used

	only *member // of a personal lane
	base *lane   // of a personal lane

	// What follows is of the lane's groups, brought up to date by settle: a change of an agent only marks the entries.
	entries []*entry
	heads   tree[*entry] // fitting groups by their first ready member
	stale   []*entry
	granted int32        // members of the groups
	counts  [codes]int32 // of these, by code
	lacking int32        // eligible, but short of a skill
	later   int32        // eligible, but of a tier not yet asked
}

// entry is a group in a lane.
type entry struct {
	node[*entry] // among the lane's heads while it fits and somebody is ready
	g            *group
	l            *lane
	fit          fit
	class        int64   // orders groups before their members' ranks: tier, then skill
	head         *member // the first ready at the last settle
	seen         [codes]int32
	stale        bool
	at           int // place in the group's entries
}

// fit says what keeps a whole group from a lane.
type fit uint8

const (
	fits fit = iota
	lacksSkill
	laterTier
)

func entryTie(a, b *entry) bool {
	if a.head.key.minor != b.head.key.minor {
		return a.head.key.minor < b.head.key.minor
	}
	return memberTie(a.head, b.head)
}

// fit is what R80 asks of the agents of a group behind their standing: skills, then the tier.
func (l *lane) fit(g *group) fit {
	switch {
	case lacks(g.cfg, l.needs) != nil:
		return lacksSkill
	case g.tier > l.tier:
		return laterTier
	}
	return fits
}

// class puts a lower tier first and, where the strategy asks for it, the more skilled.
func (l *lane) class(g *group) int64 {
	c := int64(g.tier) << 32
	if l.q.strategy.skilled {
		c -= skillScore(g.cfg, l.needs)
	}
	return c
}

// add makes the group part of the lane, if its agents may serve the tenant.
func (m *Matcher) addGroup(l *lane, g *group) {
	if !cc.MayServe(g.cfg, l.q.cfg, l.tenant) {
		return
	}
	e := &entry{g: g, l: l, fit: l.fit(g), class: l.class(g), at: len(g.entries)}
	e.node.v, e.node.prio = e, m.dice.next()
	g.entries = append(g.entries, e)
	l.entries = append(l.entries, e)
	l.granted += g.size
	e.mark()
}

// mark says that the group has changed.
func (e *entry) mark() {
	if !e.stale {
		e.stale = true
		e.l.stale = append(e.l.stale, e)
	}
}

// settle takes in what has changed in the lane's groups. All stale heads leave before any comes back: their place may
// no longer be where the order has it.
func (l *lane) settle() {
	if len(l.stale) == 0 {
		return
	}
	l.heads.spend(len(l.stale))
	for _, e := range l.stale {
		l.heads.remove(&e.node)
		l.count(e)
	}
	for _, e := range l.stale {
		e.stale = false
		if n := e.g.ready.first(); n != nil && e.fit == fits {
			e.head = n.v
			e.node.key = key{e.class, n.key.major}
			l.heads.insert(&e.node)
		}
	}
	l.stale = l.stale[:0]
}

func (l *lane) count(e *entry) {
	for i, n := range e.g.counts {
		l.counts[i] += n - e.seen[i]
	}
	ready := e.g.counts[eligible] - e.seen[eligible]
	switch e.fit {
	case lacksSkill:
		l.lacking += ready
	case laterTier:
		l.later += ready
	}
	e.seen = e.g.counts
}

// anyReady: somebody could be offered a call of this lane as far as the lane knows.
func (l *lane) anyReady() bool {
	if l.only != nil {
		return l.only.code == eligible
	}
	l.settle()
	return l.heads.root != nil
}

// laneOf finds or makes the lane of a tenant, needs and tier that m.kind spells.
func (m *Matcher) laneOf(q *queue, tenant string, tier int32) *lane {
	if l := q.lanes[string(m.kind)]; l != nil {
		return l
	}
	for len(q.lanes) >= m.limits.MaxKinds && m.evict(q) {
	}
	l := &lane{
		q: q, kind: string(m.kind), tenant: tenant, tier: tier, needs: append([]need(nil), m.needs...),
		calls: tree[*call]{tie: callTie, work: &m.stats.Steps}, heads: tree[*entry]{tie: entryTie, work: &m.stats.Steps},
	}
	q.lanes[l.kind] = l
	for _, g := range q.groups {
		m.addGroup(l, g)
	}
	return l
}

// evict forgets the lane that has been without calls for longest; false: all have some.
func (m *Matcher) evict(q *queue) bool {
	for len(q.idle) > 0 {
		l := q.idle[0]
		q.idle = q.idle[1:]
		l.idle = false
		if l.refs > 0 {
			continue
		}
		for _, e := range l.entries {
			last := e.g.entries[len(e.g.entries)-1]
			e.g.entries[e.at], last.at = last, e.at
			e.g.entries = e.g.entries[:len(e.g.entries)-1]
		}
		delete(q.lanes, l.kind)
		return true
	}
	return false
}

// personalLane finds or makes the lane of calls of the base lane that wait for one agent.
func (m *Matcher) personalLane(base *lane, mb *member) *lane {
	for _, l := range mb.personal {
		if l.base == base {
			return l
		}
	}
	l := &lane{
		q: base.q, tenant: base.tenant, needs: base.needs, tier: base.tier, only: mb, base: base,
		calls: tree[*call]{tie: callTie, work: &m.stats.Steps},
	}
	mb.personal = append(mb.personal, l)
	base.refs++
	return l
}

// release takes one reference from the lane; a personal lane without calls is forgotten.
func (l *lane) release() {
	if l.refs--; l.refs > 0 {
		return
	}
	if l.only == nil {
		if !l.idle {
			l.idle = true
			l.q.idle = append(l.q.idle, l)
		}
		return
	}
	for i, o := range l.only.personal {
		if o == l {
			l.only.personal = append(l.only.personal[:i], l.only.personal[i+1:]...)
			break
		}
	}
	l.base.release()
}

// shared is the lane whose groups stand behind this one.
func (l *lane) shared() *lane {
	if l.base != nil {
		return l.base
	}
	return l
}
