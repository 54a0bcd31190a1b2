package sim

import (
	"math"
	"slices"
)

// Size says how large a center to plan.
type Size struct {
	Agents  int     // of the center
	Queues  int     // at least 1
	Tenants int     // at least 1
	Nodes   int     // processes at a time
	LoadS   int64   // how long calls arrive
	PerHour float64 // calls an hour and agent, at the mean
	Faults  int     // how many; 0 none
}

// Plan is everything about a run that is decided ahead. It is a value, so that a failing run can be made smaller by
// leaving parts out; each part draws from dice of its own.
type Plan struct {
	Seed    uint64
	Size    Size
	Queues  []QueuePlan
	Agents  []AgentPlan
	Calls   []CallPlan
	Faults  []Fault
	Changes []ChangePlan
	Acts    []ActPlan
}

// QueuePlan is one queue.
type QueuePlan struct {
	N            int
	Tenants      []int
	RingMs       int64
	OnMiss       int32 // MissAction
	OnReject     int32
	WrapMode     int32
	WrapMs       int64
	MaxWaitMs    int64
	MaxOffers    int32
	Priority     int32
	Strict       bool
	Overflow     int // queue that comes next in the workflow, -1 none
	OnQueue      bool
	ConnectAfter int64 // ms
	Discipline
}

// AgentPlan is one agent with their manners.
type AgentPlan struct {
	N         int
	OnClient  bool
	PhoneOnly bool
	Tenants   []int
	Queues    []int
	// What they do with an offer; the rest they take.
	Miss, Reject, Busy, Silent, Fail float64
	Late                             float64 // answers about the ring deadline
	Leaves                           float64 // loses the client now and then
	Breaks                           float64 // takes breaks
	Nosy                             float64 // takes bubbles over
	Trade
}

// CallPlan is one caller.
type CallPlan struct {
	N          int
	As         int // the number called from is that of this caller; a person may call twice at a time
	AtMs       int64
	Queue      int // the number dialled leads there
	PatienceMs int64
	HandleMs   int64
	Ends       endedBy
	Redial     bool // tries once more after giving up
	Holds      bool // the agent puts the caller on hold in between
	DeadPhone  bool // vanishes without a BYE
	BadNumber  bool
	Blocked    bool
}

type endedBy uint8

const (
	byCaller endedBy = iota
	byPhone
	byClient
	bySupervisor
)

// ChangePlan is a new version of the configuration.
type ChangePlan struct {
	N    int
	AtMs int64
}

const minute = 60_000

// NewPlan draws a plan for a center of a size.
func NewPlan(seed uint64, s Size) Plan {
	p := Plan{Seed: seed, Size: s}
	d := newDice(seed, "center", 0)
	for i := range s.Queues {
		q := planQueue(d, i, s)
		q.Discipline = planDiscipline(newDice(seed, "discipline", i))
		p.Queues = append(p.Queues, q)
	}
	for i := range s.Agents {
		a := planAgent(newDice(seed, "agent", i), i, s)
		a.Trade = planTrade(newDice(seed, "trade", i))
		p.Agents = append(p.Agents, a)
	}
	p.Calls = again(newDice(seed, "again", 0), planCalls(newDice(seed, "calls", 0), s))
	a := newDice(seed, "acts", 0)
	for i := range a.IntN(5) {
		p.Acts = append(p.Acts, ActPlan{N: i, AtMs: a.between(0, s.LoadS*1000)})
	}
	if s.Faults > 0 {
		p.Faults = planFaults(newDice(seed, "faults", 0), s)
		f := newDice(seed, "changes", 0)
		for i := range f.IntN(3) {
			p.Changes = append(p.Changes, ChangePlan{N: i, AtMs: f.between(0, s.LoadS*1000)})
		}
	}
	return p
}

func planQueue(d dice, i int, s Size) QueuePlan {
	q := QueuePlan{
		N: i, RingMs: d.between(5, 31) * 1000, OnMiss: int32(d.IntN(4)), OnReject: int32(d.IntN(4)),
		WrapMode: int32(1 + d.IntN(4)), WrapMs: d.between(2, 40) * 1000, MaxWaitMs: d.between(60, 1800) * 1000,
		Overflow: -1, OnQueue: d.chance(0.4), ConnectAfter: d.between(500, 8000),
	}
	for t := range s.Tenants {
		if t == i%s.Tenants || d.chance(0.5) {
			q.Tenants = append(q.Tenants, t)
		}
	}
	if d.chance(0.3) {
		q.MaxOffers = int32(1 + d.IntN(4))
	}
	if d.chance(0.3) {
		q.Priority, q.Strict = int32(d.IntN(4)), d.chance(0.3)
	}
	if s.Queues > 1 && d.chance(0.5) {
		q.Overflow = (i + 1) % s.Queues
	}
	return q
}

func planAgent(d dice, i int, s Size) AgentPlan {
	a := AgentPlan{
		N: i, OnClient: d.chance(0.3), PhoneOnly: d.chance(0.1), Miss: 0.06, Reject: 0.05, Busy: 0.03, Silent: 0.02,
		Fail: 0.02, Late: 0.05, Leaves: 0.2, Breaks: 0.2, Nosy: 0.1,
	}
	if a.PhoneOnly {
		a.OnClient = false
	}
	if d.chance(0.2) { // somebody has a bad day
		a.Miss, a.Reject, a.Late = 0.3, 0.2, 0.2
	}
	for q := range s.Queues {
		if q == i%s.Queues || d.chance(0.5) {
			a.Queues = append(a.Queues, q)
		}
	}
	for t := range s.Tenants {
		if t == i%s.Tenants || d.chance(0.7) {
			a.Tenants = append(a.Tenants, t)
		}
	}
	return a
}

// planCalls: a Poisson process whose rate has a peak, patience and handle times log-normal.
func planCalls(d dice, s Size) []CallPlan {
	var out []CallPlan
	load := float64(s.LoadS) * 1000
	peak := d.Float64() * load
	top := 1.6
	mean := 3_600_000 / (s.PerHour * float64(s.Agents) * top)
	for at := d.exponential(mean); at < load; at += d.exponential(mean) {
		x := (at - peak) / (load / 4)
		if !d.chance((0.6 + math.Exp(-x*x)) / top) {
			continue
		}
		out = append(out, CallPlan{
			N: len(out), As: len(out), AtMs: int64(at), Queue: d.IntN(s.Queues),
			PatienceMs: min(d.logNormal(75_000, 1), 20*minute), HandleMs: min(d.logNormal(90_000, 0.8), 15*minute),
			Ends:   []endedBy{byCaller, byCaller, byCaller, byPhone, byPhone, byClient, byClient, bySupervisor}[d.IntN(8)],
			Redial: d.chance(0.2), Holds: d.chance(0.2), DeadPhone: d.chance(0.02), BadNumber: d.chance(0.01),
			Blocked: d.chance(0.01),
		})
	}
	return out
}

// again has some people call a second time while their first call waits (R94).
func again(d dice, calls []CallPlan) []CallPlan {
	for _, c := range slices.Clone(calls) {
		if d.chance(0.08) {
			c.AtMs += d.between(1, 20) * 1000
			c.N, c.Redial = len(calls), false
			calls = append(calls, c)
		}
	}
	return calls
}

// tiny is the size of a run of the test suite: small worlds find most, and quickly.
func tiny(seed uint64) Size {
	d := newDice(seed, "size", 0)
	return Size{
		Agents: 1 + d.IntN(5), Queues: 1 + d.IntN(3), Tenants: 1 + d.IntN(2), Nodes: 1 + d.IntN(2), LoadS: d.between(60, 400),
		PerHour: 20 + d.Float64()*60, Faults: d.IntN(9),
	}
}

// Tiny plans the small world of a seed.
func Tiny(seed uint64) Plan { return NewPlan(seed, tiny(seed)) }

// without leaves out the elements from i up to j.
func without[T any](s []T, i, j int) []T {
	return slices.Concat(s[:i:i], s[j:])
}
