package actors

import (
	"bytes"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/persistence/machine"
)

// agentSnapshotEvery is how many records of an agent's stream are kept on top of its snapshot.
const agentSnapshotEvery = 256

// agentMachine is callcenter/agent behind the host's interface.
type agentMachine struct {
	state    *cc.AgentState
	summary  []byte // as the index holds it
	snapshot uint64 // version of the newest snapshot
}

// agentAsk is a command to an agent with what the shell hands in; reply may be nil.
type agentAsk struct {
	cmd   *cc.Command
	reply replyFunc
	at    b2bua.Moment
	// onlyNo: whoever asks wants to hear of a refusal only; a yes shows by itself.
	onlyNo bool
	// requires is what the command rests on: it was handed over ahead of the sender's commit.
	requires []machine.Require
}

// Step implements host.Machine.
func (m *agentMachine) Step(input any) host.Decision {
	in := input.(agentAsk)
	env := cc.Env{NowMs: in.at.NowMs, Dir: in.at.Dir, IDs: cc.NewIDs(in.at.Seed)}
	out, err := agent.Decide(m.state, in.cmd, env)
	var d host.Decision
	if err == nil {
		for _, e := range out.Effects {
			if tell, ok := e.(cc.TellCall); ok {
				d.Early = append(d.Early, tell)
			} else {
				d.Release = append(d.Release, e)
			}
		}
	}
	if in.reply != nil && (err != nil || !in.onlyNo) {
		d.Release, d.Prompt = append(d.Release, b2bua.Replied{To: in.reply, Err: err}), true
	}
	if err != nil || len(out.Events) == 0 {
		return d
	}
	d.Release = append(d.Release, b2bua.Happened{Events: out.Events})
	r := cc.Record{
		NowMs: in.at.NowMs, RulesVersion: cc.RulesVersion, ConfigVersion: in.at.Dir.Center.Version,
		AppliedSeen: in.at.Seen, Command: in.cmd, Events: out.Events,
	}
	if env.IDs.Used() {
		r.Seed = in.at.Seed
	}
	if d.Record, err = r.MarshalVT(); err != nil {
		panic("actors: an agent record that cannot be encoded: " + err.Error())
	}
	return d
}

// Seal implements host.Machine.
func (m *agentMachine) Seal(version uint64) host.Sealed {
	var s host.Sealed
	summary, _ := agent.Summary(m.state).MarshalVT()
	if !bytes.Equal(summary, m.summary) {
		m.summary = summary
		s.Index = []machine.IndexOp{{Key: []byte(agentPrefix + m.state.Id), Value: summary}}
	}
	if version-m.snapshot >= agentSnapshotEvery {
		m.snapshot = version
		s.Snapshot, _ = m.state.MarshalVT()
	}
	return s
}

// agentResume asks for what the agent's state still owes, after a start.
type agentResume struct{}

// agentEndpoint asks the agent to look whether its phone can be rung. It says not what was found: of two changes at once
// the later message finds what holds.
type agentEndpoint struct{}

// agentActor is one agent.
type agentActor struct {
	runner
	id     string
	m      *agentMachine
	strays []agentAsk
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
		for _, e := range agent.Resume(a.m.state, a.n.journal.NowMs()) {
			a.release(e)
		}
	case appended:
		a.committed(m)
	case again:
		a.proposeAgain(m)
	case callTimer:
		delete(a.timers, timerKey{name: m.name})
		a.step(agentAsk{cmd: cc.NewCommand(&cc.AgentTimer{Name: m.name, Seq: m.seq})})
	case agentEndpoint:
		a.step(agentAsk{cmd: cc.NewCommand(&cc.EndpointChanged{Up: a.n.phone(a.id) != nil})})
	case agentAsk:
		a.step(m)
	}
	a.self.handled()
}

func (a *agentActor) step(in agentAsk) {
	if a.host.Stopped() {
		a.stray(in)
		return
	}
	if a.host.Full() {
		a.n.stats.overloaded.Add(1)
		if in.reply != nil {
			in.reply(overloaded())
			return
		}
		self := a.self // nobody else repeats a timer or what the phone did
		time.AfterFunc(againAfter, func() { self.force(in) })
		return
	}
	in.at = a.n.moment()
	a.take(a.host.Step(in, in.requires...))
}

// tell hands a message to a call ahead of the commit.
func (a *agentActor) tell(e host.Early) {
	a.n.tellCallFrom(a.id, e.Message.(cc.TellCall), e.Requires)
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
		a.n.observeAgent(a.m.state, x.Events)
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
func (a *agentActor) stray(in agentAsk) {
	if in.reply != nil {
		in.reply(lostItsStream())
		return
	}
	a.strays = append(a.strays, in)
}

// gone: the actor stops. Unless the node is closing, a successor is built from the journal.
func (a *agentActor) gone() {
	a.disarmAll()
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

// startAgent brings an agent to life from the journal, or as new, and lets it act.
func (n *Node) startAgent(id string, v reader) error {
	h, err := n.loadAgent(id, v)
	if err == nil {
		n.rouseAgent(id, h)
	}
	return err
}

// rouseAgent tells a loaded agent that it may act.
func (n *Node) rouseAgent(id string, h *handle) {
	h.force(agentAsk{cmd: cc.NewCommand(&cc.NodeStarted{})})
	h.force(agentResume{})
	h.force(agentEndpoint{})
}

// loadAgent makes the actor of an agent, from the journal or as new.
func (n *Node) loadAgent(id string, v reader) (*handle, error) {
	state, version := agent.New(id, n.company), uint64(0)
	stream := AgentStream(id)
	snap, at, ok := v.Snapshot(stream)
	if ok {
		if err := state.UnmarshalVT(snap); err != nil {
			return nil, n.journal.SetAside(machine.Unreadable{Stream: stream, Err: err})
		}
		version = at
	}
	err := n.replay(v, stream, version+1, func(data []byte) error {
		var rec cc.Record
		if err := rec.UnmarshalVT(data); err != nil {
			return err
		}
		for _, e := range rec.Events {
			agent.Apply(state, e, rec.NowMs)
		}
		return nil
	})
	if err != nil {
		n.unhint(agentPrefix + id) // nobody is to be sent to an agent who has no actor
		return nil, fmt.Errorf("loading agent %s: %w", id, err)
	}
	h := &handle{root: n.system.Root}
	a := &agentActor{id: id, m: &agentMachine{state: state, summary: v.value(agentPrefix + id), snapshot: version}}
	a.runner = runner{n: n, self: h, out: a.release, early: a.tell, lost: a.stopped}
	a.host = host.New(n.identity(stream, shardOfCompany(n.company)), a.m, v.StreamVersion(stream))
	n.spawn(h, a)
	n.agents.put(id, h)
	return h, nil
}
