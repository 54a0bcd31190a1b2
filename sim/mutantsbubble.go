package sim

import (
	"slices"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
)

// asked rewrites commands to a call before its machine sees them: f changes the state, or gives another command.
func asked(f func(s *cc.CallState, m any) any) func(*actor, host.Machine) host.Machine {
	return inputs(func(m *b2bua.Machine, in *b2bua.Timed) {
		if ask, ok := in.Input.(b2bua.Ask); ok {
			if other := f(m.Call, ask.Cmd.Message()); other != nil {
				ask.Cmd = cc.NewCommand(other)
				in.Input = ask
			}
		}
	}, nil)
}

func bubbleMutants() []*Mutant {
	return []*Mutant{
		{Name: "claims what is owned", Where: "call", onMachine: asked(func(s *cc.CallState, m any) any {
			if _, ok := m.(*cc.Claim); ok {
				s.Owner = ""
			}
			return nil
		})},
		{Name: "loses corrections", Where: "call", onMachine: asked(func(_ *cc.CallState, m any) any {
			if _, ok := m.(*cc.Correct); ok {
				return &cc.NoAgentNow{}
			}
			return nil
		})},
		{Name: "overwrites drafts", Where: "call", onMachine: asked(func(s *cc.CallState, m any) any {
			if d, ok := m.(*cc.WriteDraft); ok {
				d = d.CloneVT()
				d.Version = s.Draft.GetVersion()
				return d
			}
			return nil
		})},
		{Name: "a take-over forgets the draft", Where: "call", onMachine: asked(func(s *cc.CallState, m any) any {
			if _, ok := m.(*cc.TakeOver); ok {
				s.Draft = nil
			}
			return nil
		})},
		{Name: "links over a conflict", Where: "call", onMachine: asked(func(s *cc.CallState, m any) any {
			switch m.(type) {
			case *cc.ReportBooked, *cc.ReportAction:
				s.Location = ""
			}
			return nil
		})},
		{Name: "changes a booked link", Where: "call", onMachine: asked(func(s *cc.CallState, m any) any {
			switch m.(type) {
			case *cc.ReportNote, *cc.ReportBooked, *cc.ReportAction:
				s.Link = min(s.Link, cc.LinkLevel_LINK_JOB)
			}
			return nil
		})},
		{Name: "forgets a note at the close", Where: "call", onMachine: asked(func(s *cc.CallState, m any) any {
			if _, ok := m.(*cc.CloseBubble); ok {
				s.NoteExcused = !s.NoteExcused
			}
			return nil
		})},
		{Name: "tells nobody that a bubble is lost", Where: "call", onMachine: inputs(nil, func(_ b2bua.Timed, d *host.Decision) {
			d.Early = slices.DeleteFunc(d.Early, func(x any) bool {
				t, ok := x.(cc.TellAgent)
				return ok && t.Cmd.GetBubbleLost() != nil
			})
		})},
		{Name: "takes an old tell of a bubble for news", Where: "agent", onMachine: command(func(m *seat.Machine, in *seat.Ask) {
			if in.Cmd.GetBubbleGained() != nil {
				m.State.Bubbles = nil
			}
		})},
	}
}
