package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// mayLink: links go to a bubble that the reporter owns and that is not closed (R38, R41).
func (d *decision) mayLink(agent string) error {
	switch {
	case d.s.Owner == "" || d.s.Owner != agent:
		return cc.Errorf(cc.CodeNotYours, "the bubble is not yours")
	case d.s.Desk == cc.BubbleDesk_DESK_CLOSED && d.s.Link != cc.LinkLevel_LINK_BOOKED:
		return cc.Errorf(cc.CodeBubbleClosed, "the bubble is closed")
	}
	return nil
}

// conflicts: a location, once linked, is hard (R44). An action that does not say its location cannot be judged.
func (d *decision) conflicts(location string) bool {
	s := d.s
	return s.Link >= cc.LinkLevel_LINK_LOCATION && s.Location != "" && location != "" && location != s.Location
}

// reportNote: a note links, and excuses unless it stands on a job (R45). On another location it does neither (R44).
func (d *decision) reportNote(m *cc.ReportNote) error {
	if !fits(m.Customer, m.Location, m.Job) || m.Customer == "" && m.Location == "" && m.Job == "" {
		return cc.Errorf(cc.CodeBadCommand, "a note stands on a customer, a location or a job")
	}
	if err := d.mayLink(m.Agent); err != nil {
		return err
	}
	if d.s.Link == cc.LinkLevel_LINK_BOOKED {
		return cc.Errorf(cc.CodeLinkFinal, "the call is linked to a booked job").With("job", d.s.Job)
	}
	if d.conflicts(m.Location) {
		d.emit(&cc.LinkConflict{Existing: d.s.Location, Wanted: m.Location, By: m.Agent})
		return nil
	}
	level := cc.LinkLevel_LINK_CUSTOMER
	switch {
	case m.Job != "":
		level = cc.LinkLevel_LINK_JOB
	case m.Location != "":
		level = cc.LinkLevel_LINK_LOCATION
	}
	d.link(level, m.Customer, m.Location, m.Job, m.Agent)
	if m.Job == "" && !d.s.NoteExcused {
		d.emit(&cc.NoteExcused{By: m.Agent})
	}
	d.classify()
	return nil
}

// reportBooked links for good and takes the bubble off the desk at once (R42, R47). Further bookings are listed.
func (d *decision) reportBooked(m *cc.ReportBooked) error {
	s := d.s
	if !fits(m.Customer, m.Location, m.Job) || m.Job == "" {
		return cc.Errorf(cc.CodeBadCommand, "a booking has a job")
	}
	if err := d.mayLink(m.Agent); err != nil {
		return err
	}
	if s.Link == cc.LinkLevel_LINK_BOOKED && s.Job == m.Job || slices.Contains(s.AlsoBooked, m.Job) {
		return nil // repeated
	}
	if d.conflicts(m.Location) {
		d.emit(&cc.LinkConflict{Existing: s.Location, Wanted: m.Location, By: m.Agent})
		return nil
	}
	if s.Link == cc.LinkLevel_LINK_BOOKED {
		if len(s.AlsoBooked) >= maxAlsoBooked {
			return cc.Errorf(cc.CodeOverloaded, "a call lists at most %d further bookings", maxAlsoBooked)
		}
		d.emit(&cc.AlsoBooked{Job: m.Job, By: m.Agent})
		return nil
	}
	d.link(cc.LinkLevel_LINK_BOOKED, m.Customer, m.Location, m.Job, m.Agent)
	if s.Desk == cc.BubbleDesk_DESK_SHOWN {
		d.offDesk(&cc.BubbleCleared{Because: "booked"})
	}
	if s.Phase == cc.CallPhase_ENDED {
		d.offDesk(&cc.BubbleClosed{By: m.Agent})
	}
	d.classify()
	return nil
}

// link raises the link or replaces it on its own level; a lower level never replaces a higher one (R44). What is not
// said is kept within a hard link, and forgotten with a soft one (R43).
func (d *decision) link(level cc.LinkLevel, customer, location, job, by string) {
	s := d.s
	if level < s.Link {
		return
	}
	if s.Link >= cc.LinkLevel_LINK_LOCATION {
		customer, location, job = orKeep(customer, s.Customer), orKeep(location, s.Location), orKeep(job, s.Job)
	}
	if level == s.Link && customer == s.Customer && location == s.Location && job == s.Job {
		return
	}
	d.emit(&cc.LinkChanged{Level: level, Customer: customer, Location: location, Job: job, By: by})
}

func orKeep(v, former string) string {
	if v == "" {
		return former
	}
	return v
}
