package actors

import (
	"slices"
	"time"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/sip/leg"
)

// What becomes of a call whose actor ends before its time.

// stopped is called when the journal refused an append: what this actor believes is not what is written.
func (a *callActor) stopped() {
	a.n.stats.streamsLost.Add(1)
	a.n.log.Error("call lost its stream", "call", a.id)
	a.self.depth.Store(closed) // whoever comes now looks for the successor
	a.n.calls.drop(a.id, a.self)
	a.self.root.Poison(a.self.pid) // what is in the mailbox is not lost: see stray
}

// stray deals with an input that was under way when the stream was lost.
func (a *callActor) stray(in b2bua.Input) {
	switch x := in.(type) {
	case b2bua.Ask:
		if x.Reply != nil {
			a.out(b2bua.Replied{To: x.Reply, Err: lostItsStream()})
			return
		}
	case b2bua.LegFired, b2bua.Arrival: // the successor arms its own timers; an arrival is answered by gone
		return
	}
	a.strays = append(a.strays, in)
}

// inherit asks a successor to give back what the actor before it had taken and did not get on record.
type inherit struct{}

// inherit closes the ports of legs that there are none of.
func (a *callActor) inherit() {
	for _, id := range a.n.media.legsOf(a.id) {
		if !slices.ContainsFunc(a.m.Legs(), func(l *b2bua.Leg) bool { return l.ID == id }) {
			a.n.media.closeLeg(id)
		}
	}
}

func lostItsStream() error {
	return cc.Errorf(cc.CodeUnavailable, "the journal did not take it, try again")
}

// gone: the actor stops. If nobody meant it to (it failed, or lost its stream), a successor is built from the journal.
func (a *callActor) gone() {
	a.disarmAll()
	if a.leaving {
		return
	}
	a.over()
	a.self.depth.Store(closed)
	a.n.calls.drop(a.id, a.self)
	a.n.unhint(b2bua.WaitingPrefix + a.id)
	h := a.succeed(func() *handle { return a.n.call(a.id) })
	switch {
	case h != nil:
	case a.arrival != nil && !a.worked && !a.fenced && a.n.ready.Load():
		a.settle()
		return
	default:
		a.never()
		return
	}
	h.force(b2bua.Fence{}) // appends of this actor may be under way
	h.force(inherit{})
	for _, in := range a.strays {
		h.force(in)
	}
}

// settle: the append of a call's arrival may be under way still. A record in its place decides it: there is a call, or
// there will be none and the caller is told so. Else a caller who was refused could wait in a queue for ever.
func (a *callActor) settle() {
	shard := shardOfCall(a.id)
	fence := b2bua.New(a.n.settings.legs).Step(b2bua.Timed{Moment: a.n.moment(), Input: b2bua.Fence{}})
	a.n.journal.Append(&machine.Append{
		Shard: shard, Epoch: a.n.epochs[shard], Stream: callStream(a.id), Records: [][]byte{fence.Record},
	}, func(r machine.Result) {
		time.AfterFunc(0, func() { // not on the journal's turn
			if r.Reason == machine.VersionConflict {
				if h := a.n.call(a.id); h != nil {
					h.force(b2bua.Fence{})
					h.force(inherit{})
					return
				}
			}
			a.never()
		})
	})
}

// never ends what a call had that nobody goes on with: its ports, and a caller whose INVITE made no call.
func (a *callActor) never() {
	for _, l := range a.m.Legs() {
		a.n.media.closeLeg(l.ID)
	}
	if a.arrival == nil || a.worked || !a.n.ready.Load() {
		return
	}
	a.n.media.closeLeg(a.arrival.Cmd.Leg)
	if err := a.n.endpoint.Reply(a.arrival.Req, a.arrival.Src, 503, leg.Phrase(503), a.n.retryAfter()); err != nil {
		a.n.stats.sendFailed.Add(1)
	}
}
