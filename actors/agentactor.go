package actors

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// agentResume asks for what the agent's state still owes, after a start.
type agentResume struct{}

// agentEndpoint asks the agent to look whether its phone can be rung. It says not what was found: of two changes at
// once the later message finds what holds.
type agentEndpoint struct{}

// agentActor is one agent.
type agentActor struct {
	runner
	id     string
	m      *seat.Machine
	strays []seat.Ask
}

// Receive implements actor.Actor.
func (a *agentActor) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Stopping:
		a.gone()
		return
	case *actor.Started, *actor.Stopped, *actor.Restarting:
		return
	case agentResume:
		for _, e := range a.m.Resume(a.n.journal.NowMs()) {
			a.release(e)
		}
		if a.n.Directory().Agent(a.id) == nil { // nobody told it, or it did not live to hear
			a.step(seat.Ask{Cmd: cc.NewCommand(&cc.AgentRemoved{})})
		}
	case appended:
		a.committed(m)
	case again:
		a.proposeAgain(m)
	case callTimer:
		delete(a.timers, timerKey{name: m.name})
		a.step(seat.Ask{Cmd: cc.NewCommand(&cc.AgentTimer{Name: m.name, Seq: m.seq})})
	case agentEndpoint:
		a.step(seat.Ask{Cmd: cc.NewCommand(&cc.EndpointChanged{Up: a.n.phone(a.id) != nil})})
	case seat.Ask:
		a.step(m)
	}
	a.self.handled()
}

func (a *agentActor) step(in seat.Ask) {
	if a.host.Stopped() {
		a.stray(in)
		return
	}
	if a.host.Full() {
		a.n.stats.overloaded.Add(1)
		if in.Reply != nil {
			in.Reply.(replyFunc)(overloaded())
			return
		}
		self := a.self // nobody else repeats a timer or what the phone did
		time.AfterFunc(againAfter, func() { self.force(in) })
		return
	}
	in.At = a.n.moment()
	a.take(a.host.Step(in, in.Requires...))
}

// tell hands a message to a call ahead of the commit.
func (a *agentActor) tell(e host.Early) {
	switch m := e.Message.(type) {
	case cc.TellCall:
		a.n.tellCallFrom(a.id, m, e.Requires)
	case seat.Forwarded:
		a.n.forward(m, e.Requires)
	}
}

func (a *agentActor) release(x any) {
	switch x := x.(type) {
	case cc.SetTimer:
		a.arm(timerKey{name: x.Name}, x.AtMs, callTimer{x.Name, x.Seq})
	case cc.TellCall: // of Resume: what is owed is in the journal already
		a.n.tellCallFrom(a.id, x, nil)
	case b2bua.Replied:
		x.To.(replyFunc)(x.Err)
	case b2bua.Happened:
		a.n.observeAgent(a.m.State, x.Events)
	}
}

// stopped is called when the journal refused an append: what this actor believes is not what is written.
func (a *agentActor) stopped() {
	a.n.stats.streamsLost.Add(1)
	a.n.log.Error("agent lost its stream", "agent", a.id)
	a.self.depth.Store(closed)
	a.n.agents.drop(a.id, a.self)
	a.self.root.Poison(a.self.pid) // what is in the mailbox is not lost: see stray
}

// stray deals with a command that was under way when the stream was lost: who waits is told, the rest is the
// successor's.
func (a *agentActor) stray(in seat.Ask) {
	if in.Reply != nil {
		in.Reply.(replyFunc)(lostItsStream())
		return
	}
	a.strays = append(a.strays, in)
}

// gone: the actor stops. Unless the node is closing, a successor is built from the journal.
func (a *agentActor) gone() {
	a.disarmAll()
	for _, to := range a.m.Abandon() {
		to.(replyFunc)(lostItsStream())
	}
	a.self.depth.Store(closed)
	a.n.agents.drop(a.id, a.self)
	if !a.n.ready.Load() {
		return
	}
	a.n.unhint(agentPrefix + a.id)
	h := a.succeed(func() *handle {
		v := a.n.reader()
		defer v.Close()
		if err := a.n.startAgent(a.id, v); err != nil { // its clients come back by themselves: see R98's grace
			a.n.log.Error("bringing an agent back", "agent", a.id, "err", err)
		}
		return a.n.agents.get(a.id)
	})
	if h == nil {
		return
	}
	for _, in := range a.strays {
		h.force(in)
	}
}

// startAgent brings an agent to life from the journal, or as new, and lets it act. A predecessor may have appends under
// way.
func (n *Node) startAgent(id string, v reader) error {
	h, err := n.loadAgent(id, v)
	if err == nil {
		n.rouseAgent(h, true)
	}
	return err
}

// rouseAgent tells a loaded agent that it may act.
func (n *Node) rouseAgent(h *handle, fence bool) {
	h.force(seat.Ask{Cmd: cc.NewCommand(&cc.NodeStarted{}), Fence: fence})
	h.force(agentResume{})
	h.force(agentEndpoint{})
}

// loadAgent makes the actor of an agent, from the journal or as new.
func (n *Node) loadAgent(id string, v reader) (*handle, error) {
	m, version := seat.New(id, n.company), uint64(0)
	stream := AgentStream(id)
	snap, at, ok := v.Snapshot(stream)
	if ok {
		if err := m.LoadSnapshot(snap, at); err != nil {
			return nil, n.journal.SetAside(machine.Unreadable{Stream: stream, Err: err})
		}
		version = at
	}
	if err := n.replay(v, stream, version+1, m.Load); err != nil {
		n.unhint(agentPrefix + id) // nobody is to be sent to an agent who has no actor
		return nil, fmt.Errorf("loading agent %s: %w", id, err)
	}
	m.Indexed(v.value(agentPrefix + id))
	h := &handle{root: n.system.Root}
	a := &agentActor{id: id, m: m}
	a.runner = runner{n: n, self: h, out: a.release, early: a.tell, lost: a.stopped}
	a.host = host.New(n.identity(stream, shardOfCompany(n.company)), a.m, v.StreamVersion(stream))
	n.spawn(h, a)
	n.agents.put(id, h)
	return h, nil
}
