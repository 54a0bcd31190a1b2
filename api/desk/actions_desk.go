package desk

import (
	"context"
	"strings"
	"time"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
)

// onBubble carries out commands on bubbles beside owning them.
func (x Actions) onBubble(ctx context.Context, p *auth.Principal, agent string, c wire.Command) error {
	boss := p.Can(auth.CallsControl)
	on := func(call string, cmd any) error { return x.onCall(ctx, p, agent, call, cmd) }
	switch c := c.(type) {
	case *wire.WriteDraft:
		return on(c.Call, &cc.WriteDraft{Agent: agent, Version: c.Version, Text: []byte(c.Text)})
	case *wire.Action:
		return x.action(ctx, p, agent, c)
	case *wire.CheckLink:
		return on(c.Call, &cc.CheckLink{Agent: agent, Location: c.Location})
	case *wire.BookUnlinked:
		return on(c.Call, &cc.BookWithoutLink{
			Agent: agent, Customer: c.Customer, Location: c.Location, Job: c.Job, Supervisor: boss,
		})
	case *wire.Suggestion:
		return on(c.Call, &cc.AnswerSuggestion{Agent: agent, Suggestion: c.Suggestion, Accept: c.Accept})
	case *wire.SetTenant:
		return on(c.Call, &cc.SetTenant{Agent: agent, Tenant: c.Tenant})
	case *wire.Customer:
		return on(c.Call, &cc.ChooseCustomer{
			Agent: agent, Epoch: c.Epoch, Focus: x.focusOf(agent), Customer: &cc.CustomerRef{Id: c.Customer, Name: c.Name},
			Created: c.Type == wire.CmdCreateCustomer,
		})
	case *wire.Tags:
		return on(c.Call, &cc.ChangeTags{Agent: agent, Add: c.Add, Remove: c.Remove, Supervisor: boss})
	case *wire.Notes:
		return on(c.Call, &cc.WriteNotes{Agent: agent, Text: c.Text, Supervisor: boss})
	case *wire.NeedsCallback:
		return on(c.Call, &cc.MarkCallback{Agent: agent, On: c.On, Supervisor: boss})
	case *wire.FollowUp:
		return on(c.Call, &cc.SetFollowUp{
			Agent: agent, On: c.On, Note: c.Note, Today: x.todayOf(p, agent, c.Call), Supervisor: boss,
		})
	case *wire.FollowUpDone:
		return on(c.Call, &cc.FollowUpReached{Agent: agent, Supervisor: boss})
	case *wire.Correct:
		return x.correct(ctx, p, agent, c)
	}
	return wire.Errorf(wire.CodeUnknownType, "there is no such command here")
}

// action: what was done in the CRM, on the bubble that is named or else on the agent's focus as it is now (R38). With
// nothing focused it links nothing, and a booking is suggested to the agent where one call fits (R41, R46).
func (x Actions) action(ctx context.Context, p *auth.Principal, agent string, c *wire.Action) error {
	focus, call := x.focusOf(agent), c.Call
	if call == "" {
		call = focus
	}
	if call != "" {
		return x.onCall(ctx, p, agent, call, &cc.ReportAction{
			Agent: agent, Epoch: c.Epoch, Focus: focus, Action: c.Action, Customer: c.Customer, Location: c.Location, Job: c.Job,
		})
	}
	if c.Action != "book" || c.Job == "" {
		return nil
	}
	_, err := x.Engine.SuggestBooking(ctx, &cc.SuggestBooking{
		Agent: agent, Caller: c.Caller, Customer: c.Customer, Location: c.Location, Job: c.Job,
	})
	return err
}

// correct needs its own permission in the call's tenant (R52).
func (x Actions) correct(ctx context.Context, p *auth.Principal, agent string, c *wire.Correct) error {
	if !p.Can(auth.CallsCorrect) {
		return wire.Errorf(wire.CodeForbidden, "a %s corrects no calls", p.Role)
	}
	field, ok := cc.CorrectedField_value["CORRECTED_"+strings.ToUpper(c.Field)]
	if !ok || field == 0 {
		return wire.Errorf(wire.CodeBadRequest, "field is class, owner, reason, notes or link").With("field", "field")
	}
	m := &cc.Correct{By: p.Agent, Field: cc.CorrectedField(field), Value: c.Value, Why: c.Why}
	if m.Field == cc.CorrectedField_CORRECTED_LINK && c.Level != "" {
		level, ok := wire.ParseLinkLevel(c.Level)
		if !ok {
			return wire.Errorf(wire.CodeBadRequest, "level is none, customer, location, job or booked").With("field", "level")
		}
		m.Link = &cc.LinkRef{Level: int32(level), Customer: c.Customer, Location: c.Location, Job: c.Job}
	}
	return x.onCall(ctx, p, agent, c.Call, m)
}

// Create makes a manual bubble of the agent and gives its id (R39).
func (x Actions) Create(ctx context.Context, p *auth.Principal, agent string, c *wire.CreateBubble) (string, error) {
	if agent == p.Agent && !p.Can(auth.Desk) {
		return "", wire.Errorf(wire.CodeForbidden, "a %s owns no bubbles", p.Role)
	}
	if agent != p.Agent {
		if err := x.mayActFor(p, agent); err != nil {
			return "", err
		}
	}
	if c.Tenant != "" && !p.Granted(c.Tenant) {
		return "", wire.Errorf(cc.CodeNoGrant, "you have no grant for this tenant")
	}
	return x.Engine.CreateBubble(ctx, &cc.CreateBubble{
		Agent: agent, Tenant: c.Tenant, Customer: c.Customer, CustomerName: c.CustomerName,
	})
}

// Draft reads what is typed on a bubble that the person may see (R39).
func (x Actions) Draft(p *auth.Principal, agent, call string) (*wire.Draft, error) {
	if _, err := x.visible(p, agent, call); err != nil {
		return nil, err
	}
	v := x.Engine.Journal().View()
	defer v.Close()
	d := &cc.Draft{}
	if value, ok := v.Get([]byte(DraftPrefix + call)); ok {
		if err := d.UnmarshalVT(value); err != nil {
			return nil, err
		}
	}
	return &wire.Draft{Version: d.Version, Text: string(d.Text), By: d.By, At: wire.At(d.AtMs)}, nil
}

// focusOf is the call that the agent's focus is on, as of now.
func (x Actions) focusOf(agent string) string {
	v := x.Engine.Journal().View()
	defer v.Close()
	return Focus(v, agent)
}

// Focus reads an agent's focus from a view.
func Focus(v *persistence.View, agent string) string {
	s := &cc.AgentSummary{}
	if value, ok := v.Get([]byte(AgentPrefix + agent)); !ok || s.UnmarshalVT(value) != nil {
		return ""
	}
	return s.Focus
}

// todayOf is the day where the call's tenant is; "" for a call that is not to be seen, which is refused anyway.
func (x Actions) todayOf(p *auth.Principal, agent, call string) string {
	s, err := x.visible(p, agent, call)
	if err != nil {
		return ""
	}
	return Today(x.Engine, s.Tenant)
}

// Today is the day in a tenant's zone by the cluster's time, as YYYY-MM-DD.
func Today(e Engine, tenant string) string {
	zone, err := time.LoadLocation(e.Directory().Tenant(tenant).GetTimezone())
	if err != nil {
		zone = time.UTC
	}
	return time.UnixMilli(e.Journal().NowMs()).In(zone).Format(time.DateOnly)
}
