package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// A tell is what an agent must learn of its offer: how it ended, and later that it left the call. Each is repeated
// every 2 s until acknowledged; an acknowledged one is remembered for a while, so that a late probe gets the truth.

func (d *decision) tellEffect(t *cc.PendingTell) cc.Effect {
	if t.Left {
		return tellAgent(t.Agent, &cc.LeftCall{Offer: t.Offer, Call: d.s.Id, Cause: t.Cause, Epoch: t.Epoch})
	}
	return tellAgent(t.Agent, &cc.OfferEnded{Offer: t.Offer, Call: d.s.Id, Outcome: t.Outcome, Epoch: t.Epoch})
}

func tellAgent(agent string, m any) cc.Effect {
	return cc.TellAgent{Agent: agent, Cmd: cc.NewCommand(m)}
}

func (d *decision) tellConnecting(o *cc.Offer) cc.Effect {
	return tellAgent(o.Agent, &cc.OfferConnecting{Offer: o.Id, Call: d.s.Id})
}

// tellLast sends the n newest tells and starts the repeat.
func (d *decision) tellLast(n int) {
	for _, t := range d.s.Tells[len(d.s.Tells)-n:] {
		d.do(d.tellEffect(t))
	}
	d.do(d.tellTimer())
}

func (d *decision) tellTimer() cc.Effect {
	return cc.SetTimer{Name: TimerTell, Seq: d.s.TellSeq, AtMs: d.env.NowMs + tellEveryMs}
}

// tellAgain repeats all that is not acknowledged, without an event: the state does not change.
func (d *decision) tellAgain() {
	for _, t := range d.s.BubbleTells {
		d.do(d.bubbleTell(t))
	}
	if len(d.s.Tells)+len(d.s.BubbleTells) > 0 {
		d.tellLast(len(d.s.Tells))
	}
	d.tellPlace()
}

// bubbleTell: a bubble came to an agent or left them. Acknowledged as the offers' tells are.
func (d *decision) bubbleTell(t *cc.BubbleTell) cc.Effect {
	if t.Lost {
		return tellAgent(t.Agent, &cc.BubbleLost{Call: d.s.Id, By: t.By, Epoch: t.Epoch})
	}
	return tellAgent(t.Agent, &cc.BubbleGained{Call: d.s.Id, Epoch: t.Epoch})
}

// tellBubble sends the n newest tells of the bubble and starts the repeat.
func (d *decision) tellBubble(n int) {
	for _, t := range d.s.BubbleTells[len(d.s.BubbleTells)-n:] {
		d.do(d.bubbleTell(t))
	}
	d.do(d.tellTimer())
}

// forgetRemoved gives up on agents who are no longer configured: nobody acknowledges for them.
func (d *decision) forgetRemoved() {
	for _, t := range slices.Clone(d.s.BubbleTells) {
		if d.env.Dir.Agent(t.Agent) == nil {
			d.emit(&cc.BubbleTellAcked{Agent: t.Agent, Epoch: t.Epoch, Lost: t.Lost})
		}
	}
}

func (d *decision) bubbleAcked(m *cc.BubbleAcked) {
	for _, t := range d.s.BubbleTells {
		if t.Agent == m.Agent && t.Epoch == m.Epoch && t.Lost == m.Lost {
			d.emit(&cc.BubbleTellAcked{Agent: m.Agent, Epoch: m.Epoch, Lost: m.Lost})
			return
		}
	}
}

func (d *decision) tellAcked(m *cc.TellAcked) {
	for _, t := range d.s.Tells {
		if sameTell(t, m.Agent, m.Offer, m.Left) {
			d.emit(&cc.TellAcknowledged{Agent: m.Agent, Offer: m.Offer, Left: m.Left})
			return
		}
	}
}

func sameTell(t *cc.PendingTell, agent, offer string, left bool) bool {
	return t.Agent == agent && t.Offer == offer && t.Left == left
}

// holds: the agent has this offer open or is on the call by it.
func (d *decision) holds(offer, agent string) bool {
	s := d.s
	if o := Open(s, offer); o != nil && o.Agent == agent {
		return true
	}
	return s.Agent != "" && s.Agent == agent && s.AgentOffer == offer
}

// known: this call has had the offer already; one id never serves twice, whoever brings it.
func (d *decision) known(offer string) bool {
	s := d.s
	if Open(s, offer) != nil || s.AgentOffer == offer {
		return true
	}
	for _, list := range [2][]*cc.PendingTell{s.Tells, s.Told} {
		for _, t := range list {
			if t.Offer == offer {
				return true
			}
		}
	}
	return false
}

// answerProbe says truthfully how an offer stands: held, or everything that was told of its end.
func (d *decision) answerProbe(offer, agent string) {
	said := len(d.out.Effects)
	if d.holds(offer, agent) {
		held := &cc.TokenHeld{Offer: offer}
		if d.s.AgentOffer == offer {
			held.Call = d.standing()
		}
		d.do(tellAgent(agent, held))
		if o := Open(d.s, offer); o != nil && o.Connecting {
			d.do(d.tellConnecting(o))
		}
	} else {
		d.repeat(d.s.Told, offer, agent)
	}
	d.repeat(d.s.Tells, offer, agent)
	if len(d.out.Effects) == said { // the question has overtaken the grant
		d.disown(offer, agent)
	}
}

func (d *decision) repeat(tells []*cc.PendingTell, offer, agent string) {
	for _, t := range tells {
		if t.Offer == offer && t.Agent == agent {
			d.do(d.tellEffect(t))
		}
	}
}

// disown gives back the token of an offer this call never took, and remembers that while it may still take offers: the
// grant itself may be on its way yet, and must not be taken once the agent was let go.
func (d *decision) disown(offer, agent string) {
	if d.s.Phase != cc.CallPhase_ENDED && offer != "" && !d.known(offer) {
		d.emit(&cc.OfferDisowned{Offer: offer, Agent: agent})
	}
	d.tellGone(offer, agent)
}

// tellGone gives back a token this call has no use for. Nothing is recorded: the agent asks until it is told.
func (d *decision) tellGone(offer, agent string) {
	outcome := cc.OfferOutcome_WITHDRAWN_MOVED
	if c := d.s.EndCause; c == cc.EndCause_END_CALLER || c == cc.EndCause_END_CALLER_LOST {
		outcome = cc.OfferOutcome_CALLER_GAVE_UP
	}
	d.do(tellAgent(agent, &cc.OfferEnded{Offer: offer, Call: d.s.Id, Outcome: outcome}))
}
