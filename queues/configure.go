package queues

import (
	"fmt"
	"maps"
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Configure takes a new configuration version: memberships, grants and policies hold from the next Match on. Pairs
// already returned stay tentative. On an error the former version stays. It costs what a new matcher would.
func (m *Matcher) Configure(dir *cc.Directory) error {
	if err := Validate(dir); err != nil {
		return fmt.Errorf("configuration %d: %w", dir.Center.GetVersion(), err)
	}
	m.dir = dir
	m.queues = make(map[string]*queue, len(dir.Center.GetQueues()))
	m.dirtyLanes = m.dirtyLanes[:0]
	for _, q := range dir.Center.GetQueues() {
		m.queues[q.Id] = newQueue(q)
	}
	m.configureAgents()
	for _, c := range slices.SortedFunc(maps.Values(m.calls), compareCalls) {
		m.detach(c)
		m.attach(c)
		m.markCall(c)
	}
	return nil
}

func newQueue(cfg *cc.Queue) *queue {
	q := &queue{
		cfg:     cfg,
		tenants: make(map[string]bool, len(cfg.Tenants)),
		full:    newPool(),
		lanes:   map[string]*lane{},
		waiting: tree[*call]{tie: callTie},
		ages:    tree[*call]{tie: callTie},
	}
	for _, t := range cfg.Tenants {
		q.tenants[t] = true
	}
	q.strategy, _ = strategyOf(cfg) // validated
	return q
}

func newPool() *pool { return &pool{ready: tree[*slot]{tie: slotTie}} }

func (m *Matcher) configureAgents() {
	for _, a := range slices.SortedFunc(maps.Values(m.agents), compareAgents) {
		a.cfg, a.members = nil, a.members[:0]
	}
	for _, cfg := range m.dir.Center.GetAgents() {
		a := m.agent(cfg.Id)
		a.cfg = cfg
		for _, id := range cfg.Queues {
			if q := m.queues[id]; q != nil && !slices.ContainsFunc(a.members, func(o *member) bool { return o.q == q }) {
				m.join(a, q)
			}
		}
	}
	for _, a := range slices.SortedFunc(maps.Values(m.agents), compareAgents) {
		m.refresh(a)
		m.forgetIfUnknown(a)
	}
}

// join makes the agent a member of the queue, not yet evaluated.
func (m *Matcher) join(a *agent, q *queue) {
	mb := &member{a: a, q: q, code: offline, full: cc.MayServe(a.cfg, q.cfg, "")}
	a.members = append(a.members, mb)
	q.members = append(q.members, mb)
	q.counts[mb.code]++
	if mb.full {
		m.place(mb, q.full)
	} else {
		q.partial = append(q.partial, mb)
	}
}

// place puts a member into a pool.
func (m *Matcher) place(mb *member, p *pool) {
	s := &slot{m: mb, p: p}
	s.node.v, s.node.prio = s, m.dice.next()
	mb.slots = append(mb.slots, s)
	p.size++
	p.counts[mb.code]++
	if mb.code == eligible {
		s.node.key.major = mb.rank
		p.ready.insert(&s.node)
	}
}

// lane returns the queue's lane of a tenant and makes it, with the pool it needs, when first asked.
func (m *Matcher) lane(q *queue, tenant string) *lane {
	if l := q.lanes[tenant]; l != nil {
		return l
	}
	l := &lane{q: q, tenant: tenant, calls: tree[*call]{tie: callTie}}
	q.lanes[tenant] = l
	candidates := q.partial
	if tenant == "" || q.tenants[tenant] {
		l.pools = append(l.pools, q.full)
	} else {
		candidates = q.members // a tenant the queue does not name: the full grant says nothing about it
	}
	if tenant != "" {
		if p := m.tenantPool(tenant, candidates); p.size > 0 {
			l.pools = append(l.pools, p)
		}
	}
	for _, p := range l.pools {
		p.lanes = append(p.lanes, l)
	}
	return l
}

func (m *Matcher) tenantPool(tenant string, from []*member) *pool {
	p := newPool()
	for _, mb := range from {
		if mb.a.cfg.Granted(tenant) {
			m.place(mb, p)
		}
	}
	return p
}
