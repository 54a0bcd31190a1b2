package sim

import (
	"github.com/wirechief/wirechief/actors/host"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
)

// Mutant is a planted bug: a wrapper that makes a part of the product misbehave. A nil *Mutant changes nothing.
type Mutant struct {
	Name     string
	Where    string // host, journal, agent, call, matcher
	Harmless bool   // must not be found: the design says it costs time only

	onAppend   func(w *World, a *machine.Append) *machine.Append // as the journal writes it
	onResult   func(w *World, a *machine.Append, done func(machine.Result)) func(machine.Result)
	onMachine  func(w *World, m host.Machine) host.Machine
	onHost     func(w *World, a *actor, h hoster) hoster
	onResume   func(w *World, s *cc.AgentState, out []cc.Effect) []cc.Effect
	onPairs    func(w *World, pairs []queues.Match) []queues.Match
	noHints    bool
	noRequires bool
}

func (m *Mutant) append(w *World, a *machine.Append) *machine.Append {
	if m == nil || m.onAppend == nil {
		return a
	}
	c := *a
	return m.onAppend(w, &c)
}

func (m *Mutant) result(w *World, a *machine.Append, done func(machine.Result)) func(machine.Result) {
	if m == nil || m.onResult == nil {
		return done
	}
	return m.onResult(w, a, done)
}

func (m *Mutant) machine(w *World, x host.Machine) host.Machine {
	if m == nil || m.onMachine == nil {
		return x
	}
	return m.onMachine(w, x)
}

func (m *Mutant) host(w *World, a *actor, h hoster) hoster {
	if m == nil || m.onHost == nil {
		return h
	}
	return m.onHost(w, a, h)
}

func (m *Mutant) resume(w *World, s *cc.AgentState, out []cc.Effect) []cc.Effect {
	if m == nil || m.onResume == nil {
		return out
	}
	return m.onResume(w, s, out)
}

func (m *Mutant) pairs(w *World, list []queues.Match) []queues.Match {
	if m == nil || m.onPairs == nil {
		return list
	}
	return m.onPairs(w, list)
}

func (m *Mutant) dropsHints() bool { return m != nil && m.noHints }

func (m *Mutant) requires(r []machine.Require) []machine.Require {
	if m != nil && m.noRequires {
		return nil
	}
	return r
}
