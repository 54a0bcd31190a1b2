package actors

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/wire"
)

// callActor is one call: its machine, and the deeds the machine asks for.
type callActor struct {
	runner
	id      string
	m       *b2bua.Machine
	arrival *b2bua.Arrival // until it is taken: what to answer if it is refused
	began   time.Time      // when its INVITE came, until it is on record
	leaving bool
	up      bool          // counted as a call that is not over
	strays  []b2bua.Input // came after the stream was lost: for the successor
}

// callTimer is a timer of a machine, of an agent's as well, on its way to the actor.
type callTimer struct {
	name string
	seq  uint64
}

// Receive implements actor.Actor.
func (a *callActor) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Stopping:
		a.gone()
		return
	case *actor.Started, *actor.Stopped, *actor.Restarting:
		return
	case appended:
		a.committed(m)
		if a.worked {
			a.arrival = nil // taken: the INVITE need not be kept
			a.recorded()
		}
	case again:
		a.proposeAgain(m)
	case inherit:
		a.inherit()
	case callTimer:
		delete(a.timers, timerKey{name: m.name})
		a.step(b2bua.Ask{Cmd: cc.NewCommand(a.fired(m))})
	case b2bua.Input:
		a.step(m)
	}
	a.countUp()
	if !a.leaving && a.host.Idle() && a.m.Asleep() && a.self.leave() {
		a.leave()
		return
	}
	a.self.handled()
}

// fired is a timer of the call with what the call will ask then.
func (a *callActor) fired(t callTimer) *cc.CallTimer {
	m := &cc.CallTimer{Name: t.name, Seq: t.seq}
	if s := a.m.Call; t.name == call.TimerMaxWait && t.seq == s.WaitSeq {
		m.Found = a.n.found(s.Workflow, int(s.Step)+1, s.Tenant, s.Caller)
	}
	return m
}

// leave ends the actor; the journal keeps the call, and whoever asks for it brings it back.
func (a *callActor) leave() {
	a.over()
	a.disarmAll()
	a.n.calls.drop(a.id, a.self)
	if due := a.m.Due(); due.Name != "" {
		a.n.alarm(due.AtMs)
	}
	a.self.root.Stop(a.self.pid)
}

func (a *callActor) step(in b2bua.Input) {
	if a.host.Stopped() {
		a.stray(in)
		return
	}
	if a.host.Full() {
		a.n.stats.overloaded.Add(1)
		a.putOff(in)
		return
	}
	if arr, ok := in.(b2bua.Arrival); ok {
		a.arrival = &arr
	}
	spare, requires := "", []machine.Require(nil)
	if ask, ok := in.(b2bua.Ask); ok {
		spare, requires = a.prepare(&ask), ask.Requires
		in = ask
	}
	a.take(a.host.Step(b2bua.Timed{Moment: a.n.moment(), Input: in}, requires...))
	if spare != "" && !a.m.Uses(spare) {
		a.n.media.closeLeg(spare) // opened ahead, not needed
	}
}

// putOff deals with an input that finds the pipeline full: who waits for an answer is told, a datagram of the network
// comes again by itself, a message of a stream and a timer are handed in a little later.
func (a *callActor) putOff(in b2bua.Input) {
	switch x := in.(type) {
	case b2bua.Received:
		if x.Src.Reliable() {
			a.later(in)
		}
	case b2bua.Ask:
		if x.Reply != nil {
			a.out(b2bua.Replied{To: x.Reply, Err: overloaded()})
			return
		}
		a.later(in)
	default:
		a.later(in)
	}
}

// later hands an input in once more; if the actor has been replaced by then, its successor gets it.
func (a *callActor) later(in b2bua.Input) {
	n, id, self := a.n, a.id, a.self
	time.AfterFunc(againAfter, func() {
		if self.force(in) {
			return
		}
		switch in.(type) {
		case b2bua.LegFired: // the successor arms its own
		default:
			if h := n.call(id); h == nil || !h.force(in) {
				n.stats.tellsLost.Add(1)
			}
		}
	})
}

// prepare looks up the phone and opens a media port where the command may lead to dialling: an offer to a phone that
// rings with it, or the accept of an agent who answers in the client (R82). It names the leg the port is open for.
func (a *callActor) prepare(ask *b2bua.Ask) (leg string) {
	agent, second := "", (*cc.Accept)(nil)
	switch c := ask.Cmd.Message().(type) {
	case *cc.OfferGranted:
		phase := a.m.Call.Phase
		if c.AnswerOn == cc.AnswerOn_ON_PHONE && c.Reachable && (phase == cc.CallPhase_WAITING || phase == cc.CallPhase_OFFERED) {
			agent, leg = c.Agent, c.Leg
		}
	case *cc.Accept:
		c.Leg = ""
		switch o := call.Open(a.m.Call, c.Offer); {
		case o == nil || o.Agent != c.Agent || o.Connecting:
		case !o.Dialled:
			agent, leg = c.Agent, o.Leg
		case o.AutoAnswer: // it rings: a second leg, if the phone and a port can be had
			agent, leg, second = c.Agent, "p"+a.n.unique(), c
		}
	}
	if leg == "" || a.m.Uses(leg) {
		return ""
	}
	phone := a.n.phone(agent)
	if phone == nil {
		return ""
	}
	local, err := a.n.media.open(a.id, leg)
	if err != nil { // the call decides
		ask.Crowded = true
		a.n.log.Warn("no media port for an agent's leg", "call", a.id, "agent", agent, "err", err)
		return ""
	}
	ask.Phone, ask.Local = phone, local
	if second != nil {
		second.Leg = leg
	}
	return leg
}

// release lets out one deed; all that led to it is durable.
func (a *callActor) release(x any) {
	switch x := x.(type) {
	case b2bua.Send:
		a.send(x)
	case b2bua.LegTimer:
		k := timerKey{leg: x.Leg, name: x.Name.String()}
		if x.Cancel {
			a.disarm(k)
		} else {
			a.arm(k, x.AtMs, b2bua.LegFired{Leg: x.Leg, Name: x.Name, Seq: x.Seq})
		}
	case b2bua.BindLeg:
		a.n.endpoint.Bind(x.CallID, route{call: a.id, leg: x.Leg, to: a.self})
	case b2bua.DropLeg:
		a.n.endpoint.Unbind(x.CallID, x.Last)
		for k := range a.timers {
			if k.leg == x.Leg {
				a.disarm(k)
			}
		}
	case cc.SetTimer:
		a.arm(timerKey{name: x.Name}, x.AtMs, callTimer{x.Name, x.Seq})
	case b2bua.DigitLost:
		a.n.stats.digitsLost.Add(1)
		a.n.log.Info("a digit could not be passed on", "call", a.id, "leg", x.Leg)
	case cc.TellCall:
		a.tellCall(x)
	case b2bua.Replied:
		x.To.(replyFunc)(x.Err)
	case b2bua.Refused:
		a.refuse(x)
	case b2bua.Happened:
		a.n.observe(a.m.Call, x.Events)
	default:
		a.n.media.do(a.id, x)
	}
}

// tell hands a message to an agent ahead of the commit.
func (a *callActor) tell(e host.Early) {
	x := e.Message.(cc.TellAgent)
	a.n.tellAgent(x.Agent, seat.Ask{Cmd: x.Cmd, Requires: e.Requires})
}

// tellCall hands a message to another call; what is owed is repeated until it is heard.
func (a *callActor) tellCall(t cc.TellCall) {
	err := a.n.tellCall(t.Call, b2bua.Ask{Cmd: t.Cmd})
	switch {
	case err == nil:
	case codeOf(err) == cc.CodeNotFound, codeOf(err) == cc.CodeUnreadable:
		if answer, ok := b2bua.Unknown(t); ok {
			a.self.force(b2bua.Ask{Cmd: answer})
		}
	default:
		a.n.stats.tellsLost.Add(1)
	}
}

func (a *callActor) send(x b2bua.Send) {
	if err := a.n.endpoint.Send(x.To, x.Data); err != nil {
		a.n.stats.sendFailed.Add(1)
		a.n.log.Debug("sending", "call", a.id, "leg", x.Leg, "what", x.What, "err", err)
		a.self.force(b2bua.SendFailed{Leg: x.Leg})
	}
}

// refuse answers an INVITE that made no call and ends the actor.
func (a *callActor) refuse(r b2bua.Refused) {
	in, code := a.arrival, sipCode(r)
	var headers []wire.Field
	for _, h := range r.Headers {
		headers = append(headers, wire.Field{Name: h.Name, Value: h.Value})
	}
	switch code {
	case 404:
		a.n.stats.unknownNumber.Add(1)
	case 503:
		headers = append(headers, a.n.retryAfter())
	}
	a.n.log.Info("call refused", "call", a.id, "dialled", in.Cmd.Dialled, "caller", in.Cmd.Caller, "code", code, "err", r.Err)
	if rerr := a.n.endpoint.Reply(in.Req, in.Src, code, leg.Phrase(code), headers...); rerr != nil {
		a.n.stats.sendFailed.Add(1)
	}
	a.n.media.closeLeg(in.Cmd.Leg)
	a.over()
	a.n.calls.drop(a.id, a.self)
	a.disarmAll()
	a.self.root.Stop(a.self.pid)
}

func (n *Node) newCallActor(id string, h *handle) *callActor {
	a := &callActor{id: id, m: b2bua.New(n.settings.legs)}
	a.runner = runner{n: n, self: h, out: a.release, early: a.tell, lost: a.stopped}
	return a
}

// countUp keeps the node's count of calls that are up: those that are not over, from their INVITE on.
func (a *callActor) countUp() {
	up := !a.leaving && a.m.Call.Phase != cc.CallPhase_ENDED
	if up == a.up {
		return
	}
	a.up = up
	if up {
		a.n.calls.up.Add(1)
	} else {
		a.n.calls.up.Add(-1)
	}
}

// fresh makes the host of a call that is about to arrive.
func (a *callActor) fresh() {
	a.began = time.Now()
	a.n.admission.governor.begin()
	a.host = host.New(a.n.identity(callStream(a.id), shardOfCall(a.id)), a.m, 0)
	a.countUp()
}

// newborn makes the host of a bubble that no call came for; admission counts calls only.
func (a *callActor) newborn() {
	a.host = host.New(a.n.identity(callStream(a.id), shardOfCall(a.id)), a.m, 0)
}

// recorded tells admission that the call is on record.
func (a *callActor) recorded() {
	if !a.began.IsZero() {
		a.n.admission.governor.settled(a.began, time.Now())
		a.began = time.Time{}
	}
}

// over is set when the actor is about to end; a call that is not on record by then will never be by this actor.
func (a *callActor) over() {
	a.leaving = true
	a.countUp()
	if !a.began.IsZero() {
		a.n.admission.governor.dropped()
		a.began = time.Time{}
	}
}

// load reads the call from the journal and makes its host.
func (a *callActor) load(v reader) error {
	stream := callStream(a.id)
	if err := a.n.replay(v, stream, 1, a.m.Load); err != nil {
		return fmt.Errorf("loading call %s: %w", a.id, err)
	}
	a.m.Indexed(v.value(b2bua.WaitingPrefix+a.id), v.value(b2bua.SummaryPrefix+a.id),
		v.value(b2bua.LivePrefix+a.id) != nil)
	a.host = host.New(a.n.identity(stream, shardOfCall(a.id)), a.m, v.StreamVersion(stream))
	a.countUp()
	return nil
}
