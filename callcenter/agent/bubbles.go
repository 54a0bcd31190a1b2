package agent

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// A call tells that a bubble came to the agent or left them until that is acknowledged, so it may come late, twice and
// in any order. What is newer is known by the epoch of the agent's own ownership; a gain comes before its loss.

// mark is the newest the agent was told of a bubble, nil when that is forgotten or never was.
func mark(s *cc.AgentState, call string) *cc.BubbleMark {
	for _, b := range s.Bubbles {
		if b.Call == call {
			return b
		}
	}
	return nil
}

// news says whether the tell is newer than what is known.
func news(s *cc.AgentState, call string, epoch uint64, lost bool) bool {
	was := mark(s, call)
	return was == nil || epoch > was.Epoch || epoch == was.Epoch && lost && !was.Lost
}

// gained: the bubble is the agent's, and has the focus (R38). Without an epoch it was told by an older program.
func (d *step) gained(call string, epoch uint64) {
	switch {
	case epoch == 0:
		d.focus(call)
	case news(d.s, call, epoch, false):
		d.emit(&cc.FocusChanged{Call: call, Epoch: epoch})
	}
}

func (d *step) bubbleGained(m *cc.BubbleGained) {
	d.ackBubble(m.Call, m.Epoch, false)
	d.gained(m.Call, m.Epoch)
}

// bubbleLost: taken over by somebody (m.By), or it left the desk: then the wrap-up of its call ends where the policy
// says so (R32). Focus on it becomes null (R36). Who is not there to see it finds a notice when they come back.
func (d *step) bubbleLost(m *cc.BubbleLost) {
	d.ackBubble(m.Call, m.Epoch, true)
	if t := d.s.Token; m.By == "" && t.GetState() == cc.TokenState_WRAPUP && t.Call == m.Call && t.Wrapup.GetEndsOnClose() {
		d.endWrapUp(byClosed)
	}
	if m.Epoch != 0 {
		if !news(d.s, m.Call, m.Epoch, true) {
			return
		}
		d.emit(&cc.BubbleMarked{Mark: &cc.BubbleMark{
			Call: m.Call, Epoch: m.Epoch, Lost: true, By: m.By, AtMs: d.now, Unseen: m.By != "" && len(d.s.Sessions) == 0,
		}})
	}
	if d.s.Focus == m.Call {
		d.focus("")
	}
}

func (d *step) ackBubble(call string, epoch uint64, lost bool) {
	if epoch != 0 {
		d.tellCall(call, &cc.BubbleAcked{Agent: d.s.Id, Epoch: epoch, Lost: lost})
	}
}

// setFocus by hand: the bubble was the agent's with this epoch when that was looked up; it may have gone since (R38).
func (d *step) setFocus(m *cc.SetFocus) error {
	if b := mark(d.s, m.Call); b != nil && b.Lost && b.Epoch >= m.Epoch && m.Epoch != 0 {
		if b.By == "" {
			return cc.Errorf(cc.CodeBubbleClosed, "the bubble has left the desk")
		}
		return cc.Errorf(cc.CodeOwnerChanged, "the bubble is now owned by %s", b.By).With("owner", b.By)
	}
	d.focus(m.Call)
	return nil
}

// noticesSeen: the agent knows who took which bubble.
func (d *step) noticesSeen() {
	if slices.ContainsFunc(d.s.Bubbles, (*cc.BubbleMark).GetUnseen) {
		d.emit(&cc.NoticesCleared{})
	}
}

// putMark replaces what is known of a bubble; of too many the one told longest ago is forgotten.
func putMark(s *cc.AgentState, m *cc.BubbleMark) {
	s.Bubbles = slices.DeleteFunc(s.Bubbles, func(b *cc.BubbleMark) bool { return b.Call == m.Call })
	if len(s.Bubbles) >= MaxBubbleMarks {
		s.Bubbles = slices.Delete(s.Bubbles, 0, 1)
	}
	s.Bubbles = append(s.Bubbles, m)
}

// applyBubbles handles the events of bubbles.
func applyBubbles(s *cc.AgentState, m any, atMs int64) {
	switch m := m.(type) {
	case *cc.FocusChanged:
		s.Focus = m.Call
		if m.Epoch != 0 {
			putMark(s, &cc.BubbleMark{Call: m.Call, Epoch: m.Epoch, AtMs: atMs})
		}
	case *cc.BubbleMarked:
		putMark(s, m.Mark)
	case *cc.NoticesCleared:
		for i, b := range s.Bubbles {
			if b.Unseen {
				b = b.CloneVT()
				b.Unseen = false
				s.Bubbles[i] = b
			}
		}
	}
}

// notices are the bubbles taken while the agent was away (R36).
func notices(s *cc.AgentState) (out []*cc.BubbleMark) {
	for _, b := range s.Bubbles {
		if b.Unseen {
			out = append(out, b)
		}
	}
	return out
}
