package sim

import (
	"slices"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Mutants lists the planted bugs. That each is found shows that the simulator can fail.
func Mutants() []*Mutant {
	return slices.Concat(
		journalMutants(), hostMutants(), shellMutants(), agentMutants(), deskMutants(), callMutants(), placeMutants())
}

// Find is the mutant of a name; nil: there is none.
func Find(name string) *Mutant {
	for _, m := range Mutants() {
		if m.Name == name {
			return m
		}
	}
	return nil
}

func journalMutants() []*Mutant {
	return []*Mutant{
		{Name: "acks before the commit", Where: "journal", onResult: ackFirst},
		{Name: "takes lost for taken", Where: "journal", onResult: func(
			_ *World, a *machine.Append, done func(machine.Result),
		) func(machine.Result) {
			return func(r machine.Result) {
				if r.Status == machine.Unknown {
					r = okFor(a)
				}
				done(r)
			}
		}},
		{Name: "forgets ids", Where: "journal", onAppend: func(_ *World, a *machine.Append) { a.Seq = 0 }},
		{Name: "skips the epoch check", Where: "journal", onAppend: func(w *World, a *machine.Append) {
			a.Epoch = w.check.shards[a.Shard].Epoch
		}},
		{Name: "skips what is required", Where: "journal", onAppend: func(_ *World, a *machine.Append) { a.Requires = nil }},
		{Name: "loses deletes of the index", Where: "journal", onAppend: func(_ *World, a *machine.Append) {
			a.Index = slices.DeleteFunc(slices.Clone(a.Index), func(op machine.IndexOp) bool { return op.Delete })
		}},
		{Name: "loses the last record of several", Where: "journal", onAppend: func(_ *World, a *machine.Append) {
			if n := len(a.Records); n > 1 {
				a.Records = a.Records[:n-1]
			}
		}},
		{Name: "retries under a new id", Where: "journal", onAppend: func(w *World, a *machine.Append) {
			if w.check.taken[idOf(a)] {
				a.Expect, a.Seq = w.check.version(a.Stream), 0
			}
		}},
	}
}

func idOf(a *machine.Append) appendID { return appendID{a.Stream, a.Incarnation, a.Seq} }

func okFor(a *machine.Append) machine.Result {
	return machine.Result{Status: machine.OK, Version: a.Expect + uint64(len(a.Records))}
}

// ackFirst answers when the append is handed in.
func ackFirst(w *World, a *machine.Append, done func(machine.Result)) func(machine.Result) {
	w.after(us, func() { done(okFor(a)) })
	return func(machine.Result) {}
}

func hostMutants() []*Mutant { //nolint:funlen // a table
	out := func(f func(host.Output) host.Output) func(*actor, hoster) hoster {
		return func(_ *actor, h hoster) hoster { return loop{hoster: h, out: f} }
	}
	result := func(f func(a *actor, r machine.Result) machine.Result) func(*actor, hoster) hoster {
		return func(a *actor, h hoster) hoster {
			return loop{hoster: h, appended: func(r machine.Result) machine.Result { return f(a, r) }}
		}
	}
	return []*Mutant{
		{
			Name: "lets out before the commit", Where: "host",
			onOuter: func(a *actor, m host.Machine) host.Machine {
				return stepper{Machine: m, step: func(in any) host.Decision {
					d := m.Step(in)
					a.leak, d.Release = append(a.leak, d.Release...), nil
					return d
				}}
			},
			onHost: func(a *actor, h hoster) hoster {
				return loop{hoster: h, out: func(o host.Output) host.Output {
					o.Release, a.leak = append(a.leak, o.Release...), nil
					return o
				}}
			},
		},
		{Name: "lets out in reverse", Where: "host", onHost: out(func(o host.Output) host.Output {
			slices.Reverse(o.Release)
			return o
		})},
		{Name: "lets out twice", Where: "host", onHost: out(func(o host.Output) host.Output {
			o.Release = append(o.Release, o.Release...)
			return o
		})},
		{Name: "lets out what was dropped", Where: "host", onHost: out(func(o host.Output) host.Output {
			o.Release, o.Dropped = append(o.Release, o.Dropped...), nil
			return o
		})},
		{Name: "takes unknown for taken", Where: "host", onHost: result(func(a *actor, r machine.Result) machine.Result {
			if r.Status == machine.Unknown {
				return machine.Result{Status: machine.OK, Version: a.p.w.check.version(a.stream)}
			}
			return r
		})},
		{Name: "takes overloaded for taken", Where: "host", onHost: result(func(a *actor, r machine.Result) machine.Result {
			if r.Reason == machine.Overloaded {
				return machine.Result{Status: machine.OK, Version: a.p.w.check.version(a.stream)}
			}
			return r
		})},
		{Name: "goes on after a version conflict", Where: "host", onHost: result(func(a *actor, r machine.Result) machine.Result {
			if r.Reason == machine.VersionConflict {
				return machine.Result{Status: machine.OK, Version: a.p.w.check.version(a.stream)}
			}
			return r
		})},
		{Name: "goes on after a stale epoch", Where: "host", onHost: result(func(a *actor, r machine.Result) machine.Result {
			if r.Reason == machine.StaleEpoch {
				return machine.Result{Status: machine.OK, Version: a.p.w.check.version(a.stream)}
			}
			return r
		})},
		{Name: "acts without the lease", Where: "host", onHost: func(_ *actor, h hoster) hoster {
			return loop{hoster: h, lease: func(bool) bool { return true }}
		}},
		{Name: "hands in only the first append", Where: "host", onHost: out(func(o host.Output) host.Output {
			if len(o.Propose) > 1 {
				o.Propose = o.Propose[:1]
			}
			return o
		})},
		{Name: "tells early without what it rests on", Where: "host", noRequires: true},
	}
}

func shellMutants() []*Mutant {
	return []*Mutant{
		{Name: "a successor keeps the number", Where: "shell", sameNumber: true},
		{Name: "a successor does not fence", Where: "shell", noFence: true},
		{Name: "drops every hint to the matcher", Where: "shell", noHints: true, Harmless: true},
		{Name: "the youngest caller first", Where: "matcher", onWaiting: func(w *cc.WaitingCall) {
			w.EnqueuedMs = 2*epochNs/1e6 - w.EnqueuedMs
		}},
	}
}

// command rewrites commands to an agent before its machine sees them.
func command(f func(m *seat.Machine, in *seat.Ask)) func(*actor, host.Machine) host.Machine {
	return func(_ *actor, x host.Machine) host.Machine {
		m, ok := x.(*seat.Machine)
		if !ok {
			return x
		}
		return stepper{Machine: x, step: func(in any) host.Decision {
			ask := in.(seat.Ask)
			f(m, &ask)
			return x.Step(ask)
		}}
	}
}

func agentMutants() []*Mutant {
	return []*Mutant{
		{Name: "frees the token when the call is silent", Where: "agent", onMachine: command(func(m *seat.Machine, in *seat.Ask) {
			if t, ok := in.Cmd.Message().(*cc.AgentTimer); ok && t.Name == "probe" {
				token := m.State.Token
				in.Cmd = cc.NewCommand(&cc.OfferEnded{Offer: token.GetOffer(), Call: token.GetCall(), Outcome: cc.OfferOutcome_MISSED})
			}
		})},
		{Name: "honours a stale timer", Where: "agent", onMachine: command(func(m *seat.Machine, in *seat.Ask) {
			if _, ok := in.Cmd.Message().(*cc.AgentTimer); ok && m.State.Token.GetState() == cc.TokenState_WRAPUP {
				m.State.Token.WrapupUntilMs = min(m.State.Token.WrapupUntilMs, in.At.NowMs)
				in.Cmd = cc.NewCommand(&cc.AgentTimer{Name: "wrapup", Seq: m.State.Token.TimerSeq})
			}
		})},
		{Name: "gives the token to a second call", Where: "agent", onMachine: command(func(m *seat.Machine, in *seat.Ask) {
			if _, ok := in.Cmd.Message().(*cc.DeskCallChanged); ok && m.State.Token.GetState() == cc.TokenState_TALKING {
				m.State.Token = &cc.Token{State: cc.TokenState_FREE}
			}
		})},
		{Name: "counts a caller who gave up as a miss", Where: "agent", onMachine: command(func(_ *seat.Machine, in *seat.Ask) {
			if e, ok := in.Cmd.Message().(*cc.OfferEnded); ok && e.Outcome == cc.OfferOutcome_CALLER_GAVE_UP {
				e = e.CloneVT()
				e.Outcome = cc.OfferOutcome_MISSED
				in.Cmd = cc.NewCommand(e)
			}
		})},
		{Name: "Resume forgets the wrap-up", Where: "agent", onResume: func(out []cc.Effect) []cc.Effect {
			return slices.DeleteFunc(out, func(e cc.Effect) bool {
				t, ok := e.(cc.SetTimer)
				return ok && t.Name == "wrapup"
			})
		}},
	}
}

// inputs rewrites what a call gets, and what it decides.
func inputs(
	before func(m *b2bua.Machine, in *b2bua.Timed), after func(in b2bua.Timed, d *host.Decision),
) func(*actor, host.Machine) host.Machine {
	return func(_ *actor, x host.Machine) host.Machine {
		m, ok := x.(*b2bua.Machine)
		if !ok {
			return x
		}
		return stepper{Machine: x, step: func(in any) host.Decision {
			t := in.(b2bua.Timed)
			if before != nil {
				before(m, &t)
			}
			d := x.Step(t)
			if after != nil {
				after(t, &d)
			}
			return d
		}}
	}
}

func callMutants() []*Mutant {
	return append(bubbleMutants(), []*Mutant{
		{Name: "two owners at once", Where: "call", onMachine: inputs(func(m *b2bua.Machine, in *b2bua.Timed) {
			if ask, ok := in.Input.(b2bua.Ask); ok {
				if t, ok := ask.Cmd.Message().(*cc.TakeOver); ok {
					m.Call.OwnerEpoch = t.Epoch
				}
			}
		}, nil)},
		{Name: "loses the place in the queue", Where: "call", onMachine: inputs(func(m *b2bua.Machine, in *b2bua.Timed) {
			if ask, ok := in.Input.(b2bua.Ask); ok && m.Call.Phase == cc.CallPhase_OFFERED {
				if _, ok := ask.Cmd.Message().(*cc.Reject); ok {
					m.Call.EnqueuedMs = in.NowMs
				}
			}
		}, nil)},
		{Name: "Resume invents a recording", Where: "call", onMachine: inputs(nil, func(in b2bua.Timed, d *host.Decision) {
			if _, ok := in.Input.(b2bua.Restarted); ok {
				d.Release = append(d.Release, cc.StartRecording{Recording: "rec-invented"})
			}
		})},
		{Name: "tells nobody that a call is over", Where: "call", onMachine: inputs(nil, func(_ b2bua.Timed, d *host.Decision) {
			d.Early = slices.DeleteFunc(d.Early, func(x any) bool {
				t, ok := x.(cc.TellAgent)
				return ok && t.Cmd.GetLeftCall() != nil
			})
		})},
		{Name: "repeats a request with other words", Where: "call", onMachine: inputs(nil, func(in b2bua.Timed, d *host.Decision) {
			f, ok := in.Input.(b2bua.LegFired)
			if !ok {
				return
			}
			for i, x := range d.Release {
				if s, ok := x.(b2bua.Send); ok && s.Leg == f.Leg && s.What == "INVITE" {
					s.Data = append(slices.Clone(s.Data), '\n')
					d.Release[i] = s
				}
			}
		})},
	}...)
}
