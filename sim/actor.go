package sim

import (
	"github.com/cespare/xxhash/v2"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
)

// againAfter is the pause before appends that were not taken are handed in once more.
const againAfter = 5 * ms

// maxFailures is how often in a row an actor is built again that then gets nothing done.
const maxFailures = 3

// reply takes the outcome of a command.
type reply func(error)

// hoster is actors/host.Host, or a mutant around it.
type hoster interface {
	Step(input any, requires ...machine.Require) host.Output
	Appended(seq uint64, r machine.Result) host.Output
	Lease(held bool) host.Output
	Idle() bool
	Full() bool
	Stopped() bool
	Shard() machine.ShardID
}

// actor is one call or one agent at a process: its host, and the deeds it asks for.
type actor struct {
	p        *proc
	id       string
	stream   string
	epoch    uint64
	host     hoster
	call     *b2bua.Machine // one of the two is set
	agent    *seat.Machine
	arrival  *b2bua.Arrival // until it is taken
	timers   map[timerKey]*event
	order    uint64 // of the last release let out
	gone     bool
	worked   bool
	fenced   bool
	failures int
	strays   []any
	leak     []any // of a mutant
}

type timerKey struct{ leg, name string }

// tagged is a release or an early message with what it rests on.
type tagged struct {
	x       any
	version uint64 // of the actor's stream
	record  uint64 // hash of the record at that version; 0 unknown
	order   uint64
}

// watched tags what a machine wants let out, so that the checker can tell whether it left too early or out of turn.
type watched struct {
	host.Machine
	version uint64
	record  uint64
	order   uint64
}

// Step implements host.Machine.
func (m *watched) Step(input any) host.Decision {
	d := m.Machine.Step(input)
	if d.Record != nil {
		m.version++
		m.record = xxhash.Sum64(d.Record)
	}
	for i, x := range d.Release {
		m.order++
		d.Release[i] = tagged{x, m.version, m.record, m.order}
	}
	for i, x := range d.Early {
		d.Early[i] = tagged{x, m.version, m.record, 0}
	}
	return d
}

func (p *proc) newActor(id, stream string, shard machine.ShardID, m host.Machine, version uint64) *actor {
	a := &actor{p: p, id: id, stream: stream, epoch: p.epochs[shard], timers: map[timerKey]*event{}}
	w := p.w
	outer := w.mut.outer(a, &watched{Machine: w.mut.machine(a, m), version: version})
	a.host = w.mut.host(a, host.New(p.identity(stream, shard), outer, version))
	if !p.lease {
		a.host.Lease(false)
	}
	return a
}

func (a *actor) take(o host.Output) {
	w := a.p.w
	for _, x := range o.Release {
		if w.crash.at(a) {
			return
		}
		a.release(x)
	}
	if w.crash.at(a) {
		return
	}
	if o.Again {
		w.after(againAfter, func() {
			if !a.gone {
				a.propose(o.Propose)
			}
		})
	} else {
		a.propose(o.Propose)
		for _, x := range o.Propose {
			a.p.hint(x)
		}
	}
	if w.crash.at(a) {
		return
	}
	for _, e := range o.Early {
		t := e.Message.(tagged)
		w.check.early(a, t, e.Requires)
		switch x := t.x.(type) {
		case cc.TellAgent:
			a.p.tellAgent(x.Agent, seat.Ask{Cmd: x.Cmd, Requires: w.mut.requires(e.Requires)})
		case cc.TellCall:
			a.p.tellCall(a.id, x, nil, w.mut.requires(e.Requires))
		case seat.Forwarded:
			a.p.forward(a.id, x, w.mut.requires(e.Requires))
		}
	}
	for _, x := range o.Dropped {
		switch x := x.(tagged).x.(type) {
		case b2bua.Replied:
			x.To.(reply)(unavailable())
		case seat.Forwarded:
			for _, to := range x.Askers {
				to.(reply)(unavailable())
			}
		}
	}
	if o.Stop {
		a.stopped()
	}
}

func (a *actor) propose(list []*machine.Append) {
	for _, x := range list {
		seq := x.Seq
		a.p.w.journal.append(a.p, x, func(r machine.Result) { a.appended(seq, r) })
		if a.p.w.crash.at(a) {
			return
		}
	}
}

func (a *actor) appended(seq uint64, r machine.Result) {
	if a.gone {
		return
	}
	a.fenced = r.Reason == machine.StaleEpoch
	a.worked = a.worked || r.Status == machine.OK
	if a.fenced {
		a.p.fenced[a.host.Shard()] = true
	}
	if a.p.w.crash.at(a) {
		return
	}
	out := a.host.Appended(seq, r)
	if a.fenced && !a.host.Stopped() {
		a.p.w.fail("I9", "%s goes on after its shard went to another", a.stream)
	}
	a.take(out)
	if a.worked {
		a.arrival = nil
	}
	a.maybeSleep()
}

func unavailable() error {
	return cc.Errorf(cc.CodeUnavailable, "the journal did not take it, try again")
}

func overloaded() error { return cc.Errorf(cc.CodeOverloaded, "too much to do right now, try again") }

// release lets out one deed.
func (a *actor) release(v any) {
	t := v.(tagged)
	a.p.w.check.released(a, t)
	switch x := t.x.(type) {
	case b2bua.Replied:
		x.To.(reply)(x.Err)
	case cc.SetTimer:
		a.arm(timerKey{name: x.Name}, x.AtMs, func() { a.timer(x) })
	case cc.TellCall:
		if a.call != nil {
			a.tellCall(x)
		} else {
			a.p.tellCall(a.id, x, nil, nil)
		}
	case b2bua.Happened:
	default:
		a.releaseCall(x)
	}
}

func (a *actor) timer(x cc.SetTimer) {
	delete(a.timers, timerKey{name: x.Name})
	if a.call != nil {
		m := &cc.CallTimer{Name: x.Name, Seq: x.Seq}
		if s := a.call.Call; x.Name == call.TimerMaxWait && x.Seq == s.WaitSeq {
			m.Found = a.p.found(s.Workflow, int(s.Step)+1, s.Tenant, s.Caller)
		}
		a.input(b2bua.Ask{Cmd: cc.NewCommand(m)})
	} else {
		a.ask(seat.Ask{Cmd: cc.NewCommand(&cc.AgentTimer{Name: x.Name, Seq: x.Seq})})
	}
}

func (a *actor) arm(k timerKey, atMs int64, fn func()) {
	a.disarm(k)
	left := func() int64 { return machine.Soonest((atMs - a.p.nowMs()) * ms) }
	e := &event{}
	var ring func()
	ring = func() {
		switch {
		case a.gone:
		case a.p.nowMs() < atMs: // as the shell does: cluster time runs a little slower or faster than a stopwatch
			a.p.w.place(e, max(left(), ms), ring)
		default:
			fn()
		}
	}
	a.p.w.place(e, left(), ring)
	a.timers[k] = e
}

func (a *actor) disarm(k timerKey) {
	a.p.w.cancel(a.timers[k])
	delete(a.timers, k)
}

// forget ends the actor without a word.
func (a *actor) forget() {
	a.gone = true
	if a.agent != nil {
		for _, to := range a.agent.Abandon() {
			to.(reply)(unavailable())
		}
	}
	for _, e := range a.timers { // order does not matter: cancelling changes nothing else
		a.p.w.cancel(e)
	}
	a.timers = nil
}

// stopped: the journal refused an append.
func (a *actor) stopped() {
	a.p.w.note(a.stream, "stopped", "")
	a.replace()
}

// crashed: the actor fails in the middle of something. What was in its mailbox is lost.
func (a *actor) crashed() {
	a.p.w.note(a.stream, "crashed", "")
	a.replace()
}

// replace builds a successor from the journal, as the shell does for an actor that nobody meant to stop.
func (a *actor) replace() {
	p := a.p
	a.forget()
	if a.call != nil {
		if p.calls[a.id] == a {
			delete(p.calls, a.id)
		}
		p.unhint(b2bua.WaitingPrefix + a.id)
	} else {
		if p.agents[a.id] == a {
			delete(p.agents, a.id)
		}
		p.unhint(seat.IndexPrefix + a.id)
	}
	failures := 0
	if !a.worked {
		failures = a.failures + 1
	}
	p.w.after(100*us, func() {
		if !p.alive {
			return
		}
		var next *actor
		if !a.fenced && failures <= maxFailures {
			next = a.successor()
		}
		switch {
		case next != nil:
		case a.arrival != nil && !a.worked && !a.fenced:
			a.settle()
			return
		default:
			a.never()
			return
		}
		next.failures = failures
		if next.call != nil && !p.w.mut.skipsFence() {
			next.input(b2bua.Fence{})
		}
		for _, in := range a.strays {
			next.handle(in)
		}
	})
}

func (a *actor) successor() *actor {
	if a.call != nil {
		return a.p.findCall(a.id)
	}
	next := a.p.loadAgent(a.id)
	a.p.rouse(next, !a.p.w.mut.skipsFence())
	return next
}

// handle gives an actor an input of either kind.
func (a *actor) handle(in any) {
	switch in := in.(type) {
	case b2bua.Input:
		a.input(in)
	case seat.Ask:
		a.ask(in)
	}
}

// stray deals with what comes to an actor that is gone: who waits is told, the rest is for the successor.
func (a *actor) stray(in any) {
	switch x := in.(type) {
	case b2bua.Ask:
		if x.Reply != nil {
			x.Reply.(reply)(unavailable())
			return
		}
	case seat.Ask:
		if x.Reply != nil {
			x.Reply.(reply)(unavailable())
			return
		}
	case b2bua.LegFired, b2bua.Arrival:
		return
	}
	a.strays = append(a.strays, in)
}

func (a *actor) setLease(held bool) {
	if !a.gone {
		a.take(a.host.Lease(held))
	}
}
