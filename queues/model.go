package queues

import (
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// A queue's agents stand in groups of the same grants, skills and tier, its calls in lanes of the same tenant, needs
// and open tier; so who fits whom is asked once for a group and a lane, not for each pair. A group keeps its ready
// agents in the order of the strategy and counts the others by R80 code; a lane keeps its offerable calls by score, and
// the first of each fitting group in order (lane.go). A change touches a few ordered sets and nothing walks over agents
// or calls.
type queue struct {
	cfg      *cc.Queue
	strategy strategy
	ringAll  int // how many agents ring at a time; 0: one
	needs    []*cc.SkillNeed
	tiered   bool      // some member is beyond tier 1
	maxTier  int32     // of its members
	members  []*member // in the order of the configuration
	groups   []*group
	counts   [codes]int32
	lanes    map[string]*lane
	idle     []*lane     // no call is in them, the longest idle first; some have calls again
	waiting  tree[*call] // all places by score
	ages     tree[*call] // all places by enqueue time
	since    int64       // sum of their enqueue times
	open     int         // waiting calls with an offer made or being made
	served   *estimator  // outlives a configuration
}

// group is the members of a queue with the same tenants, skills and tier.
type group struct {
	cfg     *cc.Agent // of one of them
	tier    int32
	ready   tree[*member]
	counts  [codes]int32
	size    int32
	entries []*entry // in the lanes whose tenant they may serve
}

// member is one agent's assignment to one queue, with its code in force.
type member struct {
	node[*member] // in the group's ready set while eligible, by rank
	a             *agent
	q             *queue
	g             *group
	code          code
	added         bool            // by a supervisor, not by the configuration (R97)
	personal      []*lane         // of calls that wait for this agent alone
	policy        *cc.OfferPolicy // the agent overrides the wrap-up; nil until first used
}

func memberTie(a, b *member) bool { return a.a.id < b.a.id }

func memberLess(a, b *member) bool {
	if a.key != b.key {
		return a.key.less(b.key)
	}
	return memberTie(a, b)
}

// agent is one agent that is configured (cfg), or whose state was seen (sum), or both.
type agent struct {
	id         string
	cfg        *cc.Agent
	sum        *cc.AgentSummary
	members    []*member
	hold       hold
	changed    bool // a summary came since the hold began
	refused    bool // the agent refused the held call; its state must be newer than ours
	cool       timer
	mark       uint64      // the look-up that last saw the agent among a call's asked ones
	counted    uint64      // the look-up that last counted the agent as excluded
	preferring tree[*call] // calls whose window for this agent is open (R67)
}

// call is one call that waits.
type call struct {
	w       *cc.WaitingCall
	q       *queue // nil: not configured
	lane    *lane
	pref    *agent // whose window is open, nil: none
	place   *place // shared with another call of the same person (R94), nil: its own
	shadow  bool   // another call stands for the place
	inQueue node[*call]
	inAges  node[*call]
	inLane  node[*call] // in the lane's set only while offerable
	inPref  node[*call] // in the preferred agent's set while the window is open
	hold    hold
	change  timer // the lane's kind or an exclusion ends
	phaseMs int64 // when the call's needs, open tier or preference change by themselves; 0: never
	dirty   bool  // to be looked at by the next Match
	fresh   bool  // to be looked at by the next Unmatched
	told    bool  // reported by Unmatched
	counted bool  // in the queue's count of open ones
	gone    bool
}

// hold keeps one side of a returned pair apart until it shows progress or its timer says that it did not.
type hold struct {
	on     bool
	others []string // the agents held for the call, or the call held for the agent
	until  timer
}

// offerable: the call waits in a known queue and may be offered to an agent, or to one more.
func (c *call) offerable() bool {
	return !c.gone && c.lane != nil && !c.shadow && c.room() > 0
}

// room is how many agents the call may be offered to now.
func (c *call) room() int {
	if c.q.ringAll == 0 {
		if c.w.Offered || c.hold.on {
			return 0
		}
		return 1
	}
	if c.w.Offered && len(c.w.Ringing) == 0 {
		return 0
	}
	return c.q.ringAll - len(c.w.Ringing) - len(c.hold.others)
}

// open: an offer of the call is made or being made.
func (c *call) open() bool { return c.w.Offered || c.hold.on }

// countOpen keeps the queue's count of calls being offered.
func (c *call) countOpen() {
	if c.q == nil || c.open() == c.counted {
		return
	}
	if c.counted = !c.counted; c.counted {
		c.q.open++
	} else {
		c.q.open--
	}
}

// enteredMs is when the call came into its queue: what depends on the wait there counts from it.
func (c *call) enteredMs() int64 {
	if c.w.EnteredMs > 0 {
		return c.w.EnteredMs
	}
	return c.w.EnqueuedMs
}

// callKey and callTie are R66. Calls age alike, so the score orders as the enqueue time less the head start (priority
// and queue weight) does: the order of two calls never changes by time alone. A call of a strict queue stands by its
// priority before that, one of another queue as priority 0. Ties: enqueue time, then call id.
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
	if x, y := a.inQueue.key, b.inQueue.key; x != y {
		return x.less(y)
	}
	return callTie(a, b)
}

// setKeys makes the call's places in the sets those of its present values.
func (c *call) setKeys() {
	k := callKey(c.w)
	c.inQueue.key, c.inLane.key, c.inPref.key, c.inAges.key = k, k, k, key{major: c.w.EnqueuedMs}
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
