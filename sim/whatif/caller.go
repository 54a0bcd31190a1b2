package whatif

import (
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
)

// simCall is one caller with their call.
type simCall struct {
	w        *world
	a        *arrival
	s        *cc.CallState
	queue    string // it waits in
	legOver  map[string]bool
	waits    bool // its patience runs
	answered bool
	ended    bool
}

const callerLeg = "caller"

// arrive: a caller comes as they did, unless they had no reason to call again.
func (w *world) arrive(a *arrival) {
	if b := w.book.calls[a.redialOf]; b != nil && !b.abandoned || w.unmade[a.redialOf] {
		w.unmade[a.id] = true
		w.live--
		return
	}
	c := &simCall{w: w, a: a, s: &cc.CallState{}, legOver: map[string]bool{}}
	w.calls[a.id] = c
	c.ask(&cc.Arrive{
		Call: a.id, Leg: callerLeg, Dialled: a.number, Caller: a.caller, CallerName: a.name, DivertedFrom: a.diverted,
		Trunk: a.trunk, QueueWaiting: w.waiting[w.firstQueue(a.number)],
	})
	if c.s.Phase == cc.CallPhase_PHASE_UNKNOWN {
		w.refused++
		w.live--
		c.ended = true
	}
}

func (w *world) firstQueue(number string) string {
	if steps := w.dir.Workflow(w.dir.Number(number).GetWorkflow()).GetSteps(); len(steps) > 0 {
		return steps[0].Queue
	}
	return ""
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

// place tells the matcher where the call waits.
func (c *simCall) place() {
	w := c.w
	wait := call.Waiting(c.s)
	if now := wait.GetQueue(); now != c.queue {
		if c.queue != "" {
			w.waiting[c.queue]--
		}
		if now != "" {
			w.waiting[now]++
		}
		if c.queue = now; now == "" {
			w.m.RemoveCall(c.a.id)
		}
	}
	if wait != nil {
		w.m.SetCall(wait)
	}
	w.match()
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
			w.at(e.AtMs, func() { c.ask(&cc.CallTimer{Name: e.Name, Seq: e.Seq}) })
		}
	case cc.TellAgent:
		w.after(0, func() { _ = w.agents[e.Agent].ask(e.Cmd.Message()) })
	case cc.DialAgent:
		w.agents[e.Agent].dialled(c, e)
	case cc.EndLeg:
		c.legOver[e.Leg] = true
	case cc.StopRecording:
		w.after(0, func() { c.ask(&cc.RecordingDone{Recording: e.Recording}) })
	}
}

// phone is something the agent's phone does a while from now, unless its leg is over by then.
func (c *simCall) phone(leg string, ms int64, msg any) {
	c.w.after(ms, func() {
		if !c.legOver[leg] {
			c.ask(msg)
		}
	})
}
