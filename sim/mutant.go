package sim

import (
	"slices"
	"strings"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Mutant is a planted bug: a wrapper that makes a part of the product misbehave. A nil *Mutant changes nothing.
type Mutant struct {
	Name     string
	Where    string // host, journal, agent, call, matcher, shell
	Harmless bool   // must not be found: the design says it costs time only

	onAppend  func(w *World, a *machine.Append) // as the journal writes it; a copy
	onResult  func(w *World, a *machine.Append, done func(machine.Result)) func(machine.Result)
	onMachine func(a *actor, m host.Machine) host.Machine
	onOuter   func(a *actor, m host.Machine) host.Machine
	onHost    func(a *actor, h hoster) hoster
	onResume  func(out []cc.Effect) []cc.Effect
	onWaiting func(w *cc.WaitingCall)

	noHints, noRequires, noFence, sameNumber bool
}

func (m *Mutant) append(w *World, a *machine.Append) *machine.Append {
	if m == nil || m.onAppend == nil || a.Stream == "" || a.Stream == configStream {
		return a
	}
	c := *a
	m.onAppend(w, &c)
	return &c
}

// atOnce is how many appends share an entry: a mutant that compares them with what is committed sees one at a time.
func (m *Mutant) atOnce() int {
	if m == nil || m.onAppend == nil {
		return maxEntry
	}
	return 1
}

func (m *Mutant) result(w *World, a *machine.Append, done func(machine.Result)) func(machine.Result) {
	if m == nil || m.onResult == nil || a.Stream == "" || a.Stream == configStream {
		return done
	}
	return m.onResult(w, a, done)
}

func (m *Mutant) machine(a *actor, x host.Machine) host.Machine {
	if m == nil || m.onMachine == nil {
		return x
	}
	return m.onMachine(a, x)
}

func (m *Mutant) outer(a *actor, x host.Machine) host.Machine {
	if m == nil || m.onOuter == nil {
		return x
	}
	return m.onOuter(a, x)
}

func (m *Mutant) host(a *actor, h hoster) hoster {
	if m == nil || m.onHost == nil {
		return h
	}
	return m.onHost(a, h)
}

func (m *Mutant) resume(out []cc.Effect) []cc.Effect {
	if m == nil || m.onResume == nil {
		return out
	}
	return m.onResume(out)
}

// row is a row of the index as the matcher reads it.
func (m *Mutant) row(key string, value []byte) []byte {
	if m == nil || m.onWaiting == nil || value == nil || !strings.HasPrefix(key, b2bua.WaitingPrefix) {
		return value
	}
	w := &cc.WaitingCall{}
	if w.UnmarshalVT(value) != nil {
		return value
	}
	m.onWaiting(w)
	value, _ = w.MarshalVT()
	return value
}

func (m *Mutant) rows(ops []machine.IndexOp) []machine.IndexOp {
	if m == nil || m.onWaiting == nil {
		return ops
	}
	out := slices.Clone(ops)
	for i := range out {
		out[i].Value = m.row(string(out[i].Key), out[i].Value)
	}
	return out
}

func (m *Mutant) requires(r []machine.Require) []machine.Require {
	if m != nil && m.noRequires {
		return nil
	}
	return r
}

func (m *Mutant) dropsHints() bool  { return m != nil && m.noHints }
func (m *Mutant) skipsFence() bool  { return m != nil && m.noFence }
func (m *Mutant) keepsNumber() bool { return m != nil && m.sameNumber }

// stepper is a machine with another Step or Seal.
type stepper struct {
	host.Machine
	step func(input any) host.Decision
	seal func(version uint64) host.Sealed
}

// Step implements host.Machine.
func (s stepper) Step(input any) host.Decision {
	if s.step == nil {
		return s.Machine.Step(input)
	}
	return s.step(input)
}

// Seal implements host.Machine.
func (s stepper) Seal(version uint64) host.Sealed {
	if s.seal == nil {
		return s.Machine.Seal(version)
	}
	return s.seal(version)
}

// loop is a host that changes what goes in or comes out.
type loop struct {
	hoster
	appended func(r machine.Result) machine.Result
	out      func(host.Output) host.Output
	lease    func(held bool) bool
}

// Step implements hoster.
func (l loop) Step(input any, requires ...machine.Require) host.Output {
	return l.after(l.hoster.Step(input, requires...))
}

// Appended implements hoster.
func (l loop) Appended(seq uint64, r machine.Result) host.Output {
	if l.appended != nil {
		r = l.appended(r)
	}
	return l.after(l.hoster.Appended(seq, r))
}

// Lease implements hoster.
func (l loop) Lease(held bool) host.Output {
	if l.lease != nil {
		held = l.lease(held)
	}
	return l.after(l.hoster.Lease(held))
}

func (l loop) after(o host.Output) host.Output {
	if l.out == nil {
		return o
	}
	return l.out(o)
}
