package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wirechief/wirechief/bench/proc"
)

// Plan is one step of load.
type Plan struct {
	Rate    float64 // calls a second
	Calls   int
	Even    bool             // even gaps instead of Poisson's
	Hold    [2]time.Duration // talk time, uniform; the agent hangs up
	Seed    uint64           // of the gaps
	Patient time.Duration    // how long after the last call is due the rest may take; more has failed
}

// Step is what came of a plan.
type Step struct {
	Plan
	Agents    int
	Recorded  bool
	Offered   float64 // calls a second that were due
	Completed float64 // calls a second that ended in good order, once the first agents are free again
	Served    int
	Failed    int
	Why       map[string]int // failures by kind
	Refused   int            // of the failed: answered 503, as a node that has enough to do should
	RefusedIn Latency        // from sent to that 503
	Ring      Latency        // from due to the INVITE at the phone
	RingWire  Latency        // from sent to the INVITE at the phone
	Late      Latency        // from due to sent: the generator's own delay
	Resent    uint64         // INVITEs sent again

	CPUPerCall     time.Duration // of the engine
	EngineBusy     float64       // share of a core while calls were due
	GeneratorBusy  float64
	OthersBusy     float64 // what other processes took of the engine's core
	RSS            int64   // of the engine at the end, bytes
	WrittenPerCall float64 // bytes to storage
}

// FailedShare is the share of calls that failed.
func (s *Step) FailedShare() float64 { return float64(s.Failed) / float64(max(s.Failed+s.Served, 1)) }

// Bounds of a step that was held, of a clean one, and of one beyond which nothing more is to be learnt.
const (
	HeldFailed  = 0.001
	HeldShare   = 0.85 // of the offered rate; short steps of random arrivals spread widely
	CleanRing   = 250 * time.Millisecond
	CollapsedIn = time.Second
)

// Held says that nearly nothing failed, and that calls ended about as fast as they came: a long line is no rate.
func (s *Step) Held() bool { return s.FailedShare() < HeldFailed && s.Completed >= HeldShare*s.Offered }

// Clean says that, besides, nearly nobody waited for the engine.
func (s *Step) Clean() bool { return s.Held() && s.Ring.P99 < CleanRing }

// Collapsed says that calls pile up.
func (s *Step) Collapsed() bool { return s.FailedShare() >= HeldFailed || s.Ring.P99 > CollapsedIn }

// Run makes the calls of a plan and waits for their end.
func (r *Rig) Run(ctx context.Context, p Plan) (Step, error) {
	s := Step{Plan: p, Agents: r.Site.Agents, Recorded: r.Site.Record}
	r.hold.Store(&p.Hold)
	first, resent := r.book.count(), r.callers.Stats.Retransmits.Load()
	before, err := r.Usage()
	if err != nil {
		return s, err
	}
	own, busy := proc.Own(), proc.Busy(r.host.Core)
	begin, end, err := r.offer(ctx, p)
	if err != nil {
		return s, err
	}
	during, err := r.Usage()
	if err != nil {
		return s, err
	}
	length := time.Since(time.Unix(0, begin))
	s.EngineBusy = float64(during.CPU-before.CPU) / float64(length)
	s.GeneratorBusy = float64(proc.Own()-own) / float64(length)
	if r.host.Core >= 0 {
		s.OthersBusy = max(0, float64(proc.Busy(r.host.Core)-busy-(during.CPU-before.CPU))/float64(length))
	}
	if !r.book.drain(p.Patient) {
		s.Why = map[string]int{"late": len(r.book.left())}
		if err := r.settle(p.Patient + 5*time.Second); err != nil {
			s.Why[err.Error()]++
		}
	}
	after, err := r.Usage()
	if err != nil {
		return s, fmt.Errorf("the engine after %v calls/s: %w", p.Rate, err)
	}
	s.CPUPerCall = (after.CPU - before.CPU) / time.Duration(p.Calls)
	s.RSS, s.WrittenPerCall = after.RSS, float64(after.Written-before.Written)/float64(p.Calls)
	s.Resent = r.callers.Stats.Retransmits.Load() - resent
	s.count(r.book.from(first), begin, end)
	return s, nil
}

// offer dials each call when it is due. It gives when the first and the last was due, wall clock ns.
func (r *Rig) offer(ctx context.Context, p Plan) (begin, end int64, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	random := rand.New(rand.NewPCG(p.Seed, 1))
	start := time.Now()
	begin, due := start.UnixNano(), time.Duration(0)
	for range p.Calls {
		gap := 1.0
		if !p.Even {
			gap = random.ExpFloat64()
		}
		due += time.Duration(gap / p.Rate * float64(time.Second))
		// Not time.Sleep: the runtime rounds up to milliseconds when nothing else wakes it.
		if wait := due - time.Since(start); wait > 0 {
			ts := unix.NsecToTimespec(int64(wait))
			_ = unix.Nanosleep(&ts, nil)
		}
		if ctx.Err() != nil {
			return begin, begin, ctx.Err()
		}
		r.dial(begin + int64(due))
	}
	return begin, begin + int64(due), nil
}

// busy is the answer of a server that has enough to do (RFC 3261 21.5.4).
const busy = 503

// count sorts out what became of the calls.
func (s *Step) count(calls []entry, begin, end int64) {
	if s.Why == nil {
		s.Why = make(map[string]int)
	}
	late := s.Why["late"]
	ring, wire, sent, refused := newHistogram(), newHistogram(), newHistogram(), newHistogram()
	steady, completed := begin+int64(s.Hold[1]), 0
	for i := range calls {
		c := &calls[i]
		record(sent, c.sent-c.due)
		if c.rung != 0 {
			record(ring, c.rung-c.due)
			record(wire, c.rung-c.sent)
		}
		if c.served {
			s.Served++
			if c.ended >= steady && c.ended < end {
				completed++
			}
			continue
		}
		s.Failed++
		if c.final == busy && c.ended != 0 && !c.answered {
			s.Refused++
			record(refused, c.ended-c.sent)
		}
		switch {
		case late > 0: // named already
		case c.ended == 0:
			s.Why["never ended"]++
		case !c.answered:
			s.Why[strconv.Itoa(c.final)]++
		case c.rung == 0:
			s.Why["never rung"]++
		default:
			s.Why["not released"]++
		}
	}
	s.Ring, s.RingWire, s.Late, s.RefusedIn = latencyOf(ring), latencyOf(wire), latencyOf(sent), latencyOf(refused)
	s.Offered = float64(len(calls)) / (float64(end-begin) / 1e9)
	if end > steady {
		s.Completed = float64(completed) / (float64(end-steady) / 1e9)
	}
}
