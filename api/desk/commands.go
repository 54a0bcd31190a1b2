package desk

import (
	"context"
	"time"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// frame carries out one frame of the client and answers it.
func (s *session) frame(data []byte) {
	c, id, err := wire.Parse(data)
	if err != nil {
		s.h.Stats.BadFrames.Add(1)
		s.answer(wire.Refused(id, err))
		if s.who.Load() == nil {
			s.cut(CloseUnauthorized, "auth comes first")
		}
		return
	}
	s.h.Stats.Commands.Add(1)
	if a, ok := c.(*wire.Auth); ok {
		s.auth(a)
		return
	}
	if s.who.Load() == nil {
		s.answer(wire.Refused(id, wire.Errorf(wire.CodeUnauthorized, "auth comes first")))
		s.cut(CloseUnauthorized, "auth comes first")
		return
	}
	if !s.rate.Allow() {
		s.h.Stats.Limited.Add(1)
		s.answer(wire.Refused(id, wire.Errorf(cc.CodeOverloaded, "too many commands")))
		return
	}
	switch c := c.(type) {
	case *wire.Resume:
		s.h.do(func(l *loop) {
			if l.attached(s) {
				l.begin(s, id, &c.From)
				return
			}
			s.answer(wire.Refused(id, wire.Errorf(cc.CodeOverloaded, "the sign-in is still under way")))
		})
		return
	case *wire.Plain:
		if c.Type == wire.CmdPing {
			s.answer(wire.OK(id))
			return
		}
	}
	ctx, cancel := context.WithTimeout(s.h.ctx, commandWithin)
	defer cancel()
	p := s.who.Load()
	if a := s.telling(ctx, p, id, c); a != nil {
		s.answer(a)
		return
	}
	if err := s.h.acts.Do(ctx, p, p.Agent, s.id, c); err != nil {
		s.h.Stats.CommandErrors.Add(1)
		s.answer(wire.Refused(id, err))
		return
	}
	s.answer(wire.OK(id))
}

// telling carries out the commands whose answer says more than ok; nil: it is none of them.
func (s *session) telling(ctx context.Context, p *auth.Principal, id string, c wire.Command) *wire.Answer {
	var err error
	a := wire.OK(id)
	switch c := c.(type) {
	case *wire.CreateBubble:
		a.Call, err = s.h.acts.Create(ctx, p, p.Agent, c)
	case *wire.GetDraft:
		a.Draft, err = s.h.acts.Draft(p, p.Agent, c.Call)
	default:
		return nil
	}
	if err != nil {
		s.h.Stats.CommandErrors.Add(1)
		return wire.Refused(id, err)
	}
	return a
}

func (s *session) answer(a *wire.Answer) {
	s.push(item{frame: wire.EncodeAnswer(a), at: time.Now()})
}

// auth opens the session, or prolongs it with a fresh token of the same person.
func (s *session) auth(c *wire.Auth) {
	p, err := s.h.o.Auth.Authenticate(c.Token)
	if err != nil {
		s.h.o.Auth.Refused("desk refused", s.agent(), s.client(), "token_not_valid")
		s.answer(wire.Refused(c.ID, wire.Errorf(wire.CodeUnauthorized, "the token is not valid")))
		s.cut(CloseUnauthorized, "the token is not valid")
		return
	}
	if !p.Can(auth.Stream) {
		s.h.o.Auth.Refused("desk refused", p.Agent, s.client(), "no_right")
		s.answer(wire.Refused(c.ID, wire.Errorf(wire.CodeForbidden, "a %s has no live view", p.Role)))
		s.cut(CloseForbidden, "no right to the live view")
		return
	}
	if was := s.who.Load(); was != nil {
		s.prolong(c, was, p)
		return
	}
	s.who.Store(p)
	_ = s.alive()
	if p.Can(auth.Desk) {
		ctx, cancel := context.WithTimeout(s.h.ctx, commandWithin)
		defer cancel()
		s.opened = true // also when the outcome is not known: SessionClosed of an unknown session changes nothing
		if err := s.h.o.Engine.AskAgent(ctx, p.Agent, &cc.SessionOpened{Session: s.id}); err != nil {
			s.answer(wire.Refused(c.ID, err))
			s.cut(CloseTryLater, "the agent cannot be signed in now")
			return
		}
	}
	s.h.log.Info("desk connected", "agent", p.Agent, "client", s.client(), "session", s.id, "resumes", c.From != nil)
	counts := s.h.freshCounts(s.h.ctx)
	v := s.h.o.Engine.Journal().View()
	index := v.Applied()
	v.Close()
	s.h.do(func(l *loop) { l.attach(attach{s, c.ID, c.From, index, counts}) })
}

func (s *session) prolong(c *wire.Auth, was, p *auth.Principal) {
	if was.Agent != p.Agent {
		s.answer(wire.Refused(c.ID, wire.Errorf(wire.CodeForbidden, "this connection is another person's")))
		return
	}
	s.h.do(func(l *loop) {
		s.who.Store(p)
		answer := wire.OK(c.ID)
		answer.Session, answer.Agent, answer.TokenUntil = s.id, s.viewer.Agent, wire.At(p.UntilMs)
		s.answer(answer)
	})
}
