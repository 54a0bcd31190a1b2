package sim

import (
	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/sip/leg"
)

// phone is the telephone on an agent's desk.
type phone struct {
	w    *World
	plan AgentPlan
	dice dice
	ua   *ua
	off  bool // unplugged
}

func (w *World) newPhone(p AgentPlan) *phone {
	ph := &phone{w: w, plan: p, dice: newDice(w.plan.Seed, "phone", p.N)}
	ph.ua = w.newUA(true, p.N, ph)
	ph.ua.contact = phoneURI(p.N)
	return ph
}

// phone is the one of the nth agent, who is there.
func (w *World) phone(n int) *phone {
	for _, ph := range w.phones {
		if ph.plan.N == n {
			return ph
		}
	}
	return nil
}

// phoneOf is where an agent's phone can be reached, nil when it cannot.
func (w *World) phoneOf(agent string) *b2bua.Phone {
	for _, ph := range w.phones {
		if agentID(ph.plan.N) == agent && !ph.off {
			return &b2bua.Phone{URI: ph.ua.contact, Dest: leg.Dest{Network: leg.NetworkUDP, Addr: ph.ua.addr}}
		}
	}
	return nil
}

// invited: it rings, and the agent does what agents do.
func (ph *phone) invited(d *dialog, m *sipMsg) {
	w := ph.w
	w.check.rings(ph, m)
	if ph.off {
		return
	}
	x, p := ph.dice.Float64(), ph.plan
	w.note(agentID(p.N), "rings", d.offer)
	later := func(d int64, fn func()) { w.after(d, fn) }
	ringing := func() {
		later(ph.dice.between(10*ms, 100*ms), d.ring)
	}
	less := func(share float64) bool {
		if x < share {
			return true
		}
		x -= share
		return false
	}
	if w.calm {
		x = 1
	}
	switch {
	case less(p.Busy):
		later(20*ms, func() { ph.refuse(d, 486) })
	case less(p.Fail):
		later(20*ms, func() { ph.refuse(d, []int{480, 404, 500, 503, 408}[ph.dice.IntN(5)]) })
	case less(p.Silent):
	case less(p.Miss):
		ringing()
	case less(p.Reject):
		ringing()
		later(ph.dice.between(200*ms, 8*sec), func() { ph.refuse(d, 603) })
	case less(p.Late): // about the time the ring deadline ends
		ringing()
		ring := w.ringMs(d.offer)
		later(ring*ms+ph.dice.between(-150*ms, 150*ms), d.take)
	case p.OnClient:
		ringing()
		later(ph.dice.between(60*ms, 400*ms), d.take)
	default:
		ringing()
		later(max(ph.dice.logNormal(3000, 0.6), 200)*ms, d.take)
	}
}

func (ph *phone) refuse(d *dialog, code int) {
	if d.state == dRinging {
		d.keepFinal(code)
	}
}

func (ph *phone) progress(*dialog, int) {}

func (ph *phone) up(d *dialog) { ph.w.note(agentID(ph.plan.N), "takes", d.offer) }

func (ph *phone) over(*dialog) {}

// ringMs is how long an offer rings.
func (w *World) ringMs(offer string) int64 {
	if o := w.check.offers[offer]; o != nil && o.made != nil {
		return o.made.Policy.GetRingTimeoutMs()
	}
	return 10_000
}

// agentDialog is the dialog at the phone of the agent who is on a call.
func (w *World) agentDialog(call string) *dialog {
	c := w.check.calls[call]
	if c == nil || c.agentOffer == "" {
		return nil
	}
	d := w.wire.dialogs[w.wire.offers[c.agentOffer]]
	if d == nil || d.state != dUp {
		return nil
	}
	return d
}

// phoneEnds: the agent puts the receiver down.
func (w *World) phoneEnds(call string) bool {
	d := w.agentDialog(call)
	if d == nil {
		return false
	}
	d.hangUp()
	return true
}

// clientEnds: the agent or a supervisor ends the call at the screen.
func (w *World) clientEnds(call string, supervisor bool) bool {
	c := w.check.calls[call]
	if c == nil || c.agent == "" {
		return false
	}
	cmd := &cc.HangUp{Agent: c.agent}
	if supervisor {
		cmd = &cc.HangUp{Agent: "boss", Supervisor: true}
	}
	return w.askCall(call, cmd)
}

func (w *World) clientHolds(call, agent string, on bool) {
	w.askCall(call, &cc.Hold{Agent: agent, On: on})
}

// askCall gives a call a command of a client; false when nobody is there to take it.
func (w *World) askCall(call string, msg any) bool {
	p := w.ownerOf(call)
	if p == nil {
		return false
	}
	asked := w.check.asked()
	p.toCall(call, b2bua.Ask{Cmd: cc.NewCommand(msg), Reply: reply(func(err error) { w.check.replied(asked, err) })})
	return true
}
