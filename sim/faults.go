package sim

import (
	"fmt"
	"strconv"
)

// weather is how badly things go at the moment. Shares are probabilities of each message.
type weather struct {
	loseSIP, lateSIP, twiceSIP float64
	loseTell, lateTell, twice  float64
	loseHint                   float64
	refuse, unknown            float64 // of appends
	slowSync, feedLag          int64
	wallBy                     int64 // wall clocks of new processes
}

// Fault is one thing that goes wrong.
type Fault struct {
	Kind  FaultKind
	AtMs  int64
	ForMs int64
	P     float64 // share of messages
	N     int     // which node, or how many steps to wait
	Flag  bool    // comes back elsewhere
}

func (f Fault) String() string {
	return fmt.Sprintf("%s at %d ms for %d ms p=%.2f n=%d elsewhere=%v", f.Kind, f.AtMs, f.ForMs, f.P, f.N, f.Flag)
}

// FaultKind says what goes wrong.
type FaultKind uint8

// The faults.
const (
	BadNetwork    FaultKind = iota // SIP lost, late, twice
	BadLinks                       // messages between actors lost, late, twice
	LostHints                      // to the matcher
	SlowDisk                       // each sync takes long
	Unknowns                       // results of appends unknown
	Overload                       // appends refused
	FeedLag                        // the matcher hears late
	MatcherFails                   // and is replaced
	ActorFails                     // between two steps
	NodeDies                       // between two steps
	NodeIsolated                   // goes on without its lease while another takes over
	LeaseBlinks                    // and comes back
	ClockJumps                     // of wall clocks
	JournalReload                  // what is only in memory is read again
	faultKinds
)

var faultNames = [faultKinds]string{
	"bad network", "bad links", "lost hints", "slow disk", "unknown appends", "overload", "feed lag", "matcher fails",
	"actor fails", "node dies", "node isolated", "lease blinks", "clock jumps", "journal reload",
}

func (k FaultKind) String() string { return faultNames[k] }

func planFaults(d dice, s Size) (out []Fault) {
	for range s.Faults {
		f := Fault{
			Kind: FaultKind(d.IntN(int(faultKinds))), AtMs: d.between(3000, s.LoadS*1000), ForMs: d.between(500, 20_000),
			P: 0.02 + 0.4*d.Float64(), N: d.IntN(60), Flag: d.chance(0.5),
		}
		out = append(out, f)
		if f.Kind == ActorFails { // often several
			for range d.IntN(6) {
				f.AtMs, f.N = d.between(3000, s.LoadS*1000), d.IntN(60)
				out = append(out, f)
			}
		}
	}
	return out
}

// crashing holds failures that wait for their moment: so many steps of actors from now.
type crashing struct {
	w     *World
	armed []*armed
}

type armed struct {
	steps int
	node  bool
	f     Fault
}

// at is asked between any two steps of an actor; true: the actor is gone.
func (c *crashing) at(a *actor) bool {
	if a.gone || len(c.armed) == 0 {
		return a.gone
	}
	for i, x := range c.armed {
		if x.steps--; x.steps > 0 || !a.p.lease || a.failures >= maxFailures-1 {
			continue // one that fails over and over without getting anything done is given up on purpose; an append of a
			// predecessor that is taken late may make it fail once more
		}
		c.armed = without(c.armed, i, i+1)
		if x.node {
			c.w.nodeDies(a.p, x.f)
		} else {
			a.crashed()
		}
		break
	}
	return a.gone
}

// begin makes a fault happen.
func (w *World) begin(f Fault) {
	w.note("fault", f.Kind.String(), f.String())
	shares := func(list ...*float64) {
		was := make([]float64, len(list))
		for i, p := range list {
			was[i], *p = *p, max(*p, f.P/float64(i+1))
		}
		w.after(f.ForMs*ms, func() {
			for _, p := range list {
				*p = 0
			}
		})
	}
	x := &w.weather
	switch f.Kind {
	case BadNetwork:
		shares(&x.loseSIP, &x.lateSIP, &x.twiceSIP)
	case BadLinks:
		shares(&x.loseTell, &x.lateTell, &x.twice)
	case LostHints:
		shares(&x.loseHint)
	case Unknowns:
		shares(&x.unknown)
	case Overload:
		shares(&x.refuse)
	case SlowDisk:
		x.slowSync = int64(200 * f.P * float64(ms))
		w.after(f.ForMs*ms, func() { x.slowSync = 0 })
	case FeedLag:
		x.feedLag = int64(2000 * f.P * float64(ms))
		w.after(f.ForMs*ms, func() { x.feedLag = 0 })
	case MatcherFails:
		if w.desk != nil && w.desk.matcher != nil {
			w.desk.matcher.restart()
		}
	case ActorFails, NodeDies:
		w.crash.armed = append(w.crash.armed, &armed{f.N, f.Kind == NodeDies, f})
	case ClockJumps:
		by := int64(float64(f.ForMs-10_000) * 360 * float64(ms)) // an hour either way
		x.wallBy += by
		for _, p := range w.procs {
			p.clock.wallBy = x.wallBy
		}
	case JournalReload:
		w.journal.reload()
	default:
		w.beginLease(f)
	}
}

func (w *World) beginLease(f Fault) {
	var up []*proc
	for _, p := range w.procs {
		if p.alive && p.lease {
			up = append(up, p)
		}
	}
	if len(up) == 0 {
		return
	}
	p := up[f.N%len(up)]
	p.setLease(false)
	if f.Kind == LeaseBlinks {
		w.after(f.ForMs*ms/10, func() {
			if p.alive {
				p.setLease(true)
			}
		})
		return
	}
	desk := w.desk == p
	w.after(200*ms, func() { w.boot(p.node, w.newAddress(), desk) })
	w.after(f.ForMs*ms, func() { p.die("isolated") })
}

// setLease tells all hosts of a process whether it may act.
func (p *proc) setLease(held bool) {
	p.w.note(p.name(), "lease", strconv.FormatBool(held))
	p.lease = held
	for _, m := range []map[string]*actor{p.agents, p.calls} {
		for _, id := range sortedKeys(m) {
			if a := m[id]; a != nil {
				a.setLease(held)
			}
		}
	}
}

// nodeDies ends a process. It comes back after a while, at its address or elsewhere; the agents may go to another node
// in between.
func (w *World) nodeDies(p *proc, f Fault) {
	desk := w.desk == p
	p.die("crash")
	w.check.counts.Restarts++
	via := p.via
	if f.Flag {
		via = w.newAddress()
	}
	if desk && f.N%2 == 0 {
		w.after(250*ms, func() {
			for _, q := range w.procs {
				if q.alive && q.lease && w.desk == nil {
					q.takeDesk()
				}
			}
		})
	}
	w.after(max(f.ForMs/3, 300)*ms, func() { w.boot(p.node, via, w.desk == nil) })
}

func (w *World) newAddress() string {
	w.addresses++
	return fmt.Sprintf("192.0.2.%d:5060", w.addresses)
}

func (w *World) anyAlive() bool {
	for _, p := range w.procs {
		if p.alive {
			return true
		}
	}
	return false
}

// clearUp ends all that goes wrong: from now on things work.
func (w *World) clearUp() {
	w.calm = true
	wallBy := w.weather.wallBy
	w.weather = weather{wallBy: wallBy}
	w.crash.armed = nil
	w.openUp()
	for _, p := range w.people {
		p.away = false
		p.plug()
		w.after(p.dice.between(sec, 5*sec), p.signIn)
	}
}
