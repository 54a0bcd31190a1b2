package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Suggestable picks the call that a booking without a bubble may belong to: the agent's, with this caller, live or ended
// within 10 min. "" when none fits, or more than one (R46).
func Suggestable(calls []*cc.CallSummary, agent, caller string, nowMs int64) string {
	fit := ""
	for _, c := range calls {
		over := c.Phase == cc.CallPhase_ENDED && nowMs-c.EndedMs > suggestWithinMs
		if caller == "" || c.Caller != caller || c.Owner != agent || over || c.Kind == cc.BubbleKind_BUBBLE_MANUAL ||
			c.Link == cc.LinkLevel_LINK_BOOKED {
			continue
		}
		if fit != "" {
			return ""
		}
		fit = c.Call
	}
	return fit
}

// suggestBooking: never linked silently, only suggested to the agent (R46).
func (d *decision) suggestBooking(m *cc.SuggestBooking) error {
	s := d.s
	if m.Job == "" || !fits(m.Customer, m.Location, m.Job, m.Caller) {
		return cc.Errorf(cc.CodeBadCommand, "a booking has a job")
	}
	open := s.BookingSuggestion
	if open.GetJob() == m.Job && d.env.NowMs < open.GetUntilMs() || s.Link == cc.LinkLevel_LINK_BOOKED && s.Job == m.Job ||
		slices.Contains(s.AlsoBooked, m.Job) {
		return nil // repeated
	}
	if Suggestable([]*cc.CallSummary{Summary(s)}, m.Agent, m.Caller, d.env.NowMs) == "" ||
		open != nil && d.env.NowMs < open.UntilMs {
		return cc.Errorf(cc.CodeSuggestionGone, "the call is not one the booking may belong to")
	}
	d.emit(&cc.BookingSuggested{Suggestion: &cc.Suggestion{
		Id: d.env.IDs.Next("sug-"), Agent: m.Agent, Customer: m.Customer, Location: m.Location, Job: m.Job,
		UntilMs: d.env.NowMs + suggestUntilMs,
	}})
	return nil
}

// answerSuggestion: accepted within 24 h it is a booking of this call, closed or not; else it is dropped (R46).
func (d *decision) answerSuggestion(m *cc.AnswerSuggestion) error {
	g := d.s.BookingSuggestion
	switch {
	case g == nil || g.Id != m.Suggestion || d.env.NowMs >= g.UntilMs:
		return cc.Errorf(cc.CodeSuggestionGone, "the suggestion is no longer open")
	case g.Agent != m.Agent:
		return cc.Errorf(cc.CodeNotYours, "it was suggested to another agent")
	}
	if m.Accept && d.s.Link != cc.LinkLevel_LINK_BOOKED && d.conflicts(g.Location) {
		d.conflict(g.Location, m.Agent)
		return nil // it stays open
	}
	d.emit(&cc.SuggestionClosed{Suggestion: g.Id, Accepted: m.Accept, By: m.Agent})
	if !m.Accept {
		return nil
	}
	return d.book(g.Customer, g.Location, g.Job, m.Agent)
}
