package sim

import (
	"strconv"

	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
)

// person is an agent at the screen: signs in, becomes Available again, takes breaks, loses the client, closes bubbles.
// They act on what they see, a moment after it is so.
type person struct {
	w       *World
	plan    AgentPlan
	dice    dice
	session string
	n       int
	wants   bool // to be at the screen
	known   *cc.AgentSummary
	away    bool // on a break
	sides   []*sideCall
}

func (w *World) newPerson(p AgentPlan) *person {
	return &person{w: w, plan: p, dice: newDice(w.plan.Seed, "person", p.N), wants: !p.PhoneOnly}
}

func (p *person) id() string { return agentID(p.plan.N) }

func (p *person) tell(msg any) {
	w := p.w
	asked := w.check.asked()
	err := w.askAgent(p.id(), seat.Ask{Cmd: cc.NewCommand(msg), Reply: reply(func(err error) { w.check.replied(asked, err) })})
	if err != nil {
		w.check.replied(asked, err)
	}
}

// agentUp: the agent's actor is there; its clients connect.
func (w *World) agentUp(id string) {
	if w.desk == nil {
		return
	}
	w.check.agent(id).up = w.desk.nowMs()
	for _, p := range w.people {
		if p.id() == id {
			p.session = ""
			p.w.after(p.dice.between(200*ms, 3*sec), p.signIn)
		}
	}
}

// signIn connects a client and becomes Available.
func (p *person) signIn() {
	if p.w.desk == nil {
		return
	}
	if p.wants && p.session == "" {
		p.n++
		p.session = p.id() + "-s" + strconv.Itoa(p.n)
		p.tell(&cc.SessionOpened{Session: p.session})
	}
	p.w.after(p.dice.between(300*ms, 4*sec), p.available)
}

func (p *person) available() {
	if p.away || p.session == "" && !p.plan.PhoneOnly {
		return
	}
	if s := p.known; s != nil && s.Presence == cc.Presence_AVAILABLE && s.NextPresence == cc.Presence_PRESENCE_UNKNOWN {
		return
	}
	p.tell(&cc.SetPresence{Presence: cc.Presence_AVAILABLE})
}

// sees is called with each change of the agent's summary, as a client hears of it.
func (p *person) sees(s *cc.AgentSummary) {
	was := p.known
	p.known = s
	think := func(lo, hi int64, fn func()) { p.w.after(p.dice.between(lo, hi), fn) }
	switch {
	case s.Presence == cc.Presence_UNAVAILABLE && !p.away && (was == nil || was.Presence != s.Presence || was.Reason != s.Reason):
		think(sec, 15*sec, p.available)
	case s.Presence == cc.Presence_OFFLINE && was != nil && was.Presence != s.Presence:
		p.session = ""
		think(sec, 5*sec, p.signIn)
	}
	if s.Token == cc.TokenState_WRAPUP && (was == nil || was.Token != s.Token) {
		think(500*ms, 20*sec, p.wrapUp)
	}
}

func (p *person) wrapUp() {
	switch p.dice.IntN(4) {
	case 0:
		p.tell(&cc.ExtendWrapUp{})
	case 1:
	default:
		p.tell(&cc.FinishWrapUp{})
	}
}

// offered: the screen shows an offer.
func (p *person) offered(call string, o *cc.Offer) {
	x := p.dice.Float64()
	act := func(d int64, msg any) {
		p.w.after(d, func() { p.w.askCall(call, msg) })
	}
	think := max(p.dice.logNormal(2500, 0.7), 100) * ms
	late := o.Policy.GetRingTimeoutMs()*ms + p.dice.between(-100*ms, 100*ms)
	accept := &cc.AcceptCall{Call: call, Offer: o.Id, Session: p.session, HoldActive: p.dice.chance(0.8)}
	take := func(d int64) { p.w.after(d, func() { p.tell(accept) }) }
	if p.w.calm {
		x = 1
	}
	switch {
	case p.session == "":
	case x < p.plan.Reject:
		act(think, &cc.Reject{Offer: o.Id, Agent: o.Agent})
	case x < p.plan.Reject+p.plan.Miss:
	case x < p.plan.Reject+p.plan.Miss+p.plan.Late && p.plan.OnClient:
		take(late)
	case p.plan.OnClient:
		take(think)
		if x > 0.95 { // a second click
			take(think + 5*ms)
		}
	case x > 0.9 && x <= 0.95: // clicks though the phone rings (R82)
		act(think, accept)
	case x > 0.95 && !p.w.calm: // gets up while it rings
		p.w.after(think, func() { p.tell(&cc.SetPresence{Presence: cc.Presence_UNAVAILABLE, Reason: "lunch"}) })
	}
}

// ended: a call of this agent is over; the bubble wants to be closed.
func (p *person) ended(call, tenant string) {
	w := p.w
	p.works(call)
	if p.dice.chance(0.2) {
		w.after(p.dice.between(sec, 10*sec), func() {
			w.askCall(call, &cc.ReportNote{Agent: p.id(), Customer: "cust1"})
		})
	}
	if p.dice.chance(0.3) {
		w.after(p.dice.between(sec, 10*sec), func() {
			w.askCall(call, &cc.ReportBooked{Agent: p.id(), Customer: "cust1", Location: "loc1", Job: "job" + call})
		})
	}
	w.after(p.dice.between(3*sec, 60*sec), func() {
		reason := "lead-" + tenant
		if p.dice.chance(0.3) {
			reason = "spam-" + tenant
		}
		w.askCall(call, &cc.CloseBubble{Agent: p.id(), Reason: reason})
	})
}

// routine is what an agent does now and then, whatever goes on.
func (p *person) routine() {
	if p.w.calm {
		return
	}
	p.w.after(int64(p.dice.exponential(float64(60*sec))), p.routine)
	x := p.dice.Float64()
	switch {
	case x < p.plan.Leaves && !p.plan.PhoneOnly: // the client is gone for a while
		if p.session != "" {
			p.tell(&cc.SessionClosed{Session: p.session})
			p.session = ""
			p.w.after(p.dice.between(sec, 25*sec), p.signIn)
		}
	case x < p.plan.Leaves+p.plan.Breaks:
		p.away = true
		reason, presence := "lunch", cc.Presence_UNAVAILABLE
		if p.dice.chance(0.2) {
			reason, presence = "", cc.Presence_OFFLINE
		}
		p.tell(&cc.SetPresence{Presence: presence, Reason: reason})
		p.w.after(p.dice.between(2*sec, 60*sec), p.back)
	case x < p.plan.Leaves+p.plan.Breaks+p.plan.Nosy:
		p.takeOver()
		p.grabs()
	case x > 0.9:
		p.makesBubble()
	case x < p.plan.Leaves+p.plan.Breaks+p.plan.Nosy+0.1:
		p.unplug()
	case x < p.plan.Leaves+p.plan.Breaks+p.plan.Nosy+0.3:
		p.newSide()
	case x < p.plan.Leaves+p.plan.Breaks+p.plan.Nosy+0.4:
		p.supervise()
	default:
		p.swap()
		p.raiseHand()
	}
}

func (p *person) back() {
	p.away = false
	p.signIn()
}

// unplug takes the phone off the network for a while.
func (p *person) unplug() {
	ph := p.w.phone(p.plan.N)
	ph.off = true
	p.tell(&cc.EndpointChanged{})
	p.w.after(p.dice.between(sec, 20*sec), p.plug)
}

func (p *person) plug() {
	ph := p.w.phone(p.plan.N)
	if ph.off {
		ph.off = false
		p.tell(&cc.EndpointChanged{Up: true})
	}
}

// takeOver clicks on somebody's bubble, with the epoch seen a moment ago.
func (p *person) takeOver() {
	w := p.w
	ids := w.check.bubbles()
	if len(ids) == 0 {
		return
	}
	id := ids[p.dice.IntN(len(ids))]
	c := w.check.calls[id]
	epoch := c.ownerEpoch
	w.after(p.dice.between(0, 3*sec), func() {
		w.askCall(id, &cc.TakeOver{Agent: p.id(), Epoch: epoch, Supervisor: p.dice.chance(0.2)})
	})
	if other := w.people[p.dice.IntN(len(w.people))]; other != p { // two at once
		w.after(p.dice.between(0, 3*sec), func() {
			w.askCall(id, &cc.TakeOver{Agent: other.id(), Epoch: epoch})
		})
	}
}

// person is the agent of an id, nil for one who never was.
func (w *World) person(id string) *person {
	for _, p := range w.people {
		if p.id() == id {
			return p
		}
	}
	return nil
}
