package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// customerSuggested: the lookup's answer, whenever it comes (R10). Several matches are candidates; once something
// explicit has linked the call they are no news.
func (d *decision) customerSuggested(m *cc.CustomerSuggested) {
	s := d.s
	if s.Desk == cc.BubbleDesk_DESK_CLOSED || d.linkedByPerson() {
		return
	}
	var found []*cc.CustomerRef
	for _, c := range m.Customers {
		if c.GetId() != "" && fits(c.Id) && len(found) < maxCandidates {
			found = append(found, &cc.CustomerRef{Id: c.Id, Name: clean(c.Name), Location: clean(c.Location)})
		}
	}
	if slices.EqualFunc(found, s.Candidates, sameCustomer) {
		return
	}
	d.emit(&cc.CustomersSuggested{Customers: found})
	d.linkSuggestion()
}

func sameCustomer(a, b *cc.CustomerRef) bool {
	return a.Id == b.Id && a.Name == b.Name && a.Location == b.Location
}

// linkedByPerson: something explicit linked the call.
func (d *decision) linkedByPerson() bool {
	return d.s.Link != cc.LinkLevel_LINK_NONE && !d.s.LinkSuggested
}

// linkSuggestion: a claim, or the answer, links the one customer that the number belongs to (R10).
func (d *decision) linkSuggestion() {
	s := d.s
	if s.Owner == "" || len(s.Candidates) != 1 || d.linkedByPerson() {
		return
	}
	d.link(&cc.LinkChanged{
		Level: cc.LinkLevel_LINK_CUSTOMER, Customer: s.Candidates[0].Id, By: bySystem, Suggested: true,
	})
}

// chooseCustomer: a person says who is calling, or has just made them in the CRM; it replaces the suggestion (R10).
func (d *decision) chooseCustomer(m *cc.ChooseCustomer) error {
	c := m.Customer
	if c.GetId() == "" || !fits(c.Id, c.Name, c.Location) {
		return cc.Errorf(cc.CodeBadCommand, "a customer has an id")
	}
	if err := d.mayLink(reporter{m.Agent, m.Epoch, m.Focus}); err != nil {
		return err
	}
	if d.s.Link == cc.LinkLevel_LINK_BOOKED {
		return d.finalError()
	}
	if d.s.Customer == c.Id && d.linkedByPerson() && d.s.CustomerName == c.Name && len(d.s.Candidates) == 0 {
		return nil // repeated
	}
	d.emit(&cc.CustomerChosen{Customer: c, By: m.Agent, Created: m.Created})
	d.link(&cc.LinkChanged{Level: cc.LinkLevel_LINK_CUSTOMER, Customer: c.Id, By: m.Agent})
	d.classify()
	return nil
}

// setTenant: once, by the owner, for a call that came without one (R8).
func (d *decision) setTenant(m *cc.SetTenant) error {
	s, t := d.s, d.env.Dir.Tenant(m.Tenant)
	switch {
	case s.Owner == "" || s.Owner != m.Agent:
		return cc.Errorf(cc.CodeNotYours, "the bubble is not yours")
	case s.Tenant != "":
		return cc.Errorf(cc.CodeTenantSet, "the call has a tenant already").With("tenant", s.Tenant)
	case s.Desk == cc.BubbleDesk_DESK_CLOSED:
		return cc.Errorf(cc.CodeBubbleClosed, "the bubble is closed")
	case t == nil || !d.env.Dir.Agent(m.Agent).Granted(m.Tenant):
		return cc.Errorf(cc.CodeNoGrant, "you have no grant for this tenant")
	}
	d.emit(&cc.TenantSet{
		Tenant: m.Tenant, By: m.Agent, LeadThresholdMs: orDefault(t.LeadThresholdMs, leadThresholdMs), Desk: t.Desk,
	})
	d.classify()
	d.setDeskTimer()
	return nil
}
