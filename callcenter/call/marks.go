package call

import (
	"slices"
	"strings"
	"time"

	cc "github.com/wirechief/wirechief/callcenter"
)

// ownerOr: what persons write on a call is the owner's to do, or a supervisor's.
func (d *decision) ownerOr(agent string, supervisor bool) error {
	if !supervisor && (d.s.Owner == "" || d.s.Owner != agent) {
		return cc.Errorf(cc.CodeNotYours, "the bubble is not yours")
	}
	return nil
}

// changeTags: free words of any owner (R55), kept sorted.
func (d *decision) changeTags(m *cc.ChangeTags) error {
	if err := d.ownerOr(m.Agent, m.Supervisor); err != nil {
		return err
	}
	tags := slices.Clone(d.s.Tags)
	for _, t := range m.Add {
		t = strings.TrimSpace(t)
		if t == "" || len(t) > maxTag || !fits(t) {
			return cc.Errorf(cc.CodeBadCommand, "a tag has 1 to %d bytes", maxTag)
		}
		if i, found := slices.BinarySearch(tags, t); !found {
			tags = slices.Insert(tags, i, t)
		}
	}
	tags = slices.DeleteFunc(tags, func(t string) bool { return slices.Contains(m.Remove, t) })
	if len(tags) > maxTags {
		return cc.Errorf(cc.CodeOverloaded, "a call has at most %d tags", maxTags)
	}
	if !slices.Equal(tags, d.s.Tags) {
		d.emit(&cc.TagsChanged{Tags: tags, By: m.Agent})
	}
	return nil
}

// writeNotes replaces the notes of a call; after the close they are corrected instead (R52).
func (d *decision) writeNotes(m *cc.WriteNotes) error {
	if err := d.ownerOr(m.Agent, m.Supervisor); err != nil {
		return err
	}
	switch {
	case d.s.Desk == cc.BubbleDesk_DESK_CLOSED:
		return cc.Errorf(cc.CodeBubbleClosed, "the bubble is closed")
	case len(m.Text) > maxNotes || strings.ToValidUTF8(m.Text, "") != m.Text:
		return cc.Errorf(cc.CodeBadCommand, "notes have at most %d bytes", maxNotes)
	}
	if m.Text != d.s.Notes {
		d.emit(&cc.NotesWritten{Text: m.Text, By: m.Agent})
	}
	return nil
}

// markCallback: a person wants this caller called back (R54).
func (d *decision) markCallback(m *cc.MarkCallback) error {
	if err := d.ownerOr(m.Agent, m.Supervisor); err != nil {
		return err
	}
	if manual(d.s) {
		return cc.Errorf(cc.CodeBadCommand, "nobody has called")
	}
	if m.On != d.s.NeedsCallback {
		d.emit(&cc.CallbackMarked{On: m.On, By: m.Agent})
	}
	return nil
}

// dateOK: a day in the tenant's zone, not before today there (R90). Days are compared as they are written.
func dateOK(on, note, today string) error {
	if _, err := time.Parse(time.DateOnly, on); err != nil || len(note) > maxNotes || strings.ToValidUTF8(note, "") != note {
		return cc.Errorf(cc.CodeBadCommand, "a follow-up has a date, as 2006-01-02, and a note of at most %d bytes", maxNotes)
	}
	if on < today {
		return cc.Errorf(cc.CodeDatePast, "the day is over").With("today", today)
	}
	return nil
}

// setFollowUp sets, changes or with an empty date takes back the follow-up of a call closed with a lead reason (R90).
func (d *decision) setFollowUp(m *cc.SetFollowUp) error {
	s := d.s
	if err := d.ownerOr(m.Agent, m.Supervisor); err != nil {
		return err
	}
	if m.On == "" {
		if s.FollowUp != nil {
			d.emit(&cc.FollowUpSet{By: m.Agent})
		}
		return nil
	}
	if s.Desk != cc.BubbleDesk_DESK_CLOSED || !leadReason(s) {
		return cc.Errorf(cc.CodeNotALead, "only a call closed with a lead reason is followed up")
	}
	if err := dateOK(m.On, m.Note, m.Today); err != nil {
		return err
	}
	if f := s.FollowUp; f.GetOn() != m.On || f.GetNote() != m.Note || f.GetDoneMs() != 0 {
		d.emit(&cc.FollowUpSet{On: m.On, Note: m.Note, By: m.Agent})
	}
	return nil
}

// leadReason: the reason that stands, as corrected (R52), is a lead.
func leadReason(s *cc.CallState) bool {
	if c := s.Corrected; c.GetReason() != "" {
		return c.ReasonLead
	}
	return s.Reason != "" && s.ReasonLead
}

// followUpReached: done by hand, or by a later call in which they were reached (R90).
func (d *decision) followUpReached(m *cc.FollowUpReached) error {
	by := m.Agent
	if m.Call != "" {
		by = "call:" + m.Call
	} else if err := d.ownerOr(m.Agent, m.Supervisor); err != nil {
		return err
	}
	f := d.s.FollowUp
	if f == nil {
		return cc.Errorf(cc.CodeNotFound, "there is no follow-up")
	}
	if f.DoneMs == 0 && fits(by) {
		d.emit(&cc.FollowUpDone{By: by})
	}
	return nil
}

// stateFact: what other telephony found out (R48). Repeats change nothing.
func (d *decision) stateFact(m *cc.StateFact) {
	s := d.s
	known := false
	switch m.Fact {
	case cc.CallFact_FACT_OVERFLOW_ANSWERED:
		known = s.OverflowAnswered
	case cc.CallFact_FACT_VOICEMAIL_LEFT:
		known = s.Voicemail
	case cc.CallFact_FACT_CALLBACK_ACCEPTED:
		known = s.CallbackOpen
	case cc.CallFact_FACT_CALLBACK_CONCLUDED:
		known = !s.CallbackOpen
	case cc.CallFact_FACT_BYPASSED:
		known = s.Bypassed
	default:
		return
	}
	if !known && !manual(s) {
		d.emit(&cc.FactStated{Fact: m.Fact})
		d.classify()
	}
}
