package actors

import (
	"time"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/seat"
	"github.com/wirechief/wirechief/persistence/machine"
)

// againAfter is the pause before an append of unknown outcome is repeated.
const againAfter = 5 * time.Millisecond

// runner drives one actor's host: it carries appends to the journal and back, and keeps the actor's timers.
type runner struct {
	n      *Node
	self   *handle
	host   *host.Host
	timers map[timerKey]*time.Timer
	out    func(release any) // lets one release out
	early  func(host.Early)  // hands a message to another actor ahead of its commit
	fenced bool              // the shard is another's: who owns it now goes on, this process does not
	worked bool              // an append was taken
	lost   func()            // the stream is another's, or the journal refused: the actor must go
}

// timerKey names a timer of an actor: the machine's own, or one of a leg.
type timerKey struct {
	leg  string
	name string
}

// appended is the journal's answer on its way to the actor.
type appended struct {
	seq    uint64
	result machine.Result
}

// again asks for appends to be handed in once more, in this order.
type again struct{ appends []*machine.Append }

func (r *runner) take(o host.Output) {
	for _, x := range o.Release {
		r.out(x)
	}
	if o.Again {
		time.AfterFunc(againAfter, func() { r.self.force(again{o.Propose}) })
	} else {
		for _, a := range o.Propose {
			r.propose(a)
			r.n.hint(a)
		}
	}
	for _, e := range o.Early {
		r.early(e)
	}
	for _, x := range o.Dropped {
		switch x := x.(type) {
		case b2bua.Replied:
			x.To.(replyFunc)(lostItsStream())
		case seat.Forwarded:
			for _, to := range x.Askers {
				to.(replyFunc)(lostItsStream())
			}
		}
	}
	if o.Stop {
		r.lost()
	}
}

// committed takes the journal's answer to the append under way.
func (r *runner) committed(m appended) {
	r.fenced = m.result.Reason == machine.StaleEpoch
	r.worked = r.worked || m.result.Status == machine.OK
	if r.fenced {
		r.n.fenced.Store(r.host.Shard(), true)
	}
	r.take(r.host.Appended(m.seq, m.result))
}

// maxFailures is how often in a row an actor is built again that then gets nothing done.
const maxFailures = 3

// succeed asks for a successor of an actor that nobody meant to stop; nil: there is none.
func (r *runner) succeed(find func() *handle) *handle {
	failures := int32(0)
	if !r.worked {
		failures = r.self.failures.Load() + 1
	}
	if r.fenced || failures > maxFailures {
		return nil
	}
	h := find()
	if h != nil {
		h.failures.Store(failures)
	}
	return h
}

func (r *runner) propose(a *machine.Append) {
	self, seq := r.self, a.Seq
	r.n.journal.Append(a, func(res machine.Result) { self.force(appended{seq, res}) })
}

func (r *runner) proposeAgain(m again) {
	for _, a := range m.appends {
		r.propose(a)
	}
}

// arm sets a timer that posts m; a timer of the same key is replaced. at is cluster time in ms.
func (r *runner) arm(k timerKey, at int64, m any) {
	r.disarm(k)
	if r.timers == nil {
		r.timers = make(map[timerKey]*time.Timer, 4)
	}
	self := r.self
	r.timers[k] = newAlarm(r.n.journal.NowMs, at, func() { self.force(m) })
}

func (r *runner) disarm(k timerKey) {
	if t, ok := r.timers[k]; ok {
		t.Stop()
		delete(r.timers, k)
	}
}

func (r *runner) disarmAll() {
	for _, t := range r.timers {
		t.Stop()
	}
	r.timers = nil
}
