package sim

import (
	"fmt"
	"strconv"
)

// caller is one person who calls: patient for a while, talkative for a while.
type caller struct {
	w      *World
	plan   CallPlan
	dice   dice
	ua     *ua
	dialog *dialog
	tries  int
	talks  bool   // an agent is on the call
	call   string // the engine's id, once it is answered
}

func (w *World) newCaller(p CallPlan) *caller {
	c := &caller{w: w, plan: p, dice: newDice(w.plan.Seed, "caller", p.N)}
	c.ua = w.newUA(false, p.N, c)
	return c
}

// name is what the caller's phone shows: it tells the simulator whose call it is.
func (c *caller) name() string { return "c" + strconv.Itoa(c.plan.N) }

// dial begins an attempt.
func (c *caller) dial() {
	w := c.w
	c.tries++
	number, user := numberOf(c.plan.Queue), callerNo(c.plan.As)
	if c.plan.BadNumber {
		number = "+18005559999"
	}
	if c.plan.Blocked {
		user = blockedNo
	}
	target := w.procs[0].via
	var up []*proc
	for _, p := range w.procs {
		if p.alive && p.lease {
			up = append(up, p)
		}
	}
	if len(up) > 0 {
		target = up[c.dice.IntN(len(up))].via
	}
	id := fmt.Sprintf("%s-%d@%s", c.name(), c.tries, callerHost)
	w.note(c.name(), "dials", number)
	c.talks, c.call = false, ""
	c.dialog = c.ua.call(id, c.name()+"t"+strconv.Itoa(c.tries), c.name(), user, number, target)
	d := c.dialog
	w.after(c.plan.PatienceMs*ms, func() {
		if c.dialog == d && !c.talks && d.state != dOver {
			w.note(c.name(), "gives up", "")
			d.hangUp()
			if c.plan.Redial && c.tries < 2 && !w.calm {
				w.after(c.dice.between(5*sec, 60*sec), c.dial)
			}
		}
	})
}

func (c *caller) invited(d *dialog, m *sipMsg) { d.final(486) }

func (c *caller) progress(*dialog, int) {}

func (c *caller) up(*dialog) {}

func (c *caller) over(*dialog) { c.w.note(c.name(), "is off", "") }

// answered: an agent took the call. Somebody will end it.
func (c *caller) answered(call, agent string) {
	first := !c.talks
	c.talks, c.call = true, call
	if !first { // by another agent, after the first was lost
		return
	}
	w, d, p := c.w, c.dialog, c.plan
	if p.Holds && p.HandleMs > 2000 {
		w.after(p.HandleMs/3*ms, func() { c.hold(agent, true) })
		w.after(p.HandleMs/2*ms, func() { c.hold(agent, false) })
	}
	w.after(p.HandleMs*ms, func() {
		if d.state == dOver {
			return
		}
		w.note(c.name(), "had enough", "")
		switch {
		case p.DeadPhone:
			d.vanish()
		case p.Ends == byPhone && w.phoneEnds(call):
		case p.Ends == byClient && w.clientEnds(call, false):
		case p.Ends == bySupervisor && w.clientEnds(call, true):
		default:
			d.hangUp()
		}
		w.after(20*sec, func() { d.hangUp() }) // whoever should have, did not
	})
}

// hold: the agent puts the caller on hold, half of the time by the phone's own key.
func (c *caller) hold(agent string, on bool) {
	if c.plan.N%2 == 0 {
		c.w.clientHolds(c.call, agent, on)
		return
	}
	direction := "sendrecv"
	if on {
		direction = "sendonly"
	}
	if d := c.w.agentDialog(c.call); d != nil {
		d.reinvite(direction)
	}
}
