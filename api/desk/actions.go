package desk

import (
	"context"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Actions are the commands of people, the same over WebSocket and HTTP: who may is checked here, what it does is the
// machines' business.
type Actions struct{ Engine Engine }

// Do carries out a command of p. agent is who acts: p, or somebody p may act for. The error is a *wire.Error or a
// *callcenter.Error, or the context's.
func (x Actions) Do(ctx context.Context, p *auth.Principal, agent, session string, c wire.Command) error {
	if agent == p.Agent && !p.Can(auth.Desk) && !p.Can(auth.CallsControl) {
		return wire.Errorf(wire.CodeForbidden, "a %s takes no calls", p.Role)
	}
	if agent != p.Agent {
		if err := x.mayActFor(p, agent); err != nil {
			return err
		}
	}
	boss := p.Can(auth.CallsControl)
	switch c := c.(type) {
	case *wire.SetStatus:
		return x.setStatus(ctx, agent, "", c)
	case *wire.Plain:
		return x.plain(ctx, agent, c)
	case *wire.Focus:
		return x.focus(ctx, p, agent, c)
	case *wire.OfferCommand:
		if c.Type == wire.CmdOfferReject {
			return x.onCall(ctx, p, agent, c.Call, &cc.Reject{Offer: c.Offer, Agent: agent})
		}
		return x.onCall(ctx, p, agent, c.Call, &cc.Accept{Offer: c.Offer, Agent: agent, Session: session})
	case *wire.CallCommand:
		return x.onCall(ctx, p, agent, c.Call, callCommand(c, agent, boss))
	case *wire.TakeOver:
		return x.onCall(ctx, p, agent, c.Call, &cc.TakeOver{Agent: agent, Epoch: c.Epoch, Supervisor: boss})
	case *wire.CloseBubble:
		return x.onCall(ctx, p, agent, c.Call, &cc.CloseBubble{Agent: agent, Supervisor: boss, Reason: c.Reason})
	case *wire.CallbackCommand:
		return x.callback(ctx, p, agent, boss, c)
	case *wire.Link:
		if c.Type == wire.CmdBubbleBooked {
			return x.onCall(ctx, p, agent, c.Call,
				&cc.ReportBooked{Agent: agent, Customer: c.Customer, Location: c.Location, Job: c.Job})
		}
		return x.onCall(ctx, p, agent, c.Call,
			&cc.ReportNote{Agent: agent, Customer: c.Customer, Location: c.Location, Job: c.Job})
	}
	return wire.Errorf(wire.CodeUnknownType, "there is no such command here")
}

// callback acts on the callback to a number of one of the person's tenants (R54).
func (x Actions) callback(ctx context.Context, p *auth.Principal, agent string, boss bool, c *wire.CallbackCommand) error {
	if !p.Granted(c.Tenant) {
		return wire.Errorf(cc.CodeNotFound, "there is no callback to this number")
	}
	var cmd any
	switch c.Type {
	case wire.CmdCallbackClaim:
		cmd = &cc.ClaimCallback{Agent: agent, Supervisor: boss}
	case wire.CmdCallbackRelease:
		cmd = &cc.ReleaseCallback{Agent: agent, Supervisor: boss}
	case wire.CmdCallbackAttempt:
		cmd = &cc.AttemptCallback{Agent: agent, Supervisor: boss}
	case wire.CmdCallbackWrongNumber:
		cmd = &cc.WrongNumber{Agent: agent, Supervisor: boss}
	default:
		cmd = &cc.CloseCallback{Agent: agent, Supervisor: boss, Reason: c.Reason}
	}
	return x.Engine.AskCallback(ctx, c.Tenant, c.Number, cmd)
}

func callCommand(c *wire.CallCommand, agent string, boss bool) any {
	switch c.Type {
	case wire.CmdCallHangup:
		return &cc.HangUp{Agent: agent, Supervisor: boss}
	case wire.CmdCallHold:
		return &cc.Hold{Agent: agent, On: true}
	case wire.CmdCallResume:
		return &cc.Hold{Agent: agent}
	default:
		return &cc.Claim{Agent: agent}
	}
}

// mayActFor: an agent of a common tenant.
func (x Actions) mayActFor(p *auth.Principal, agent string) error {
	if !p.Can(auth.ActFor) {
		return wire.Errorf(wire.CodeForbidden, "a %s acts for nobody else", p.Role)
	}
	if !p.Shares(x.Engine.Directory().Agent(agent).GetTenants()) {
		return wire.Errorf(cc.CodeNotFound, "there is no agent %.40q", agent)
	}
	return nil
}

// SetStatusOf sets another agent's status: by a supervisor of a common tenant (R97).
func (x Actions) SetStatusOf(ctx context.Context, p *auth.Principal, agent string, c *wire.SetStatus) error {
	if !p.Shares(x.Engine.Directory().Agent(agent).GetTenants()) {
		return wire.Errorf(cc.CodeNotFound, "there is no agent %.40q", agent)
	}
	return x.setStatus(ctx, agent, p.Agent, c)
}

func (x Actions) setStatus(ctx context.Context, agent, by string, c *wire.SetStatus) error {
	want, ok := wire.ParsePresence(c.Presence)
	if !ok {
		return wire.Errorf(wire.CodeBadRequest, "presence is offline, unavailable or available").With("field", "presence")
	}
	return x.Engine.AskAgent(ctx, agent, &cc.SetPresence{Presence: want, Reason: c.Reason, By: by})
}

func (x Actions) plain(ctx context.Context, agent string, c *wire.Plain) error {
	if c.Type == wire.CmdWrapupExtend {
		return x.Engine.AskAgent(ctx, agent, &cc.ExtendWrapUp{})
	}
	return x.Engine.AskAgent(ctx, agent, &cc.FinishWrapUp{})
}

// focus moves only to a bubble that the agent owns (R38).
func (x Actions) focus(ctx context.Context, p *auth.Principal, agent string, c *wire.Focus) error {
	if c.Call == nil {
		return x.Engine.AskAgent(ctx, agent, &cc.SetFocus{})
	}
	s, err := x.visible(p, agent, *c.Call)
	switch {
	case err != nil:
		return err
	case s.Owner != agent:
		return wire.Errorf(cc.CodeNotYours, "the bubble is not yours")
	case s.Desk != cc.BubbleDesk_DESK_SHOWN:
		return wire.Errorf(cc.CodeBubbleClosed, "the bubble has left the desk")
	}
	return x.Engine.AskAgent(ctx, agent, &cc.SetFocus{Call: *c.Call})
}

func (x Actions) onCall(ctx context.Context, p *auth.Principal, agent, call string, cmd any) error {
	if _, err := x.visible(p, agent, call); err != nil {
		return err
	}
	return x.Engine.AskCall(ctx, call, cmd)
}

// visible gives a call of the person's tenants; any other is as if it were not there.
func (x Actions) visible(p *auth.Principal, agent, call string) (*cc.CallSummary, error) {
	v := x.Engine.Journal().View()
	defer v.Close()
	s := Summary(v, call)
	if s == nil || !MayRead(&Viewer{Agent: agent, Tenants: p.Tenants}, s) {
		return nil, wire.Errorf(cc.CodeNotFound, "there is no call %.80q", call)
	}
	return s, nil
}
