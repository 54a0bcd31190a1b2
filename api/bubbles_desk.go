package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// draftSuffix ends the path whose bodies may be longer than others': 64 KiB of text, as JSON at its longest.
const (
	draftSuffix = "/draft"
	maxDraft    = 6*(64<<10) + 1024
)

// onCall is a command on a call: its path and what the body adds to For.
type onCall[B any] struct {
	ID   string `path:"id" maxLength:"128"`
	Body B
}

type (
	draftBody struct {
		For
		Version uint64 `json:"version" doc:"Written on this version, 0 for the first"`
		Text    string `json:"text" maxLength:"65536"`
	}
	actionBody struct {
		For
		Epoch    uint64 `json:"epoch,omitempty" doc:"Owner epoch that was seen: the bubble must still be owned and focused (R38)"`
		Action   string `json:"action" maxLength:"128" doc:"The tenant's table says whether it links (R41)"`
		Customer string `json:"customer,omitempty" maxLength:"256"`
		Location string `json:"location,omitempty" maxLength:"256"`
		Job      string `json:"job,omitempty" maxLength:"256"`
		Caller   string `json:"caller,omitempty" maxLength:"128" doc:"The customer's number; a booking without a bubble is found by it (R46)"`
	}
	unlinkedBody struct {
		For
		Customer string `json:"customer,omitempty" maxLength:"256"`
		Location string `json:"location,omitempty" maxLength:"256"`
		Job      string `json:"job" maxLength:"256"`
	}
	suggestionBody struct {
		For
		Suggestion string `json:"suggestion" maxLength:"128"`
		Accept     bool   `json:"accept"`
	}
	tenantBody struct {
		For
		Tenant string `json:"tenant" maxLength:"128"`
	}
	customerBody struct {
		For
		Customer string `json:"customer" maxLength:"256"`
		Name     string `json:"name,omitempty" maxLength:"256"`
		Created  bool   `json:"created,omitempty" doc:"Made in the CRM from this bubble"`
	}
	foundBody struct {
		Customers []wire.CustomerRef `json:"customers" maxItems:"8"`
	}
	tagsBody struct {
		For
		Add    []string `json:"add,omitempty" maxItems:"16"`
		Remove []string `json:"remove,omitempty" maxItems:"16"`
	}
	notesBody struct {
		For
		Text string `json:"text" maxLength:"2000"`
	}
	callbackBody struct {
		For
		On bool `json:"on"`
	}
	followUpBody struct {
		For
		On   string `json:"on" maxLength:"10" doc:"YYYY-MM-DD in the tenant's zone; empty takes it back"`
		Note string `json:"note,omitempty" maxLength:"2000"`
	}
	correctBody struct {
		Field    string `json:"field" enum:"class,owner,reason,notes,link"`
		Value    string `json:"value,omitempty" maxLength:"2000" doc:"Empty takes the correction back; class excused_manager excuses the call"`
		Level    string `json:"level,omitempty" enum:"none,customer,location,job,booked" doc:"With field link; absent takes it back"`
		Customer string `json:"customer,omitempty" maxLength:"256"`
		Location string `json:"location,omitempty" maxLength:"256"`
		Job      string `json:"job,omitempty" maxLength:"256"`
		Why      string `json:"why,omitempty" maxLength:"256"`
	}
	bubbleIn struct {
		Body struct {
			For
			Tenant       string `json:"tenant,omitempty" maxLength:"128"`
			Customer     string `json:"customer,omitempty" maxLength:"256"`
			CustomerName string `json:"customer_name,omitempty" maxLength:"256"`
		}
	}
	bubbleOut struct {
		Body struct {
			Call string `json:"call" doc:"Id of the bubble"`
		}
	}
	draftOut struct{ Body *wire.Draft }
	checkIn  struct {
		ID       string `path:"id" maxLength:"128"`
		Agent    string `query:"agent" maxLength:"128"`
		Location string `query:"location" required:"true" maxLength:"256"`
	}
	agentActionIn struct {
		ID   string `path:"id" maxLength:"128"`
		Body actionBody
	}
)

func (s *Server) bubbleDeskOps(api huma.API) {
	get, post := http.MethodGet, http.MethodPost
	register(api, anybody, post, "/v1/bubbles", "create-bubble", "A bubble without a call (R39)", s.createBubble)
	register(api, anybody, get, "/v1/calls/{id}/draft", "get-draft", "What is typed on a bubble (R39)", s.draft)
	register(api, anybody, get, "/v1/calls/{id}/check-link", "check-link",
		"Would a booking at this location be linked? (R44)", s.checkLink)
	register(api, anybody, post, "/v1/agents/{id}/action", "report-agent-action",
		"Something was done in the CRM by an agent: their focused bubble is meant (R38, R41, R46)", s.agentAction)
	register(api, auth.ActFor, post, "/v1/calls/{id}/customers", "suggest-customers",
		"Who the caller's number belongs to (R10)", s.customersFound)
	command(s, api, "draft", "write-draft", "Keep what was typed (R39)", func(b *draftBody) (string, wire.Command) {
		return b.Agent, &wire.WriteDraft{Version: b.Version, Text: b.Text}
	})
	command(s, api, "action", "report-action", "Something was done in the CRM (R41)", func(b *actionBody) (string, wire.Command) {
		return b.Agent, &wire.Action{
			Epoch: b.Epoch, Action: b.Action, Customer: b.Customer, Location: b.Location, Job: b.Job,
		}
	})
	command(s, api, "book-unlinked", "book-unlinked", "Booked, and not linked on purpose (R44)",
		func(b *unlinkedBody) (string, wire.Command) {
			return b.Agent, &wire.BookUnlinked{Customer: b.Customer, Location: b.Location, Job: b.Job}
		})
	command(s, api, "suggestion", "answer-suggestion", "Take or drop a suggested booking (R46)",
		func(b *suggestionBody) (string, wire.Command) {
			return b.Agent, &wire.Suggestion{Suggestion: b.Suggestion, Accept: b.Accept}
		})
	command(s, api, "tenant", "set-tenant", "Set the tenant of a call that has none, once (R8)",
		func(b *tenantBody) (string, wire.Command) { return b.Agent, &wire.SetTenant{Tenant: b.Tenant} })
	command(s, api, "customer", "choose-customer", "Who is calling (R10)", func(b *customerBody) (string, wire.Command) {
		typ := wire.CmdChooseCustomer
		if b.Created {
			typ = wire.CmdCreateCustomer
		}
		return b.Agent, &wire.Customer{CommandHead: wire.CommandHead{Type: typ}, Customer: b.Customer, Name: b.Name}
	})
	s.markOps(api)
}

func (s *Server) markOps(api huma.API) {
	command(s, api, "tags", "change-tags", "Add and remove tags (R55)", func(b *tagsBody) (string, wire.Command) {
		return b.Agent, &wire.Tags{Add: b.Add, Remove: b.Remove}
	})
	command(s, api, "notes", "write-notes", "Replace the notes", func(b *notesBody) (string, wire.Command) {
		return b.Agent, &wire.Notes{Text: b.Text}
	})
	command(s, api, "needs-callback", "needs-callback", "Wants to be called back (R54)",
		func(b *callbackBody) (string, wire.Command) { return b.Agent, &wire.NeedsCallback{On: b.On} })
	command(s, api, "follow-up", "set-follow-up", "Set, change or take back the follow-up (R90)",
		func(b *followUpBody) (string, wire.Command) { return b.Agent, &wire.FollowUp{On: b.On, Note: b.Note} })
	command(s, api, "follow-up-done", "follow-up-done", "The follow-up was done by hand (R90)",
		func(b *For) (string, wire.Command) { return b.Agent, &wire.FollowUpDone{} })
	register(api, auth.CallsCorrect, http.MethodPost, "/v1/calls/{id}/correct", "correct-call",
		"Correct a call that is over; what was seen stays (R52)", s.correct)
	register(api, auth.CallsRead, http.MethodGet, "/v1/calls/{id}/corrections", "list-corrections",
		"Every correction of a call, with who, when, before and after (R52)", s.corrections)
	register(api, auth.CallsRead, http.MethodGet, "/v1/calls/{id}/drafts", "list-kept-drafts",
		"Drafts as they stood when the bubble changed hands (R39)", s.keptDrafts)
	register(api, auth.CallsRead, http.MethodGet, "/v1/follow-ups", "list-follow-ups",
		"Open follow-ups, by day (R90)", s.followUps)
}

// command adds POST /v1/calls/{id}/<verb> for a command of the desk.
func command[B any](s *Server, api huma.API, verb, id, summary string, make func(b *B) (string, wire.Command)) {
	register(api, anybody, http.MethodPost, "/v1/calls/{id}/"+verb, id, summary,
		func(ctx context.Context, in *onCall[B]) (*doneOut, error) {
			agent, c := make(&in.Body)
			setCall(c, in.ID)
			return s.act(ctx, in.ID, agent, c)
		})
}

// setCall names the call of the path in the command.
func setCall(c wire.Command, call string) {
	switch c := c.(type) {
	case *wire.WriteDraft:
		c.Call = call
	case *wire.Action:
		c.Call = call
	case *wire.BookUnlinked:
		c.Call = call
	case *wire.Suggestion:
		c.Call = call
	case *wire.SetTenant:
		c.Call = call
	case *wire.Customer:
		c.Call = call
	case *wire.Tags:
		c.Call = call
	case *wire.Notes:
		c.Call = call
	case *wire.NeedsCallback:
		c.Call = call
	case *wire.FollowUp:
		c.Call = call
	case *wire.FollowUpDone:
		c.Call = call
	}
}

func (s *Server) createBubble(ctx context.Context, in *bubbleIn) (*bubbleOut, error) {
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	p, b, out := who(ctx), &in.Body, &bubbleOut{}
	agent := b.Agent
	if agent == "" {
		agent = p.Agent
	}
	var err error
	out.Body.Call, err = s.acts.Create(ctx, p, agent, &wire.CreateBubble{
		Tenant: b.Tenant, Customer: b.Customer, CustomerName: b.CustomerName,
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Server) draft(ctx context.Context, in *callIn) (*draftOut, error) {
	p := who(ctx)
	d, err := s.acts.Draft(p, p.Agent, in.ID)
	if err != nil {
		return nil, err
	}
	return &draftOut{d}, nil
}

func (s *Server) checkLink(ctx context.Context, in *checkIn) (*doneOut, error) {
	return s.act(ctx, in.ID, in.Agent, &wire.CheckLink{Call: in.ID, Location: in.Location})
}

// agentAction is of an agent, who may be somebody else than the person who tells (R38).
func (s *Server) agentAction(ctx context.Context, in *agentActionIn) (*doneOut, error) {
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	b := &in.Body
	return nil, s.acts.Do(ctx, who(ctx), in.ID, "", &wire.Action{
		Action: b.Action, Customer: b.Customer, Location: b.Location, Job: b.Job, Caller: b.Caller,
	})
}

func (s *Server) customersFound(ctx context.Context, in *onCall[foundBody]) (*doneOut, error) {
	if _, err := s.readable(who(ctx), in.ID); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	m := &cc.CustomerSuggested{}
	for _, c := range in.Body.Customers {
		m.Customers = append(m.Customers, &cc.CustomerRef{Id: c.ID, Name: c.Name, Location: c.Location})
	}
	return nil, s.c.Engine.AskCall(ctx, in.ID, m)
}

func (s *Server) correct(ctx context.Context, in *onCall[correctBody]) (*doneOut, error) {
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	p, b := who(ctx), &in.Body
	return nil, s.acts.Do(ctx, p, p.Agent, "", &wire.Correct{
		Call: in.ID, Field: b.Field, Value: b.Value, Level: b.Level, Customer: b.Customer, Location: b.Location, Job: b.Job,
		Why: b.Why,
	})
}

type followUpsIn struct {
	Tenant string `query:"tenant" maxLength:"128" doc:"One tenant; left out: all that are granted"`
	Until  string `query:"until" maxLength:"10" doc:"Up to this day, YYYY-MM-DD; left out: up to today where the tenant is"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

// followUps reads the rows by day; each tenant's day ends when it does there.
func (s *Server) followUps(ctx context.Context, in *followUpsIn) (*callsOut, error) {
	p, me, dir := who(ctx), viewer(who(ctx)), s.c.Engine.Directory()
	out := &callsOut{CallPage{Calls: []*wire.Call{}}}
	v := s.c.Engine.Journal().View()
	defer v.Close()
	for _, tenant := range p.Tenants {
		if in.Tenant != "" && in.Tenant != tenant {
			continue
		}
		until := in.Until
		if until == "" {
			until = desk.Today(s.c.Engine, tenant)
		}
		prefix := desk.FollowUpPrefix + tenant + "/"
		for key := range v.Scan([]byte(prefix)) {
			day, id, ok := strings.Cut(strings.TrimPrefix(string(key), prefix), "/")
			if !ok || day > until || len(out.Body.Calls) >= in.Limit {
				break
			}
			if c := desk.Summary(v, id); c != nil && desk.MayRead(me, c) {
				out.Body.Calls = append(out.Body.Calls, wire.NewCall(c, dir))
			}
		}
	}
	return out, nil
}
