package sim

import (
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// replayAgent is an agent as the journal has it.
func (w *World) replayAgent(id string) (*seat.Machine, uint64, error) {
	m, stream, version := seat.New(id, company), agentStreams+id, uint64(0)
	snap, at, ok, err := machine.Snapshot(w.journal.mem, stream)
	if err != nil {
		return nil, 0, err
	}
	if ok {
		version = at
		if err := m.LoadSnapshot(snap, at); err != nil {
			return nil, 0, err
		}
	}
	err = w.journal.records(stream, version+1, func(data []byte) error {
		version++
		return m.Load(data)
	})
	return m, version, err
}

func (p *proc) loadAgent(id string) *actor {
	m, version, err := p.w.replayAgent(id)
	if err != nil {
		p.w.fail("I11", "loading agent %s: %v", id, err)
		m = seat.New(id, company)
	}
	m.Indexed(p.w.journal.get(seat.IndexPrefix + id))
	a := p.newActor(id, agentStreams+id, companyShard, m, version)
	a.agent = m
	p.agents[id] = a
	return a
}

// rouse lets a loaded agent act.
func (p *proc) rouse(a *actor, fence bool) {
	p.w.after(5*us, func() {
		if a.gone {
			return
		}
		a.ask(seat.Ask{Cmd: cc.NewCommand(&cc.NodeStarted{}), Fence: fence})
		if a.gone {
			return
		}
		for _, e := range p.w.mut.resume(a.agent.Resume(p.nowMs())) {
			if a.gone {
				return
			}
			switch x := e.(type) {
			case cc.SetTimer:
				a.arm(timerKey{name: x.Name}, x.AtMs, func() { a.timer(x) })
			case cc.TellCall:
				p.tellCall(a.id, x, nil, nil)
			}
		}
		if p.dir.Agent(a.id) == nil {
			a.ask(seat.Ask{Cmd: cc.NewCommand(&cc.AgentRemoved{})})
		}
		a.ask(seat.Ask{Cmd: cc.NewCommand(&cc.EndpointChanged{Up: p.w.phoneOf(a.id) != nil})})
		p.w.agentUp(a.id)
	})
}

// ask is one command's turn.
func (a *actor) ask(in seat.Ask) {
	w := a.p.w
	if a.gone {
		a.stray(in)
		return
	}
	if w.crash.at(a) {
		return
	}
	if a.host.Full() {
		if in.Reply != nil {
			in.Reply.(reply)(overloaded())
		} else {
			w.after(againAfter, func() { a.ask(in) })
		}
		return
	}
	in.At = a.p.moment()
	w.note(a.stream, "command", in.Cmd.Name())
	a.take(a.host.Step(in, in.Requires...))
}

// askAgent posts a command of a client or of the matcher; an error at once when nobody is there.
func (w *World) askAgent(id string, in seat.Ask) error {
	if w.desk == nil || w.desk.agents[id] == nil {
		return cc.Errorf(cc.CodeUnavailable, "agent %s is not here right now", id)
	}
	w.after(10*us, func() {
		if d := w.desk; d != nil && d.agents[id] != nil {
			d.agents[id].ask(in)
		}
	})
	return nil
}
