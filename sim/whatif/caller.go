package whatif

import (
	"bytes"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
)

// simCall is one caller with their call.
type simCall struct {
	w        *world
	a        *arrival
	s        *cc.CallState
	legOver  map[string]bool
	waiting  []byte // its row at the matcher, nil: none
	left     []byte // the same of the place it left
	waits    bool   // its patience runs
	answered bool
	ended    bool
}

const callerLeg = "caller"

// arrive: a caller comes as they did, unless they had no reason to call again.
func (w *world) arrive(a *arrival) {
	b := w.book.calls[a.redialOf]
	served := b != nil && (b.answered || !b.abandoned && !a.beside)
	if served || w.unmade[a.redialOf] {
		w.unmade[a.id] = true
		w.live--
		return
	}
	c := &simCall{w: w, a: a, s: &cc.CallState{}, legOver: map[string]bool{}}
	w.calls[a.id] = c
	c.ask(w.found(a))
	if c.s.Phase == cc.CallPhase_PHASE_UNKNOWN {
		w.refused++
		w.live--
		c.ended = true
		return
	}
	if a.caller != "" {
		w.callers[string(b2bua.CallerKey(c.s.Tenant, a.caller))] = call.CallerMs(c.s)
	}
}

// found is an arrival with what the shell would hand over: the queues it leads to, who talked with the caller last, and
// when they called.
func (w *world) found(a *arrival) *cc.Arrive {
	n := w.dir.NumberAt(a.number, w.nowMs)
	m := &cc.Arrive{
		Call: a.id, Leg: callerLeg, Dialled: a.number, Caller: a.caller, CallerName: a.name, DivertedFrom: a.diverted,
		Trunk: a.trunk, Found: w.sight.Found(w.dir, n.GetWorkflow(), 0, n.GetTenant(), a.caller, w.nowMs),
	}
	if a.caller != "" {
		m.LastAgent = w.last[b2bua.LastKey(n.GetTenant(), a.caller)]
		m.CallerMs = w.callers[string(b2bua.CallerKey(n.GetTenant(), a.caller))]
	}
	return m
}

// ask gives the call a command; a refusal is the call's way to say that it knows better.
func (c *simCall) ask(msg any) {
	out, err := call.Decide(c.s, cc.NewCommand(msg), c.w.env())
	if err != nil {
		return
	}
	for _, e := range out.Events {
		c.w.book.call(c.a.id, e, c.w.nowMs)
	}
	for _, e := range out.Events {
		c.happened(e)
	}
	c.place()
	for _, e := range out.Effects {
		c.effect(e)
	}
}

// place tells the matcher where the call waits, or what place it left, and keeps who talks with the caller.
func (c *simCall) place() {
	var waiting, left []byte
	if x := call.Waiting(c.s); x != nil {
		waiting, _ = x.MarshalVT()
	}
	if x := call.Left(c.s); x != nil {
		left, _ = x.MarshalVT()
	}
	if x := call.Last(c.s); x != nil {
		c.w.last[b2bua.LastKey(c.s.Tenant, c.s.Caller)] = x.Agent
	}
	c.row(b2bua.WaitingPrefix, &c.waiting, waiting)
	c.row(b2bua.LeftPrefix, &c.left, left)
	c.w.match()
}

func (c *simCall) row(prefix string, was *[]byte, is []byte) {
	if !bytes.Equal(*was, is) {
		*was = is
		c.w.take(prefix+c.a.id, is)
	}
}

func (c *simCall) happened(e *cc.Event) {
	w := c.w
	switch x := e.Message().(type) {
	case *cc.CallQueued:
		if !c.waits {
			c.waits = true
			w.after(w.model.of(c.a, newDice(w.seed, "patience", c.a.id)), func() {
				if !c.answered {
					c.ask(&cc.LegEnded{Leg: callerLeg, Detail: "gives up"})
				}
			})
		}
	case *cc.OfferMade:
		if !x.Offer.Dialled {
			w.agents[x.Offer.Agent].rung(c, x.Offer, x.Leg)
		}
	case *cc.Answered:
		c.answered = true
		w.after(w.pools.talk(c.a, w.seed), func() { c.ask(&cc.LegEnded{Leg: callerLeg, Detail: "bye"}) })
	case *cc.CallEnded:
		if !c.ended {
			c.ended = true
			w.live--
		}
	}
}

func (c *simCall) effect(e cc.Effect) {
	w := c.w
	switch e := e.(type) {
	case cc.SetTimer:
		if e.Name != call.TimerDesk { // what becomes of the bubble is not asked
			w.at(e.AtMs, func() { c.ask(c.fired(e)) })
		}
	case cc.TellAgent:
		w.after(0, func() { _ = w.agents[e.Agent].ask(e.Cmd.Message()) })
	case cc.TellCall:
		w.after(0, func() {
			if o := w.calls[e.Call]; o != nil {
				o.ask(e.Cmd.Message())
			} else if answer, ok := b2bua.Unknown(e); ok {
				c.ask(answer.Message())
			}
		})
	case cc.DialAgent:
		w.agents[e.Agent].dialled(c, e)
	case cc.EndLeg:
		c.legOver[e.Leg] = true
	case cc.StopRecording:
		w.after(0, func() { c.ask(&cc.RecordingDone{Recording: e.Recording}) })
	}
}

// fired is a timer of the call with what it will ask then.
func (c *simCall) fired(t cc.SetTimer) *cc.CallTimer {
	m := &cc.CallTimer{Name: t.Name, Seq: t.Seq}
	if s := c.s; t.Name == call.TimerMaxWait && t.Seq == s.WaitSeq {
		m.Found = c.w.sight.Found(c.w.dir, s.Workflow, int(s.Step)+1, s.Tenant, s.Caller, c.w.nowMs)
	}
	return m
}

// phone is something the agent's phone does a while from now, unless its leg is over by then.
func (c *simCall) phone(leg string, ms int64, msg any) {
	c.w.after(ms, func() {
		if !c.legOver[leg] {
			c.ask(msg)
		}
	})
}
