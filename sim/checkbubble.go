package sim

import (
	"strings"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
)

// bubbleEvent checks what happens on a bubble against what was so before.
func (c *checker) bubbleEvent(b *callBook, e any) {
	w, s := c.w, b.shadow
	switch m := e.(type) {
	case *cc.BubbleCreated:
		if s.Phase != cc.CallPhase_PHASE_UNKNOWN || m.Epoch != 1 {
			w.fail("I4", "bubble %s is made in phase %v with epoch %d", b.id, s.Phase, m.Epoch)
		}
		b.ended, b.owner, b.ownerEpoch = true, m.Agent, m.Epoch
	case *cc.LinkChanged:
		c.link(b, m)
	case *cc.Classified:
		if want := call.Classify(s); m.Class != want || m.Provisional != (s.Desk != cc.BubbleDesk_DESK_CLOSED) {
			w.fail("R48", "call %s is %v, its facts say %v", b.id, m.Class, want)
		}
		if s.Kind == cc.BubbleKind_BUBBLE_MANUAL {
			w.fail("R39", "the manual bubble %s has a class", b.id)
		}
	case *cc.DraftWritten:
		if m.Version != s.Draft.GetVersion()+1 || m.By != s.Owner {
			w.fail("R39", "%s writes draft %d of %s, which %s owns at %d", m.By, m.Version, b.id, s.Owner, s.Draft.GetVersion())
		}
		b.drafts[m.Version] = string(m.Text)
	case *cc.BubbleTaken:
		if f := s.Draft; f != nil && f.KeptVersion != f.Version {
			w.fail("R39", "%s is taken and its draft %d was not kept", b.id, f.Version)
		}
	case *cc.Corrected:
		if m.ClassBefore != call.AsCorrected(s) {
			w.fail("R52", "a correction of %s is of %v, the call counted as %v", b.id, m.ClassBefore, call.AsCorrected(s))
		}
		b.corrected[m.Field.String()+m.After+m.LinkAfter.String()] = true
	}
}

// link: a booked one never changes (R42), a hard one keeps its location, none falls (R44).
func (c *checker) link(b *callBook, m *cc.LinkChanged) {
	s := b.shadow
	switch {
	case s.Link == cc.LinkLevel_LINK_BOOKED:
		c.w.fail("R42", "the booked link of %s becomes %v", b.id, m)
	case m.Level < s.Link:
		c.w.fail("R44", "the link of %s falls from %v to %v", b.id, s.Link, m.Level)
	case s.Link >= cc.LinkLevel_LINK_LOCATION && s.Location != "" && m.Location != s.Location:
		c.w.fail("R44", "the link of %s moves from %s to %s", b.id, s.Location, m.Location)
	}
}

// typed: what a client was told is stored must be in the history under that version (R39).
func (c *checker) typed(id string, version uint64, text string) {
	if b := c.calls[id]; b.drafts[version] != text {
		c.w.fail("R39", "draft %d of %s was acknowledged as %q and is %q", version, id, text, b.drafts[version])
	}
}

// correctedTo: a correction that was acknowledged is on record (R52).
func (c *checker) correctedTo(id string, m *cc.Correct) {
	if !c.calls[id].corrected[m.Field.String()+m.Value+m.Link.String()] {
		c.w.fail("R52", "the correction of %s to %q was acknowledged and is not on record", id, m.Value)
	}
}

// deskIndex compares the row of a draft with what the events say.
func (c *checker) deskIndex(b *callBook, op *machine.IndexOp) {
	if !strings.HasPrefix(string(op.Key), b2bua.DraftPrefix) {
		return
	}
	want := b.shadow.Draft
	have := &cc.Draft{}
	if op.Delete != (want == nil) || !op.Delete && (have.UnmarshalVT(op.Value) != nil || !same(have, want)) {
		c.w.fail("R39", "the draft of %s is not what its events say", b.id)
	}
}

// deskEnd: everybody was told of their bubbles, and is focused on what they own (R38).
func (c *checker) deskEnd() {
	w := c.w
	lost := map[string]bool{} // the actor was given up after failing again and again; the next start brings it back
	for _, id := range c.order {
		n := len(c.calls[id].shadow.BubbleTells)
		p := w.ownerOf(id)
		lost[id] = n > 0 && (p == nil || p.calls[id] == nil)
		if n > 0 && !lost[id] && w.desk != nil {
			w.fail("stuck", "%d agents were not told of bubble %s", n, id)
		}
	}
	for _, id := range sortedKeys(c.agents) {
		focus := c.agents[id].shadow.Focus
		if focus == "" || lost[focus] || w.sides[focus] != nil { // a stand-in for a call has no bubble to lose
			continue
		}
		if b := c.calls[focus]; b == nil || b.owner != id || b.shadow.Desk != cc.BubbleDesk_DESK_SHOWN {
			w.fail("R38", "%s is focused on %s, which is not theirs or off the desk", id, focus)
		}
	}
}
