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
		cmd, err := StatusCommand(c, "")
		if err != nil {
			return err
		}
		return x.Engine.AskAgent(ctx, agent, cmd)
	case *wire.Plain:
		return x.plain(ctx, agent, c)
	case *wire.Focus:
		return x.focus(ctx, p, agent, c)
	case *wire.OfferCommand:
		if c.Type == wire.CmdOfferReject {
			return x.onCall(ctx, p, agent, c.Call, &cc.Reject{Offer: c.Offer, Agent: agent})
		}
		return x.onDesk(ctx, p, agent, c.Call,
			&cc.AcceptCall{Call: c.Call, Offer: c.Offer, Session: session, HoldActive: c.HoldActive})
	case *wire.AcceptCall:
		return x.onDesk(ctx, p, agent, c.Call, &cc.AcceptCall{Call: c.Call, Session: session, HoldActive: c.HoldActive})
	case *wire.CallCommand:
		if cmd := deskCommand(c); cmd != nil {
			return x.onDesk(ctx, p, agent, c.Call, cmd)
		}
		return x.onCall(ctx, p, agent, c.Call, callCommand(c, agent, boss))
	case *wire.TakeOver:
		return x.onCall(ctx, p, agent, c.Call, &cc.TakeOver{Agent: agent, Epoch: c.Epoch, Supervisor: boss})
	case *wire.CallbackCommand:
		return x.callback(ctx, p, agent, boss, c)
	case *wire.CloseBubble:
		m := &cc.CloseBubble{
			Agent: agent, Supervisor: boss, Reason: c.Reason, FollowUpOn: c.FollowUpOn, FollowUpNote: c.FollowUpNote,
		}
		if m.FollowUpOn != "" {
			m.Today = x.todayOf(p, agent, c.Call)
		}
		return x.onCall(ctx, p, agent, c.Call, m)
	case *wire.Link:
		return x.link(ctx, p, agent, c)
	}
	return x.onBubble(ctx, p, agent, c)
}

func (x Actions) link(ctx context.Context, p *auth.Principal, agent string, c *wire.Link) error {
	focus := ""
	if c.Epoch != 0 {
		focus = x.focusOf(agent)
	}
	if c.Type == wire.CmdBubbleBooked {
		return x.onCall(ctx, p, agent, c.Call, &cc.ReportBooked{
			Agent: agent, Epoch: c.Epoch, Focus: focus, Customer: c.Customer, Location: c.Location, Job: c.Job,
		})
	}
	return x.onCall(ctx, p, agent, c.Call, &cc.ReportNote{
		Agent: agent, Epoch: c.Epoch, Focus: focus, Customer: c.Customer, Location: c.Location, Job: c.Job,
	})
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
	default:
		return &cc.Claim{Agent: agent}
	}
}

// deskCommand is what the agent decides: which of their calls is un-held (R21), and their hand (R89). nil: the call does.
func deskCommand(c *wire.CallCommand) any {
	switch c.Type {
	case wire.CmdCallResume:
		return &cc.ResumeCall{Call: c.Call}
	case wire.CmdHandRaise:
		return &cc.RaiseHand{Call: c.Call, Up: true}
	case wire.CmdHandLower:
		return &cc.RaiseHand{Call: c.Call}
	}
	return nil
}

// mayActFor: an agent of a common tenant.
func (x Actions) mayActFor(p *auth.Principal, agent string) error {
	if !p.Can(auth.ActFor) {
		return wire.Errorf(wire.CodeForbidden, "a %s acts for nobody else", p.Role)
	}
	if !p.Shares(x.Engine.Directory().Agent(agent).GetTenants()) {
		return noAgent(agent)
	}
	return nil
}

// MayControl: a supervisor of a common tenant and team (R97).
func (x Actions) MayControl(p *auth.Principal, agent string) error {
	if !p.Over(x.Engine.Directory().Agent(agent)) {
		return noAgent(agent)
	}
	return nil
}

func noAgent(id string) error { return wire.Errorf(cc.CodeNotFound, "there is no agent %.40q", id) }

// StatusCommand is a status as a person sets it: by themselves, or by a supervisor.
func StatusCommand(c *wire.SetStatus, by string) (*cc.SetPresence, error) {
	want, ok := wire.ParsePresence(c.Presence)
	if !ok {
		return nil, wire.Errorf(wire.CodeBadRequest, "presence is offline, unavailable or available").With("field", "presence")
	}
	return &cc.SetPresence{Presence: want, Reason: c.Reason, By: by}, nil
}

func (x Actions) plain(ctx context.Context, agent string, c *wire.Plain) error {
	switch c.Type {
	case wire.CmdWrapupExtend:
		return x.Engine.AskAgent(ctx, agent, &cc.ExtendWrapUp{})
	case wire.CmdNoticesSeen:
		return x.Engine.AskAgent(ctx, agent, &cc.NoticesSeen{})
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
	return x.Engine.AskAgent(ctx, agent, &cc.SetFocus{Call: *c.Call, Epoch: s.OwnerEpoch})
}

func (x Actions) onCall(ctx context.Context, p *auth.Principal, agent, call string, cmd any) error {
	if _, err := x.visible(p, agent, call); err != nil {
		return err
	}
	return x.Engine.AskCall(ctx, call, cmd)
}

// onDesk puts a command about a call to the agent.
func (x Actions) onDesk(ctx context.Context, p *auth.Principal, agent, call string, cmd any) error {
	if _, err := x.visible(p, agent, call); err != nil {
		return err
	}
	return x.Engine.AskAgent(ctx, agent, cmd)
}

// visible gives a call that a command may name; any other is as if it were not there.
func (x Actions) visible(p *auth.Principal, agent, call string) (*cc.CallSummary, error) {
	v := x.Engine.Journal().View()
	defer v.Close()
	s := Summary(v, call)
	if s == nil || !MayName(&Viewer{Agent: agent, Tenants: p.Tenants}, s) {
		return nil, wire.Errorf(cc.CodeNotFound, "there is no call %.80q", call)
	}
	return s, nil
}
