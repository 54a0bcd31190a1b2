package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// For names the agent a command is on behalf of; only with the permission act.for.
type For struct {
	Agent string `json:"agent,omitempty" maxLength:"128" doc:"On whose behalf; the bubble's owner when left out by an integrator"`
}

type (
	hangupIn struct {
		ID   string `path:"id" maxLength:"128"`
		Body For
	}
	closeIn struct {
		ID   string `path:"id" maxLength:"128"`
		Body struct {
			For
			Reason       string `json:"reason,omitempty" maxLength:"128" doc:"Call reason; needed unless booked or excused (R47)"`
			FollowUpOn   string `json:"follow_up_on,omitempty" maxLength:"10" doc:"YYYY-MM-DD in the tenant's zone; with a lead reason only (R90)"`
			FollowUpNote string `json:"follow_up_note,omitempty" maxLength:"2000"`
		}
	}
	linkIn struct {
		ID   string `path:"id" maxLength:"128"`
		Body struct {
			For
			Epoch    uint64 `json:"epoch,omitempty" doc:"Owner epoch that was seen: the bubble must still be owned and focused (R38)"`
			Customer string `json:"customer,omitempty" maxLength:"256"`
			Location string `json:"location,omitempty" maxLength:"256"`
			Job      string `json:"job,omitempty" maxLength:"256"`
		}
	}
)

func (s *Server) bubbleOps(api huma.API) {
	post := http.MethodPost
	register(api, anybody, post, "/v1/calls/{id}/hangup", "hang-up-call", "Hang up", s.hangup)
	register(api, anybody, post, "/v1/calls/{id}/close", "close-bubble", "Close the bubble with a reason", s.close)
	register(api, anybody, post, "/v1/calls/{id}/note", "note-bubble",
		"A note was written on a customer, location or job", s.note)
	register(api, anybody, post, "/v1/calls/{id}/booked", "booked-bubble", "A job was booked", s.booked)
	s.bubbleDeskOps(api)
}

// act carries out a command as the person, or as whom they act for.
func (s *Server) act(ctx context.Context, call, agent string, c wire.Command) (*doneOut, error) {
	p := who(ctx)
	sum, err := s.summary(p, call, desk.MayName)
	if err != nil {
		return nil, err
	}
	if agent == "" {
		agent = actor(p, sum)
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	return nil, s.acts.Do(ctx, p, agent, "", c)
}

// actor: who takes no calls of their own acts for the owner of the bubble, else for the agent on the call.
func actor(p *auth.Principal, c *cc.CallSummary) string {
	switch {
	case p.Can(auth.Desk) || !p.Can(auth.ActFor):
		return p.Agent
	case c.Owner != "":
		return c.Owner
	case c.Agent != "":
		return c.Agent
	}
	return p.Agent
}

func (s *Server) hangup(ctx context.Context, in *hangupIn) (*doneOut, error) {
	return s.act(ctx, in.ID, in.Body.Agent, &wire.CallCommand{
		CommandHead: wire.CommandHead{Type: wire.CmdCallHangup}, Call: in.ID,
	})
}

func (s *Server) close(ctx context.Context, in *closeIn) (*doneOut, error) {
	return s.act(ctx, in.ID, in.Body.Agent, &wire.CloseBubble{
		CommandHead: wire.CommandHead{Type: wire.CmdBubbleClose}, Call: in.ID, Reason: in.Body.Reason,
		FollowUpOn: in.Body.FollowUpOn, FollowUpNote: in.Body.FollowUpNote,
	})
}

func (s *Server) link(ctx context.Context, typ string, in *linkIn) (*doneOut, error) {
	b := &in.Body
	return s.act(ctx, in.ID, b.Agent, &wire.Link{
		CommandHead: wire.CommandHead{Type: typ}, Call: in.ID, Epoch: b.Epoch, Customer: b.Customer, Location: b.Location,
		Job: b.Job,
	})
}

func (s *Server) note(ctx context.Context, in *linkIn) (*doneOut, error) {
	return s.link(ctx, wire.CmdBubbleNote, in)
}

func (s *Server) booked(ctx context.Context, in *linkIn) (*doneOut, error) {
	return s.link(ctx, wire.CmdBubbleBooked, in)
}
