package sim

import (
	"fmt"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
)

func (p *proc) newCall(id string) *actor {
	m := b2bua.New(p.legs)
	a := p.newActor(id, callStreams+id, shardOfCall(id), m, 0)
	a.call = m
	return a
}

// loadCall builds the actor of a call from the journal; nil when it cannot be read.
func (p *proc) loadCall(id string) *actor {
	m, version, err := p.w.replayCall(id, p.legs)
	if err != nil {
		p.w.fail("I11", "loading call %s: %v", id, err)
		return nil
	}
	j := p.w.journal
	m.Indexed(j.get(b2bua.WaitingPrefix+id), j.get(b2bua.SummaryPrefix+id), j.get(b2bua.LivePrefix+id) != nil)
	a := p.newActor(id, callStreams+id, shardOfCall(id), m, version)
	a.call = m
	return a
}

// replayCall is a call as the journal has it.
func (w *World) replayCall(id string, legs b2bua.Node) (*b2bua.Machine, uint64, error) {
	m := b2bua.New(legs)
	version := uint64(0)
	err := w.journal.records(callStreams+id, 1, func(data []byte) error {
		version++
		return m.Load(data)
	})
	return m, version, err
}

// findCall finds the actor of a call, or brings it back from the journal; nil when there is none here.
func (p *proc) findCall(id string) *actor {
	if a := p.calls[id]; a != nil {
		return a
	}
	shard := shardOfCall(id)
	if _, mine := p.epochs[shard]; !mine || p.fenced[shard] || p.w.journal.version(callStreams+id) == 0 {
		return nil
	}
	a := p.loadCall(id)
	if a == nil {
		return nil
	}
	p.calls[id] = a
	if !a.call.Asleep() {
		a.input(b2bua.Restarted{})
	}
	return a
}

// toCall posts an input to a call of this process; false when there is no such call.
func (p *proc) toCall(id string, in b2bua.Input) bool {
	if p.calls[id] == nil && p.w.journal.version(callStreams+id) == 0 {
		return false
	}
	p.w.after(10*us, func() {
		if !p.alive {
			return
		}
		if a := p.findCall(id); a != nil {
			a.input(in)
		}
	})
	return true
}

// input is one input's turn.
func (a *actor) input(in b2bua.Input) {
	w := a.p.w
	if a.gone {
		a.stray(in)
		return
	}
	if w.crash.at(a) {
		return
	}
	if a.host.Full() {
		if ask, ok := in.(b2bua.Ask); ok && ask.Reply != nil {
			ask.Reply.(reply)(overloaded())
		} else if _, ok := in.(b2bua.Received); !ok {
			w.after(againAfter, func() { a.input(in) })
		}
		return
	}
	if arr, ok := in.(b2bua.Arrival); ok {
		a.arrival = &arr
	}
	var requires []machine.Require
	if ask, ok := in.(b2bua.Ask); ok {
		a.prepare(&ask)
		in, requires = ask, ask.Requires
	}
	w.note(a.stream, "input", describe(in))
	a.take(a.host.Step(b2bua.Timed{Moment: a.p.moment(), Input: in}, requires...))
	a.maybeSleep()
}

func describe(in b2bua.Input) string {
	switch in := in.(type) {
	case b2bua.Ask:
		return in.Cmd.Name()
	case b2bua.Received:
		return "sip " + in.Leg
	case b2bua.LegFired:
		return "timer " + in.Name.String() + " " + in.Leg
	}
	return fmt.Sprintf("%T", in)
}

// prepare finds the phone and a port where a command may lead to dialling (R82).
func (a *actor) prepare(ask *b2bua.Ask) {
	who := ""
	switch c := ask.Cmd.Message().(type) {
	case *cc.OfferGranted:
		phase := a.call.Call.Phase
		waits := phase == cc.CallPhase_WAITING || phase == cc.CallPhase_OFFERED
		if c.AnswerOn == cc.AnswerOn_ON_PHONE && c.Reachable && waits && !a.call.Uses(c.Leg) {
			who = c.Agent
		}
	case *cc.Accept:
		c.Leg = ""
		o := call.Open(a.call.Call, c.Offer)
		if o != nil && o.Agent == c.Agent && (!o.Dialled || o.AutoAnswer) && !o.Connecting {
			who, c.Leg = c.Agent, "p"+a.p.id()
		}
	}
	if who == "" {
		return
	}
	ask.Phone, ask.Local = a.p.w.phoneOf(who), a.p.openPort()
}

// maybeSleep lets a call that has nothing more to do leave memory.
func (a *actor) maybeSleep() {
	if a.call == nil || a.gone || a.p.calls[a.id] != a || !a.host.Idle() || !a.call.Asleep() {
		return
	}
	a.p.w.check.sleeps(a)
	a.forget()
	delete(a.p.calls, a.id)
	if due := a.call.Due(); due.Name != "" {
		if at := due.AtMs; a.p.alarm == nil || epochNs+a.p.alarm.at > at*ms {
			a.p.wakeAt(at)
		}
	}
}

// releaseCall lets out what only calls do.
func (a *actor) releaseCall(x any) {
	p := a.p
	switch x := x.(type) {
	case b2bua.Send:
		p.w.wire.fromEngine(p, a, x)
	case b2bua.LegTimer:
		k := timerKey{leg: x.Leg, name: x.Name.String()}
		if x.Cancel {
			a.disarm(k)
			return
		}
		a.arm(k, x.AtMs, func() {
			delete(a.timers, k)
			a.input(b2bua.LegFired{Leg: x.Leg, Name: x.Name, Seq: x.Seq})
		})
	case b2bua.BindLeg:
		p.bind(x.CallID, route{a.id, x.Leg})
	case b2bua.DropLeg:
		delete(p.routes, x.CallID)
		p.over[x.CallID] = true
		for k := range a.timers { // in any order: a cancelled one leaves no trace
			if k.leg == x.Leg {
				a.disarm(k)
			}
		}
	case b2bua.Refused:
		a.refuse(x)
	case cc.StartRecording, cc.StopRecording:
		p.record(a.id, x)
	case cc.Bridge:
		p.w.check.bridged(a, x)
	}
}

// refuse answers an INVITE that made no call.
func (a *actor) refuse(r b2bua.Refused) {
	code := r.Code
	if code == 0 {
		code = 404
	}
	a.p.answer(a.arrival.Req, code)
	delete(a.p.pending, a.arrival.Req.CallID().Value())
	a.forget()
	delete(a.p.calls, a.id)
}

// settle decides an arrival whose append may be under way still, as the shell does.
func (a *actor) settle() {
	p, shard := a.p, shardOfCall(a.id)
	fence := b2bua.New(p.legs).Step(b2bua.Timed{Moment: p.moment(), Input: b2bua.Fence{}})
	p.w.journal.append(p, &machine.Append{
		Shard: shard, Epoch: p.epochs[shard], Stream: a.stream, Records: [][]byte{fence.Record},
	}, func(r machine.Result) {
		switch {
		case r.Reason == machine.VersionConflict:
			if next := p.findCall(a.id); next != nil {
				next.input(b2bua.Fence{})
			}
		case r.Status == machine.OK:
			a.never()
		default: // not taken, or nobody knows: once more, it changes nothing twice
			p.w.after(againAfter, func() {
				if p.alive {
					a.settle()
				}
			})
		}
	})
}

// never: nobody goes on with this actor.
func (a *actor) never() {
	if a.arrival == nil || a.worked {
		return
	}
	delete(a.p.pending, a.arrival.Req.CallID().Value())
	a.p.answer(a.arrival.Req, 503)
}

// tellAgent hands a command to an agent, wherever that is; it may be lost.
func (p *proc) tellAgent(id string, in seat.Ask) {
	w := p.w
	w.gossip(p == w.desk, func() {
		d := w.desk
		if d == nil {
			return
		}
		if a := d.agents[id]; a != nil {
			a.ask(in)
		}
	})
}

// tellCall hands a command of an agent to a call, wherever that is; answer, if there is one, takes the call's. Calls of
// the other classes are stand-ins: see side.go.
func (p *proc) tellCall(agent string, t cc.TellCall, answer reply, requires []machine.Require) {
	w := p.w
	if w.side(t.Call) {
		w.gossip(false, func() { w.toSide(agent, t, answer) })
		return
	}
	w.gossip(w.ownerOf(t.Call) == p, func() {
		q := w.ownerOf(t.Call)
		if q == nil {
			return
		}
		ask := b2bua.Ask{Cmd: t.Cmd, Requires: requires}
		if answer != nil {
			ask.Reply = answer
		}
		if a := q.findCall(t.Call); a != nil {
			a.input(ask)
		} else if w.journal.version(callStreams+t.Call) == 0 {
			if answer, ok := seat.Unknown(t); ok {
				q.tellAgent(agent, answer)
			}
		}
	})
}

// forward carries a person's command from their agent to a call; a message that comes twice is answered once.
func (p *proc) forward(agent string, f seat.Forwarded, requires []machine.Require) {
	done := false
	p.tellCall(agent, f.TellCall, func(err error) {
		if done {
			return
		}
		done = true
		for _, to := range f.Askers {
			to.(reply)(err)
		}
	}, requires)
}

// tellCall hands a message of this call to another one, wherever that is; it may be lost.
func (a *actor) tellCall(t cc.TellCall) {
	w := a.p.w
	w.gossip(w.ownerOf(t.Call) == a.p, func() {
		if q := w.ownerOf(t.Call); q != nil && q.findCall(t.Call) != nil {
			q.toCall(t.Call, b2bua.Ask{Cmd: t.Cmd})
		} else if w.journal.version(callStreams+t.Call) == 0 {
			if answer, ok := b2bua.Unknown(t); ok && !a.gone {
				a.input(b2bua.Ask{Cmd: answer})
			}
		}
	})
}

// ownerOf is the process that runs a call now, nil while none does.
func (w *World) ownerOf(call string) *proc {
	row := w.check.shards[shardOfCall(call)]
	for _, p := range w.procs {
		if p.alive && p.ready && p.node == row.Node && p.boot == row.Incarnation {
			return p
		}
	}
	return nil
}

// gossip carries a message between actors: at once within a process, a moment later over a link; in bad weather it may
// be lost, late or come twice.
func (w *World) gossip(near bool, deliver func()) {
	d := 10 * us
	if !near {
		d = w.net.between(100*us, 600*us)
	}
	if w.net.chance(w.weather.loseTell) {
		w.note("gossip", "lost", "")
		return
	}
	if w.net.chance(w.weather.lateTell) {
		d += w.net.between(0, 3*sec)
	}
	w.after(d, deliver)
	if w.net.chance(w.weather.twice) {
		w.after(d+w.net.between(0, 5*sec), deliver)
	}
}
