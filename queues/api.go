package queues

import cc "github.com/wirechief/wirechief/callcenter"

// Limits bound a Matcher. A zero field takes its default.
type Limits struct {
	MaxCalls    int   // waiting calls held, default 100,000; more are dropped and counted
	MaxAgents   int   // agents held, configured ones included, default 100,000; more are dropped and counted
	TentativeMs int64 // how long a returned pair is kept apart without a sign of progress, default 1,000
	MaxExplain  int   // calls listed by ExplainAgent, default 50
	MaxLeft     int   // places kept of callers who hung up while waiting (R94), default 100,000
	// kinds of call (tenant, needs, open tier) a queue is prepared for, default 64; more only while calls are of them
	MaxKinds int
}

func (l Limits) withDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.MaxCalls, 100_000)
	def(&l.MaxAgents, 100_000)
	def(&l.MaxExplain, 50)
	def(&l.MaxKinds, 64)
	def(&l.MaxLeft, 100_000)
	if l.TentativeMs <= 0 {
		l.TentativeMs = 1_000
	}
	return l
}

// nextExplained is how many agents behind the winner an Explain names (DESIGN 4).
const nextExplained = 5

// Match is one pair to reserve. Offer is left empty and the explanation's applied index zero: the shell fills both.
// Policy is shared between matches and must not be changed. Pairs of one call in one result are an offer group of a
// ring_all queue, next to each other: the first answer ends the others.
type Match struct {
	Offer   string
	Call    string
	Agent   string
	Queue   string
	Tenant  string // "" = unresolved
	Policy  *cc.OfferPolicy
	Explain *cc.Explain
}

// Reason is the first rule of R80 that keeps an agent from a call; the zero Reason means eligible.
type Reason struct {
	Code   string // callcenter.NotMember ... callcenter.Outranked
	Detail string // unavailable: the reason; token, busy: which; skill: name, has, needs; outranked: by whom
}

// OK says that nothing stands against the agent.
func (r Reason) OK() bool { return r.Code == "" }

// String writes R80's form, e.g. "token(talking)".
func (r Reason) String() string {
	if r.Detail == "" {
		return r.Code
	}
	return r.Code + "(" + r.Detail + ")"
}

// CallExplanation says for every agent of the company how it stands to one call: the ranked ones first, in the
// order in which they would be offered the call, then the others by id with their one reason. Those who would get it
// now have none: the first, or with ring_all as many as ring at a time.
type CallExplanation struct {
	Call, Queue, Tenant string
	Known               bool   // the matcher holds the call
	State               string // waiting, offered, reserving, shared (another call has the place) or no_queue
	Position            int    // 1 = next in its queue
	ConfigVersion       uint64
	Agents              []AgentStanding
}

// AgentStanding is one agent's line in a CallExplanation.
type AgentStanding struct {
	Agent   string
	Rank    int    // 1 = would get the call now; 0 = not eligible
	RankKey string // what the strategy ordered by; "" when not eligible
	Reason  Reason
}

// AgentExplanation says why an agent gets what it gets, or nothing.
type AgentExplanation struct {
	Agent         string
	Known         bool // configured, or its state was seen
	ConfigVersion uint64
	Queues        []QueueStanding // by queue id, all queues of the company
	Calls         []CallStanding  // waiting calls of the agent's queues, best first, at most Limits.MaxExplain
}

// QueueStanding is the agent's standing in a queue whatever the call. no_grant here: for none of the queue's tenants.
type QueueStanding struct {
	Queue   string
	Reason  Reason
	Waiting int
}

// CallStanding is the agent's standing for one waiting call.
type CallStanding struct {
	Call, Queue string
	Reason      Reason
}

// QueueStats is a snapshot of one queue for monitors and announcements.
type QueueStats struct {
	Queue         string
	Waiting       int   // callers not yet answered, those being offered included
	Offered       int   // of these, being offered or reserved
	LongestWaitMs int64 // 0 when nobody waits
	AverageWaitMs int64 // of those who wait
	Members       int
	Available     int         // members who could be offered a call now
	ByCode        []CodeCount // the other members by R80 code, in R80's order
}

// CodeCount counts the members of a queue behind one R80 code.
type CodeCount struct {
	Code  string
	Count int
}

// Stats counts what a Matcher did and dropped since it was made.
type Stats struct {
	Matches          uint64
	Refusals         uint64 // Refused hints that named a tentative pair
	TentativeExpired uint64 // sides of pairs that showed no progress in TentativeMs
	CallsDropped     uint64 // SetCall beyond MaxCalls
	AgentsDropped    uint64 // SetAgent beyond MaxAgents
	LeftDropped      uint64 // places of callers who hung up, beyond MaxLeft
	CallsPassed      uint64 // calls looked at in score order that no ready agent could take
	Steps            uint64 // of the ordered sets (levels, rotations), their merging and marking: what changes and decisions cost
}

// Each hands out every counter by name.
func (s Stats) Each(f func(name string, v float64)) {
	f("matches", float64(s.Matches))
	f("refusals", float64(s.Refusals))
	f("tentative_expired", float64(s.TentativeExpired))
	f("calls_dropped", float64(s.CallsDropped))
	f("agents_dropped", float64(s.AgentsDropped))
	f("left_places_dropped", float64(s.LeftDropped))
	f("calls_passed", float64(s.CallsPassed))
	f("steps", float64(s.Steps))
}
