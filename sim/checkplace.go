package sim

import (
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
)

// ageDrops: the step of the workflow that brings the call here does not keep its age (R65).
func (c *checker) ageDrops(b *callBook, m *cc.CallQueued, r *cc.Record) bool {
	flow := c.w.dirs[r.ConfigVersion].Workflow(b.shadow.Workflow)
	return m.Why != "" && m.Why != "moved" && int(m.Step) < len(flow.GetSteps()) && flow.Steps[m.Step].DropAge &&
		m.EnqueuedMs == r.NowMs
}

// redialSlackMs: what an arrival sees of earlier calls may be a little old, and clocks of nodes differ.
const redialSlackMs = 10_000

// inherits checks a place that was not waited for: it was left not long ago by this caller, unanswered, in this queue, or
// is shared with a call of theirs (R94).
func (c *checker) inherits(b *callBook, m *cc.CallQueued, r *cc.Record) {
	id := m.Resumes + m.Place
	x := c.calls[id]
	if x == nil || x.shadow.Tenant != b.shadow.Tenant || x.shadow.Caller != b.shadow.Caller || x.shadow.Caller == "" {
		c.w.fail("I3", "call %s takes the place of %s, which is not its caller's", b.id, id)
		return
	}
	if m.EnqueuedMs != x.enqueued && m.Place == "" {
		c.w.fail("I3", "call %s takes the place of %s as of %d, it was %d", b.id, id, m.EnqueuedMs, x.enqueued)
	}
	left := x.ended && x.shadow.AnsweredMs == 0 && r.NowMs < x.shadow.EndedMs+m.RedialWindowMs+redialSlackMs
	if m.Resumes != "" && !left {
		c.w.fail("I3", "call %s takes the place of %s, which ended %v at %d", b.id, id, x.ended, x.shadow.EndedMs)
	}
}

func rings(s *cc.CallState, agent string) bool {
	for _, o := range call.Offers(s) {
		if o.Agent == agent {
			return true
		}
	}
	return false
}

// mateSlack is how long an answer may take to release the other calls of the place: messages are lost and told again.
const mateSlack = 40 * sec

// mateAnswered: a call of the same place was answered long enough ago that this one should be released.
func (c *checker) mateAnswered(b *callBook) bool {
	if !waits(b.shadow) {
		return false
	}
	if x := c.calls[b.shadow.Place]; x != nil && b.shadow.JoinedMs != 0 && x.shadow.AnsweredMs != 0 &&
		x.changed < c.w.now-mateSlack && b.changed < c.w.now-mateSlack {
		return true
	}
	for _, id := range b.shadow.Sharers {
		if x := c.calls[id]; x != nil && x.shadow.AnsweredMs != 0 && x.changed < c.w.now-mateSlack {
			return true
		}
	}
	return false
}

func (c *checker) noteQueued(m *cc.CallQueued) {
	c.counts.Passed += len(m.Passed)
	switch {
	case m.Resumes != "":
		c.counts.Resumed++
	case m.Place != "":
		c.counts.Shared++
	case m.Why == "moved":
		c.counts.Moved++
	}
}
