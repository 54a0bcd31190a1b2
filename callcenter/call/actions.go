package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Actions that mean more than a link.
const (
	actionNote = "note"
	actionBook = "book"
)

// shippedActions is the table of R41 as it comes: does an action of the CRM link the call?
var shippedActions = map[string]bool{
	actionNote: true, actionBook: true, "dispatch": true, "cancel": true, "arrive": true, "complete": true,
	"reschedule": true, "hold": true, "recall": true, "warranty": true, "lead": true, "update_invoice": true,
	"save":   true,
	"attach": false, "email": false, "edit": false, "add_task": false,
}

// ActionLinks says whether an action links by the tenant's table, else by the shipped one; known is false when neither
// has it.
func ActionLinks(t *cc.Tenant, action string) (links, known bool) {
	for _, a := range t.GetLinkActions() {
		if a.Action == action {
			return a.Links, true
		}
	}
	links, known = shippedActions[action]
	return links, known
}

// reportAction: the CRM says what was done, the tenant's table whether that links (R41). Notes and bookings are what
// they always are.
func (d *decision) reportAction(m *cc.ReportAction) error {
	links, known := ActionLinks(d.env.Dir.Tenant(d.s.Tenant), m.Action)
	switch {
	case !known:
		return cc.Errorf(cc.CodeActionUnknown, "the action %q is in no table", clean(m.Action))
	case !links:
		return nil
	case m.Action == actionNote:
		return d.reportNote(&cc.ReportNote{
			Agent: m.Agent, Epoch: m.Epoch, Focus: m.Focus, Customer: m.Customer, Location: m.Location, Job: m.Job,
		})
	case m.Action == actionBook:
		return d.reportBooked(&cc.ReportBooked{
			Agent: m.Agent, Epoch: m.Epoch, Focus: m.Focus, Customer: m.Customer, Location: m.Location, Job: m.Job,
		})
	}
	if !fits(m.Action, m.Customer, m.Location, m.Job) || m.Customer == "" && m.Location == "" && m.Job == "" {
		return cc.Errorf(cc.CodeBadCommand, "an action is on a customer, a location or a job")
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
	d.link(&cc.LinkChanged{
		Level: levelOf(m), Customer: m.Customer, Location: m.Location, Job: m.Job, By: m.Agent, Action: m.Action,
	})
	d.classify()
	return nil
}

func levelOf(m *cc.ReportAction) cc.LinkLevel {
	switch {
	case m.Job != "":
		return cc.LinkLevel_LINK_JOB
	case m.Location != "":
		return cc.LinkLevel_LINK_LOCATION
	}
	return cc.LinkLevel_LINK_CUSTOMER
}
