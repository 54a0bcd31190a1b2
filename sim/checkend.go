package sim

import (
	"iter"
	"slices"

	"github.com/wirechief/wirechief/actors/audit"
	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/persistence/machine"
)

// sweepEvery is how often the checker looks for what should have happened by now.
const sweepEvery = sec

// sweep looks at what nobody reports: a wrap-up that does not end (I6).
func (c *checker) sweep() {
	w := c.w
	if d := w.desk; d != nil {
		now := d.nowMs()
		for _, id := range sortedKeys(c.agents) {
			b := c.agents[id]
			if b.wrapUp && d.agents[id] != nil {
				c.wrapUpStuck(b, now)
			}
			if d.agents[id] != nil {
				c.deskStuck(b, now)
			}
		}
	}
	for _, id := range c.order {
		if b := c.calls[id]; waits(b.shadow) && c.mateAnswered(b) {
			w.fail("stuck", "call %s waits, and another call of its place was answered", id)
		}
	}
	w.after(sweepEvery, c.sweep)
}

// end looks at the world after a quiet period: nobody is stuck, and the journal says what everybody believes.
func (c *checker) end() {
	w := c.w
	for _, id := range c.order {
		c.notStuck(c.calls[id])
	}
	for _, id := range sortedKeys(c.agents) {
		b := c.agents[id]
		if b.token == "" || b.wrapUp {
			continue
		}
		if x := c.calls[b.call]; x == nil || !slices.Contains(x.open, b.token) && (x.agent != id || x.agentOffer != b.token) {
			w.fail("stuck", "%s holds the token for %s, which call %s does not have", id, b.token, b.call)
		}
	}
	c.deskEnd()
	if w.failed == nil {
		c.believed()
	}
	if w.failed == nil {
		c.audit()
	}
	if w.failed == nil {
		c.replay()
	}
}

// notStuck: a call talks or has ended, or waits because nobody is there for it.
func (c *checker) notStuck(b *callBook) {
	w, s := c.w, b.shadow
	if b.ended {
		return
	}
	x := w.callers[b.plan]
	d := w.wire.dialogs[callIDOf(w, b)]
	switch {
	case d == nil || d.state == dOver:
		w.fail("stuck", "call %s is %v, and its caller %s is gone", b.id, s.Phase, x.name())
	case s.Phase == cc.CallPhase_BRIDGED:
	case len(s.PlaceTells) > 0 && b.changed < w.now-60*sec:
		w.fail("stuck", "call %s still tells %v", b.id, s.PlaceTells)
	case c.mateAnswered(b):
		w.fail("stuck", "call %s waits, and another call of its place was answered", b.id)
	case s.Phase == cc.CallPhase_OFFERED && b.changed < w.now-2*60*sec:
		w.fail("stuck", "call %s is offered to %s since %d s", b.id, s.Offer.GetAgent(), (w.now-b.changed)/sec)
	case s.Phase == cc.CallPhase_WAITING && b.changed < w.now-30*sec && w.desk != nil:
		for _, id := range sortedKeys(c.agents) {
			sum := agent.Summary(c.agents[id].shadow)
			cfg, q, now := w.desk.dir.Agent(id), w.desk.dir.Queue(s.Queue), w.desk.nowMs()
			if cc.Eligible(sum, cfg, q, s.Tenant, now) == "" && !tried(s, id) && suits(cfg, q, s, now-20_000) &&
				now-sum.IdleSinceMs > 30_000 {
				w.fail("stuck", "call %s waits, and %s is idle", b.id, id)
			}
		}
	}
}

// callIDOf is the Call-ID of the caller's leg.
func callIDOf(w *World, b *callBook) string {
	if p := w.ownerOf(b.id); p != nil {
		if a := p.calls[b.id]; a != nil {
			for _, l := range a.call.Legs() {
				if l.ID == b.shadow.LegCaller {
					return l.SIP.CallID
				}
			}
		}
	}
	return ""
}

// believed compares every actor's state with the journal's (I11).
func (c *checker) believed() {
	w := c.w
	for _, p := range w.procs {
		if !p.alive || !p.lease {
			continue
		}
		for _, id := range sortedKeys(p.calls) {
			if a := p.calls[id]; a.host.Idle() && !a.host.Stopped() {
				c.sleeps(a)
			}
		}
		for _, id := range sortedKeys(p.agents) {
			a := p.agents[id]
			m, _, err := w.replayAgent(id)
			if a.host.Idle() && !a.host.Stopped() && (err != nil || !same(m.State, a.agent.State)) {
				w.fail("I11", "agent %s believes %v, the journal has %v (%v)", id, a.agent.State, m.State, err)
			}
		}
	}
}

// audit runs what production runs over a journal.
func (c *checker) audit() {
	r := audit.Journal(source{c.w.journal}, audit.Layout{
		CallStream:    func(id string) string { return callStreams + id },
		AgentStream:   func(id string) string { return agentStreams + id },
		SummaryPrefix: b2bua.SummaryPrefix, AgentPrefix: seat.IndexPrefix, WaitingPrefix: b2bua.WaitingPrefix,
		LivePrefix: b2bua.LivePrefix,
	}, true)
	for _, v := range r.Violations {
		if v.Invariant != "I6" { // while nobody ran the agent, a wrap-up may pass its end; the checker knows when
			c.w.fail(v.Invariant, "audit: %s", v)
		}
	}
}

// replay applies the whole log again: the same state to the byte (I11).
func (c *checker) replay() {
	w, mem := c.w, machine.NewMem()
	m, err := machine.Load(mem)
	var out machine.Applied
	for i := 0; err == nil && i < len(w.journal.entries); i++ {
		err = m.Apply(mem, uint64(i+1), w.journal.entries[i], &out)
	}
	if err != nil {
		w.fail("I11", "replaying the log: %v", err)
		return
	}
	a, _ := machine.Hash(mem)
	b, _ := machine.Hash(w.journal.mem)
	if a != b {
		w.fail("I11", "the log replays to another state")
	}
}

// source is the journal as the audit reads it.
type source struct{ j *journal }

// Get implements audit.Source.
func (s source) Get(key []byte) ([]byte, bool) {
	v := s.j.get(string(key))
	return v, v != nil
}

// Scan implements audit.Source.
func (s source) Scan(prefix []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		keys, values := s.j.scan(string(prefix))
		for i, k := range keys {
			if !yield([]byte(k), values[i]) {
				return
			}
		}
	}
}

// Records implements audit.Source.
func (s source) Records(stream string, from uint64) iter.Seq[machine.Record] {
	return func(yield func(machine.Record) bool) {
		_ = machine.Records(s.j.mem, stream, from, yield) // Mem never fails
	}
}

// Snapshot implements audit.Source.
func (s source) Snapshot(stream string) ([]byte, uint64, bool) {
	state, version, ok, _ := machine.Snapshot(s.j.mem, stream)
	return state, version, ok
}

// open counts calls that are not over.
func (c *checker) open() (n int) {
	for _, id := range c.order {
		if !c.calls[id].ended {
			n++
		}
	}
	return n
}
