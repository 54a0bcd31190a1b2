package sim

import (
	"fmt"
	"strings"

	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
)

// sideCall is a direct, internal or outbound call of one agent: a stand-in for the machines of these calls, as far as
// the agent's sees them. It runs outside of all processes and does not fail; what it tells may get lost.
type sideCall struct {
	w       *World
	p       *person
	id      string
	class   cc.CallClass
	state   cc.DeskCallState // UNKNOWN: over
	dialled bool
	consult bool
	deaf    int64 // true time until which it holds nothing
	heldAt  int64 // true time of the last hold
	changed int64
}

const sidePrefix = "x-"

func (w *World) side(call string) bool { return strings.HasPrefix(call, sidePrefix) }

// newSide: somebody rings the agent, or the agent rings somebody.
func (p *person) newSide() {
	d := p.dice
	p.n++
	c := &sideCall{w: p.w, p: p, id: fmt.Sprintf("%s%s-%d", sidePrefix, p.id(), p.n), class: cc.CallClass(2 + d.IntN(3))}
	c.dialled = c.class == cc.CallClass_OUTBOUND_CALL || c.class == cc.CallClass_INTERNAL_CALL && d.chance(0.4)
	c.consult = c.class == cc.CallClass_INTERNAL_CALL && d.chance(0.3)
	if d.chance(0.15) {
		c.deaf = p.w.now + d.between(sec, 40*sec)
	}
	p.w.sides[c.id] = c
	p.sides = append(p.sides, c)
	c.state, c.changed = cc.DeskCallState_DESK_RINGING, p.w.now
	asked := p.w.check.asked()
	err := p.w.askAgent(p.id(), seat.Ask{Cmd: cc.NewCommand(c.standing()), Reply: reply(func(err error) {
		p.w.check.replied(asked, err)
		if err != nil {
			c.end() // busy, or to the voicemail (R20)
		}
	})})
	if err != nil {
		p.w.check.replied(asked, err)
		c.end()
		return
	}
	c.goOn()
}

// goOn is how the call goes on by itself.
func (c *sideCall) goOn() {
	d, w := c.p.dice, c.w
	answer := d.between(500*ms, 12*sec)
	switch x := d.Float64(); {
	case c.dialled || x < 0.35: // the other side answers, or the agent does by lifting the handset
		w.after(answer, func() { c.to(cc.DeskCallState_DESK_ACTIVE) })
	case x < 0.85:
		hold := d.chance(0.75)
		w.after(answer, func() { c.p.tell(&cc.AcceptCall{Call: c.id, Session: c.p.session, HoldActive: hold}) })
	}
	w.after(answer+d.between(3*sec, 15*sec), func() {
		if c.state == cc.DeskCallState_DESK_RINGING {
			c.end()
		}
	})
	w.after(answer+d.between(5*sec, 150*sec), c.end)
}

// to moves a call that is not over.
func (c *sideCall) to(state cc.DeskCallState) {
	if c.state == cc.DeskCallState_DESK_CALL_UNKNOWN || c.state == state {
		return
	}
	c.state, c.changed = state, c.w.now
	if state != cc.DeskCallState_DESK_ACTIVE {
		c.heldAt = c.w.now
	}
	c.w.note(c.id, "is", state.String())
	c.say()
}

func (c *sideCall) end() { c.to(cc.DeskCallState_DESK_CALL_UNKNOWN) }

func (c *sideCall) standing() *cc.DeskCallChanged {
	return &cc.DeskCallChanged{
		Call: c.id, Class: c.class, State: c.state, Dialled: c.dialled, Consult: c.consult,
		Bubble: c.class != cc.CallClass_INTERNAL_CALL, AtMs: (epochNs + c.w.now) / ms,
	}
}

// say tells the agent how the call stands.
func (c *sideCall) say() {
	w, m := c.w, c.standing()
	w.gossip(false, func() {
		if w.desk == nil {
			return
		}
		if a := w.desk.agents[c.p.id()]; a != nil {
			a.ask(seat.Ask{Cmd: cc.NewCommand(m)})
		}
	})
}

// toSide gives a stand-in what an agent tells or forwards to it.
func (w *World) toSide(agent string, t cc.TellCall, answer reply) {
	c := w.sides[t.Call]
	var err error
	switch m := t.Cmd.Message().(type) {
	case *cc.Accept:
		if c.state != cc.DeskCallState_DESK_RINGING && c.state != cc.DeskCallState_DESK_ACTIVE {
			err = cc.Errorf(cc.CodeOfferGone, "the caller is gone")
			break
		}
		c.to(cc.DeskCallState_DESK_ACTIVE)
	case *cc.Hold:
		switch {
		case c.state == cc.DeskCallState_DESK_CALL_UNKNOWN:
			err = cc.Errorf(cc.CodeCallEnded, "the call is over")
			c.say()
		case c.state == cc.DeskCallState_DESK_RINGING:
			err = cc.Errorf(cc.CodeNotConnected, "it rings")
		case m.On && w.now < c.deaf:
			return
		case m.On:
			c.to(cc.DeskCallState_DESK_HELD)
			c.say()
		default:
			c.to(cc.DeskCallState_DESK_ACTIVE)
			c.say()
		}
	case *cc.DeskProbe:
		c.say()
	}
	if answer != nil {
		answer(err)
	}
}

// swap goes to another of the agent's calls that are held (R21).
func (p *person) swap() {
	var held []string
	if p.known.GetHeld() {
		held = append(held, p.known.Call)
	}
	for _, c := range p.known.GetOtherCalls() {
		if c.State == cc.DeskCallState_DESK_HELD {
			held = append(held, c.Call)
		}
	}
	if len(held) > 0 {
		p.tell(&cc.ResumeCall{Call: held[p.dice.IntN(len(held))]})
	}
}

// supervise does to a colleague what supervisors may (R97).
func (p *person) supervise() {
	w, d := p.w, p.dice
	x := w.people[d.IntN(len(w.people))]
	switch d.IntN(6) {
	case 0:
		x.tell(&cc.SetPresence{Presence: cc.Presence_UNAVAILABLE, Reason: "lunch", By: p.id()})
	case 1:
		x.tell(&cc.FinishWrapUp{By: p.id()})
	case 2:
		x.tell(&cc.RaiseHand{By: p.id()})
	default:
		m := &cc.SetMembership{Queue: queueID(d.IntN(len(w.plan.Queues))), Member: d.chance(0.5), By: p.id()}
		if d.chance(0.7) {
			m.UntilMs = (epochNs+w.now)/ms + d.between(5, 120)*1000
		}
		x.tell(m)
	}
}

// raiseHand asks for help on the call (R89).
func (p *person) raiseHand() {
	if p.known.GetToken() == cc.TokenState_TALKING {
		p.tell(&cc.RaiseHand{Call: p.known.Call, Up: p.known.Hand == ""})
	}
}
