package queues

import (
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// A queue's agents stand in pools and its calls in lanes, so that grants (R8) cost nothing when a pair is looked
// for. One pool holds the members granted all of the queue's tenants; a tenant has a pool of its own for the
// members who are granted it but not all, made when its first call comes. A lane is the queue's calls of one
// tenant with the pools whose agents may serve it. Pools keep their ready agents ordered by strategy and count the
// others by R80 code, lanes keep their offerable calls ordered by score; so a change touches a few ordered sets
// and nothing walks over agents or calls.
type queue struct {
	cfg      *cc.Queue
	tenants  map[string]bool
	strategy Strategy
	members  []*member // in the order of the configuration
	partial  []*member // those without a grant for some tenant of the queue
	counts   [codes]int32
	full     *pool
	lanes    map[string]*lane
	waiting  tree[*call] // all calls by score
	ages     tree[*call] // all calls by enqueue time
}

// pool is a group of a queue's members with the same grants as far as some lane asks.
type pool struct {
	ready  tree[*slot]
	counts [codes]int32
	size   int
	lanes  []*lane
}

// member is one agent's assignment to one queue, with its code in force.
type member struct {
	a      *agent
	q      *queue
	code   code
	rank   int64
	full   bool
	slots  []*slot
	policy *cc.OfferPolicy // the agent overrides the wrap-up; nil until first used
}

// slot is a member's place in a pool.
type slot struct {
	node[*slot]
	m *member
	p *pool
}

func slotLess(a, b *slot) bool {
	if a.m.rank != b.m.rank {
		return a.m.rank < b.m.rank
	}
	return slotTie(a, b)
}

func slotTie(a, b *slot) bool { return a.m.a.id < b.m.a.id }

// lane is a queue's offerable calls of one tenant ("" = unresolved).
type lane struct {
	q      *queue
	tenant string
	pools  []*pool // one or two, no member in both
	calls  tree[*call]
	dirty  bool            // an agent became ready since the last Match
	policy *cc.OfferPolicy // for agents without a wrap-up of their own; nil until first used
}

func (l *lane) anyReady() bool {
	for _, p := range l.pools {
		if p.ready.root != nil {
			return true
		}
	}
	return false
}

// agent is one agent that is configured (cfg), or whose state was seen (sum), or both.
type agent struct {
	id      string
	cfg     *cc.Agent
	sum     *cc.AgentSummary
	members []*member
	hold    hold
	changed bool // a summary came since the hold began
	refused bool // the agent refused the held call; its state must be newer than ours
	cool    timer
	mark    uint64 // the look-up that last saw the agent among a call's tried ones
}

// call is one call that waits.
type call struct {
	w       *cc.WaitingCall
	q       *queue // nil: not configured
	lane    *lane
	inQueue node[*call]
	inAges  node[*call]
	inLane  node[*call] // in the lane's set only while offerable
	hold    hold
	reoffer timer
	dirty   bool // to be looked at by the next Match
	fresh   bool // to be looked at by the next Unmatched
	told    bool // reported by Unmatched
	gone    bool
}

// hold keeps one side of a returned pair apart until it shows progress or its timer says that it did not.
type hold struct {
	on    bool
	other string // the agent held for the call, or the call held for the agent
	until timer
}

// offerable: waits in a known queue, with no offer open or being made.
func (c *call) offerable() bool { return !c.gone && c.lane != nil && !c.w.Offered && !c.hold.on }

// callKey and callTie are R66. Calls age alike, so the score orders as the enqueue time less the head start (priority
// and queue weight) does. A call of a strict queue stands by its priority before that, one of another queue as
// priority 0. Ties: enqueue time, then call id.
func callKey(w *cc.WaitingCall) key {
	k := key{minor: w.EnqueuedMs - w.PriorityMs}
	if w.StrictPriority {
		k.major = -int64(w.Priority)
	}
	return k
}

func callTie(a, b *call) bool {
	if a.w.EnqueuedMs != b.w.EnqueuedMs {
		return a.w.EnqueuedMs < b.w.EnqueuedMs
	}
	return a.w.Call < b.w.Call
}

func callLess(a, b *call) bool {
	x, y := a.inQueue.key, b.inQueue.key
	if x.major != y.major {
		return x.major < y.major
	}
	if x.minor != y.minor {
		return x.minor < y.minor
	}
	return callTie(a, b)
}

// setKeys makes the call's places in the sets those of its present values.
func (c *call) setKeys() {
	k := callKey(c.w)
	c.inQueue.key, c.inLane.key, c.inAges.key = k, k, key{major: c.w.EnqueuedMs}
}

func compareCalls(a, b *call) int {
	switch {
	case callLess(a, b):
		return -1
	case callLess(b, a):
		return 1
	}
	return 0
}

func compareAgents(a, b *agent) int { return strings.Compare(a.id, b.id) }
