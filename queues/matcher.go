package queues

import cc "github.com/wirechief/wirechief/callcenter"

// Matcher pairs waiting calls with agents for all queues of one company. Its methods must be called by one owner.
type Matcher struct {
	dir    *cc.Directory
	joins  *joinable // of the configuration in force
	limits Limits
	stats  Stats
	now    int64 // latest time seen

	queues map[string]*queue
	agents map[string]*agent
	calls  map[string]*call
	places map[string]*place
	timers tree[*timer]

	dirtyLanes []*lane // where an agent became ready since the last Match
	dirtyCalls []*call // calls that became offerable, or may be offered to more agents, since the last Match
	fresh      []*call // calls that Unmatched has to look at
	heap       []candidate
	onTurn     func(*call) // at an offerable call's turn in a Match; nil: nobody looks
	learning   learning
	redials    redials
	lookup     uint64 // numbers the look-ups, for agent.mark
	timerSeq   int64
	dice       dice

	// reused from call to call
	ranked []*member // the best first
	walk   walk
	needs  []need
	kind   []byte
	loose  []*call
	names  []string
}

// New makes an empty matcher for a configuration; an unknown strategy is an error.
func New(dir *cc.Directory, limits Limits) (*Matcher, error) {
	m := &Matcher{
		limits: limits.withDefaults(),
		agents: map[string]*agent{},
		calls:  map[string]*call{},
		places: map[string]*place{},

		learning: newLearning(),
		redials:  newRedials(),
		timers:   tree[*timer]{tie: timerTie},
	}
	m.timers.work = &m.stats.Steps
	if err := m.Configure(dir); err != nil {
		return nil, err
	}
	return m, nil
}

// NextWake is the earliest time at which a pair may become possible without a change: a cooldown, an exclusion, a
// preference or a tentative pair ends, a skill is relaxed, a tier opens. It is now if changes came since the last
// Match. False: nothing but a change can help.
func (m *Matcher) NextWake(now int64) (atMs int64, ok bool) {
	if len(m.dirtyLanes) > 0 || len(m.dirtyCalls) > 0 {
		return now, true
	}
	n := m.timers.first()
	if n == nil {
		return 0, false
	}
	return max(now, n.v.atMs()), true
}

// Stats is a copy of the counters.
func (m *Matcher) Stats() Stats { return m.stats }

func (m *Matcher) markLane(l *lane) {
	if !l.dirty && l.calls.root != nil {
		l.dirty = true
		m.dirtyLanes = append(m.dirtyLanes, l)
	}
}

func (m *Matcher) markCall(c *call) {
	if !c.dirty {
		c.dirty = true
		m.dirtyCalls = append(m.dirtyCalls, c)
	}
	if !c.fresh && !c.told && !c.w.Connected {
		c.fresh = true
		m.fresh = append(m.fresh, c)
	}
}
