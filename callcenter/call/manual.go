package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// create makes a manual bubble: no legs, no class, no campaign; owned by its maker from the first moment (R39).
func (d *decision) create(m *cc.CreateBubble) error {
	dir := d.env.Dir
	t := dir.Tenant(m.Tenant)
	switch {
	case m.Call == "" || !fits(m.Customer, m.CustomerName):
		return cc.Errorf(cc.CodeBadCommand, "a bubble needs an id, and texts of at most %d bytes", maxText)
	case dir.Agent(m.Agent) == nil || m.Tenant != "" && (t == nil || !dir.Agent(m.Agent).Granted(m.Tenant)):
		return cc.Errorf(cc.CodeNoGrant, "you have no grant for this tenant")
	}
	d.emit(&cc.BubbleCreated{
		Call: m.Call, Company: dir.Center.GetCompany(), Tenant: m.Tenant, Agent: m.Agent,
		Kind: cc.BubbleKind_BUBBLE_MANUAL, Desk: t.GetDesk(), Epoch: 1,
	})
	if m.Customer != "" {
		who := &cc.CustomerRef{Id: m.Customer, Name: m.CustomerName}
		d.emit(&cc.CustomerChosen{Customer: who, By: m.Agent})
		d.link(&cc.LinkChanged{Level: cc.LinkLevel_LINK_CUSTOMER, Customer: m.Customer, By: m.Agent})
	}
	d.tellBubble(1)
	d.setDeskTimer()
	return nil
}

// manual: the bubble has no call.
func manual(s *cc.CallState) bool { return s.Kind == cc.BubbleKind_BUBBLE_MANUAL }
