package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// reporter is who reports an act on a bubble, and what they saw: the owner epoch, 0 when they named no bubble but
// themselves, and where their focus was when the report came (R38).
type reporter struct {
	agent string
	epoch uint64
	focus string
}

// mayLink: links go to a bubble that the reporter owns and that is not closed (R38, R41); named with its epoch it must
// also be the focused one, while it can be.
func (d *decision) mayLink(by reporter) error {
	s := d.s
	switch {
	case by.epoch != 0 && by.epoch != s.OwnerEpoch:
		return d.ownerError(cc.CodeOwnerChanged, "the bubble is now owned by %s", s.Owner)
	case s.Owner == "" || s.Owner != by.agent:
		return cc.Errorf(cc.CodeNotYours, "the bubble is not yours")
	case by.epoch != 0 && by.focus != s.Id && s.Desk == cc.BubbleDesk_DESK_SHOWN:
		return cc.Errorf(cc.CodeStaleFocus, "another bubble is focused").With("focus", by.focus)
	case s.Desk == cc.BubbleDesk_DESK_CLOSED && s.Link != cc.LinkLevel_LINK_BOOKED:
		return cc.Errorf(cc.CodeBubbleClosed, "the bubble is closed")
	}
	return nil
}

// conflicts: a location, once linked, is hard (R44). An action that does not say its location cannot be judged.
func (d *decision) conflicts(location string) bool {
	s := d.s
	return s.Link >= cc.LinkLevel_LINK_LOCATION && s.Location != "" && location != "" && location != s.Location
}

// conflict leaves the link as it is and tells who acted: the link is refused, not what they did in the CRM (R44).
func (d *decision) conflict(wanted, by string) {
	d.emit(&cc.LinkConflict{Existing: d.s.Location, Wanted: wanted, By: by})
	d.out.Refusal = d.conflictError(wanted)
}

func (d *decision) conflictError(wanted string) *cc.Error {
	return cc.Errorf(cc.CodeLinkConflict, "the call is attached to another location").
		With("existing", d.s.Location).With("wanted", wanted)
}

// checkLink is asked before a booking (R44).
func (d *decision) checkLink(m *cc.CheckLink) error {
	if !fits(m.Location) {
		return cc.Errorf(cc.CodeBadCommand, "the location is too long")
	}
	if d.conflicts(m.Location) {
		return d.conflictError(m.Location)
	}
	return d.mayLink(reporter{agent: m.Agent})
}

// reportNote: a note links, and excuses unless it stands on a job (R45). On another location it does neither (R44).
func (d *decision) reportNote(m *cc.ReportNote) error {
	if !fits(m.Customer, m.Location, m.Job) || m.Customer == "" && m.Location == "" && m.Job == "" {
		return cc.Errorf(cc.CodeBadCommand, "a note stands on a customer, a location or a job")
	}
	if err := d.mayLink(reporter{m.Agent, m.Epoch, m.Focus}); err != nil {
		return err
	}
	if d.s.Link == cc.LinkLevel_LINK_BOOKED {
		return d.finalError()
	}
	if d.conflicts(m.Location) {
		d.conflict(m.Location, m.Agent)
		return nil
	}
	level := cc.LinkLevel_LINK_CUSTOMER
	switch {
	case m.Job != "":
		level = cc.LinkLevel_LINK_JOB
	case m.Location != "":
		level = cc.LinkLevel_LINK_LOCATION
	}
	d.link(&cc.LinkChanged{
		Level: level, Customer: m.Customer, Location: m.Location, Job: m.Job, By: m.Agent, Action: actionNote,
	})
	if m.Job == "" && !d.s.NoteExcused {
		d.emit(&cc.NoteExcused{By: m.Agent})
	}
	d.classify()
	return nil
}

func (d *decision) finalError() error {
	return cc.Errorf(cc.CodeLinkFinal, "the call is linked to a booked job").With("job", d.s.Job)
}

// reportBooked links for good and takes the bubble off the desk at once (R42, R47). Further bookings are listed.
func (d *decision) reportBooked(m *cc.ReportBooked) error {
	if !fits(m.Customer, m.Location, m.Job) || m.Job == "" {
		return cc.Errorf(cc.CodeBadCommand, "a booking has a job")
	}
	if err := d.mayLink(reporter{m.Agent, m.Epoch, m.Focus}); err != nil {
		return err
	}
	return d.book(m.Customer, m.Location, m.Job, m.Agent)
}

func (d *decision) book(customer, location, job, by string) error {
	s := d.s
	if s.Link == cc.LinkLevel_LINK_BOOKED && s.Job == job || slices.Contains(s.AlsoBooked, job) {
		return nil // repeated
	}
	if d.conflicts(location) {
		d.conflict(location, by)
		return nil
	}
	if s.Link == cc.LinkLevel_LINK_BOOKED {
		if len(s.AlsoBooked) >= maxAlsoBooked {
			return cc.Errorf(cc.CodeOverloaded, "a call lists at most %d further bookings", maxAlsoBooked)
		}
		d.emit(&cc.AlsoBooked{Job: job, By: by})
		return nil
	}
	d.link(&cc.LinkChanged{
		Level: cc.LinkLevel_LINK_BOOKED, Customer: customer, Location: location, Job: job, By: by, Action: actionBook,
	})
	if s.Desk == cc.BubbleDesk_DESK_SHOWN {
		d.offDesk(&cc.BubbleCleared{Because: "booked"})
	}
	if s.Phase == cc.CallPhase_ENDED && s.Desk != cc.BubbleDesk_DESK_CLOSED {
		d.offDesk(&cc.BubbleClosed{By: by})
	}
	d.classify()
	return nil
}

// bookWithoutLink: the job was booked although the call belongs to another location; who did so is on record (R44).
func (d *decision) bookWithoutLink(m *cc.BookWithoutLink) error {
	s := d.s
	switch {
	case !fits(m.Customer, m.Location, m.Job) || m.Job == "":
		return cc.Errorf(cc.CodeBadCommand, "a booking has a job")
	case slices.Contains(s.UnlinkedJobs, m.Job):
		return nil // repeated
	case len(s.UnlinkedJobs) >= maxAlsoBooked:
		return cc.Errorf(cc.CodeOverloaded, "a call lists at most %d bookings without a link", maxAlsoBooked)
	}
	if err := d.ownerOr(m.Agent, m.Supervisor); err != nil {
		return err
	}
	d.emit(&cc.BookedUnlinked{Customer: m.Customer, Location: m.Location, Job: m.Job, By: m.Agent})
	return nil
}

// link raises the link or replaces it on its own level; a lower level never replaces a higher one (R44). What is not
// said is kept within a hard link, and forgotten with a soft one (R43).
func (d *decision) link(to *cc.LinkChanged) {
	s := d.s
	if to.Level < s.Link {
		return
	}
	if s.Link >= cc.LinkLevel_LINK_LOCATION {
		to.Customer, to.Location = orKeep(to.Customer, s.Customer), orKeep(to.Location, s.Location)
		to.Job = orKeep(to.Job, s.Job)
	}
	if to.Level == s.Link && to.Customer == s.Customer && to.Location == s.Location && to.Job == s.Job &&
		to.Suggested == s.LinkSuggested {
		return
	}
	d.emit(to)
}

func orKeep(v, former string) string {
	if v == "" {
		return former
	}
	return v
}
