package sim

import (
	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/pairing"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// ActPlan is one act of a supervisor on waiting calls or a queue (R97).
type ActPlan struct {
	N    int
	AtMs int64
}

const supervisor = "sue"

// supervise does the act of a plan.
func (w *World) supervise(p ActPlan) {
	if w.calm {
		return
	}
	d := newDice(w.plan.Seed, "act", p.N)
	q := queueID(d.IntN(w.plan.Size.Queues))
	if d.chance(0.3) {
		w.shut(q, d.chance(0.5))
		w.after(d.between(5*sec, 60*sec), func() { w.open(q) })
		return
	}
	id := w.someWaiting(d)
	if id == "" {
		return
	}
	w.note(supervisor, "acts on", id)
	switch d.IntN(4) {
	case 0:
		w.askCall(id, &cc.MoveCall{Queue: q, By: supervisor})
	case 1:
		w.askCall(id, &cc.MoveCall{Head: true, By: supervisor})
	case 2:
		w.askCall(id, &cc.SetPriority{Priority: int32(d.IntN(11)), By: supervisor})
	case 3:
		w.askCall(id, &cc.MoveCall{Agent: agentID(d.IntN(w.plan.Size.Agents)), By: supervisor})
	}
}

func (w *World) someWaiting(d dice) string {
	var ids []string
	for _, id := range w.check.order {
		if waits(w.check.calls[id].shadow) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return ids[d.IntN(len(ids))]
}

func waits(s *cc.CallState) bool {
	return s.Phase == cc.CallPhase_WAITING || s.Phase == cc.CallPhase_OFFERED
}

// shut closes a queue, as the shell does: the row first, then who waits is told where that is wanted.
func (w *World) shut(q string, reroute bool) {
	p := w.desk
	if p == nil {
		return
	}
	value, _ := (&cc.QueueShut{Queue: q, By: supervisor, Reroute: reroute}).MarshalVT()
	w.note(supervisor, "closes", q)
	p.appendIndex(machine.IndexOp{Key: []byte(pairing.ShutPrefix + q), Value: value}, func() {
		if reroute && p.alive {
			p.drain(q)
		}
	})
}

func (w *World) open(q string) {
	if p := w.desk; p != nil {
		w.note(supervisor, "opens", q)
		p.appendIndex(machine.IndexOp{Key: []byte(pairing.ShutPrefix + q), Delete: true}, func() {})
	}
}

// drain tells who waits in a queue that it does not serve them any more.
func (p *proc) drain(q string) {
	keys, values := p.w.journal.scan(b2bua.WaitingPrefix)
	for i := range keys {
		c := &cc.WaitingCall{}
		if c.UnmarshalVT(values[i]) != nil || c.Queue != q {
			continue
		}
		id := c.Call
		p.w.gossip(false, func() {
			if o := p.w.ownerOf(id); o != nil {
				o.toCall(id, b2bua.Ask{Cmd: cc.NewCommand(&cc.LeaveQueue{Queue: q, Why: cc.QueueClosed, By: supervisor})})
			}
		})
	}
}

// openUp opens every queue: the load is over.
func (w *World) openUp() {
	for _, q := range w.plan.Queues {
		w.open(queueID(q.N))
	}
}
