package queues

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Configure takes a new configuration version: memberships, grants and policies hold from the next Match on. Pairs
// already returned stay tentative. On an error the former version stays. It costs what a new matcher would.
func (m *Matcher) Configure(dir *cc.Directory) error {
	if err := Validate(dir); err != nil {
		return fmt.Errorf("configuration %d: %w", dir.Center.GetVersion(), err)
	}
	m.dir = dir
	for _, c := range slices.SortedFunc(maps.Values(m.calls), compareCalls) {
		m.detach(c)
	}
	m.queues = make(map[string]*queue, len(dir.Center.GetQueues()))
	m.dirtyLanes = m.dirtyLanes[:0]
	for _, q := range dir.Center.GetQueues() {
		m.queues[q.Id] = m.newQueue(q)
	}
	m.configureAgents()
	for _, c := range slices.SortedFunc(maps.Values(m.calls), compareCalls) {
		m.attach(c)
		m.markCall(c)
	}
	return nil
}

func (m *Matcher) newQueue(cfg *cc.Queue) *queue {
	q := &queue{
		cfg:     cfg,
		served:  m.estimator(cfg.Id),
		needs:   cfg.Skills,
		lanes:   map[string]*lane{},
		waiting: tree[*call]{tie: callTie, work: &m.stats.Steps},
		ages:    tree[*call]{tie: callTie, work: &m.stats.Steps},
	}
	q.strategy, _ = strategyOf(cfg) // validated
	if q.strategy.name == RingAll {
		q.ringAll = cfg.RingAllLimit()
	}
	return q
}

func (m *Matcher) configureAgents() {
	j := &joinable{byKey: map[groupKey]*group{}}
	m.joins = j
	for _, a := range slices.SortedFunc(maps.Values(m.agents), compareAgents) {
		a.cfg, a.members = nil, a.members[:0]
	}
	for _, cfg := range m.dir.Center.GetAgents() {
		a := m.agent(cfg.Id)
		a.cfg = cfg
		for _, id := range cfg.Queues {
			if q := m.queues[id]; q != nil && !slices.ContainsFunc(a.members, func(o *member) bool { return o.q == q }) {
				m.join(j, a, q)
			}
		}
		m.joinAdded(a)
	}
	for _, a := range slices.SortedFunc(maps.Values(m.agents), compareAgents) {
		m.refresh(a)
		m.forgetIfUnknown(a)
	}
}

// joinable finds the groups of the queues while agents join them.
type joinable struct {
	byKey map[groupKey]*group
	b     []byte
}

type groupKey struct {
	q       *queue
	profile string
}

// joinAdded makes the agent a member of the queues a supervisor has added (R97); they may have calls already. What was
// added or configured stays a member when it is taken away, until the next configuration, and then counts as none.
func (m *Matcher) joinAdded(a *agent) {
	if a.cfg == nil {
		return
	}
	for _, id := range a.sum.GetQueuesAdded() {
		q := m.queues[id]
		if q == nil || a.in(q) != nil {
			continue
		}
		tiers := q.maxTier
		m.join(m.joins, a, q).added = true
		if q.maxTier == tiers {
			continue
		}
		for n := q.waiting.first(); n != nil; n = n.next() { // a tier more: which one is open has to be asked anew
			m.settle(n.v)
			m.markCall(n.v)
		}
	}
}

// removed: the agent's state says that this membership does not hold now.
func (mb *member) removed() bool {
	s := mb.a.sum
	return (mb.added || len(s.GetQueuesRemoved()) > 0) && !cc.MemberOf(s, mb.a.cfg, mb.q.cfg.Id)
}

// join makes the agent a member of the queue, not yet evaluated.
func (m *Matcher) join(j *joinable, a *agent, q *queue) *member {
	tier := a.cfg.Tier(q.cfg.Id)
	g := j.group(m, a.cfg, q, tier)
	mb := &member{a: a, q: q, g: g, code: offline}
	mb.node.v, mb.node.prio = mb, m.dice.next()
	a.members = append(a.members, mb)
	q.members = append(q.members, mb)
	q.tiered = q.tiered || tier > 1
	q.maxTier = max(q.maxTier, tier)
	q.counts[mb.code]++
	g.counts[mb.code]++
	if g.size++; g.size == 1 {
		for _, kind := range slices.Sorted(maps.Keys(q.lanes)) {
			m.addGroup(q.lanes[kind], g)
		}
		return mb
	}
	for _, e := range g.entries {
		e.l.granted++
		e.mark()
	}
	return mb
}

// group is the queue's group of agents who are like this one; lanes that are there already get it by join.
func (j *joinable) group(m *Matcher, cfg *cc.Agent, q *queue, tier int32) *group {
	j.b = profile(j.b[:0], cfg, tier)
	k := groupKey{q, string(j.b)}
	g := j.byKey[k]
	if g == nil {
		g = &group{cfg: cfg, tier: tier, ready: tree[*member]{tie: memberTie, work: &m.stats.Steps}}
		j.byKey[k] = g
		q.groups = append(q.groups, g)
	}
	return g
}

// profile spells what makes agents alike for any call of a queue.
func profile(b []byte, a *cc.Agent, tier int32) []byte {
	b = strconv.AppendInt(b, int64(tier), 10)
	for _, t := range slices.Sorted(slices.Values(a.Tenants)) {
		b = append(strconv.AppendInt(append(b, '/'), int64(len(t)), 10), t...)
	}
	skills := slices.Clone(a.Skills)
	slices.SortFunc(skills, func(x, y *cc.AgentSkill) int { return strings.Compare(x.Name, y.Name) })
	for _, s := range skills {
		b = append(strconv.AppendInt(append(b, '+'), int64(len(s.Name)), 10), s.Name...)
		b = strconv.AppendInt(append(b, '='), int64(s.Level), 10)
	}
	return b
}
