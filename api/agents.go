package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

type (
	agentsOut struct {
		Body struct {
			Agents []*wire.Agent `json:"agents"`
		}
	}
	statusIn struct {
		ID   string `path:"id" maxLength:"128"`
		Body struct {
			Presence string `json:"presence" enum:"offline,unavailable,available"`
			Reason   string `json:"reason,omitempty" maxLength:"128"`
		}
	}
	membershipIn struct {
		ID    string `path:"id" maxLength:"128"`
		Queue string `path:"queue" maxLength:"128"`
		Body  struct {
			Member bool      `json:"member"`
			Until  time.Time `json:"until,omitempty" doc:"Then the configuration counts again; without it the change stays"`
		}
	}
)

func (s *Server) agentOps(api huma.API) {
	register(api, auth.AgentsRead, http.MethodGet, "/v1/agents", "list-agents",
		"Agents one shares a tenant with", s.agents)
	register(api, auth.AgentsControl, http.MethodPost, "/v1/agents/{id}/status", "set-agent-status",
		"Set an agent's status as their supervisor; offline signs them out", s.setStatus)
	register(api, auth.AgentsControl, http.MethodPost, "/v1/agents/{id}/wrapup/finish", "finish-agent-wrapup",
		"End an agent's wrap-up as their supervisor, whatever its mode", s.finishWrapup)
	register(api, auth.AgentsControl, http.MethodPut, "/v1/agents/{id}/queues/{queue}", "set-agent-queue",
		"Put an agent on a queue or take them off, for the next offer on", s.setMembership)
	register(api, auth.AgentsControl, http.MethodPost, "/v1/agents/{id}/hand/lower", "lower-agent-hand",
		"Say that an agent's call for help has been seen to", s.lowerHand)
}

func (s *Server) finishWrapup(ctx context.Context, in *agentIn) (*doneOut, error) {
	return s.control(ctx, in.ID, "agent.wrapup", "", &cc.FinishWrapUp{By: who(ctx).Agent})
}

func (s *Server) lowerHand(ctx context.Context, in *agentIn) (*doneOut, error) {
	return s.control(ctx, in.ID, "agent.hand", "", &cc.RaiseHand{By: who(ctx).Agent})
}

func (s *Server) setMembership(ctx context.Context, in *membershipIn) (*doneOut, error) {
	m := &cc.SetMembership{Queue: in.Queue, Member: in.Body.Member, By: who(ctx).Agent}
	if !in.Body.Until.IsZero() {
		m.UntilMs = in.Body.Until.UnixMilli()
	}
	q := s.c.Engine.Directory().Queue(in.Queue)
	if q == nil || !who(ctx).Shares(q.Tenants) {
		return nil, wire.Errorf(cc.CodeNotFound, "there is no queue %.40q", in.Queue)
	}
	return s.control(ctx, in.ID, "agent.queue", fmt.Sprintf("%s member=%v until=%s", in.Queue, m.Member, wire.At(m.UntilMs)), m)
}

// control carries out what a supervisor does to an agent, and writes down who it was before it happens (R97).
func (s *Server) control(ctx context.Context, agent, what, detail string, cmd any) (*doneOut, error) {
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	p := who(ctx)
	if err := s.acts.MayControl(p, agent); err != nil {
		return nil, err
	}
	a := Access{What: what, Agent: p.Agent, Role: p.Role, ID: agent, Source: remote(ctx), Detail: detail}
	if err := s.audit(ctx, a); err != nil {
		return nil, err
	}
	return nil, s.c.Engine.AskAgent(ctx, agent, cmd)
}

func (s *Server) agents(ctx context.Context, _ *nothingIn) (*agentsOut, error) {
	p, dir := who(ctx), s.c.Engine.Directory()
	v := s.c.Engine.Journal().View()
	defer v.Close()
	out := &agentsOut{}
	out.Body.Agents = []*wire.Agent{}
	for _, a := range dir.Center.Agents {
		if !p.Shares(a.Tenants) {
			continue
		}
		var sum *cc.AgentSummary
		if value, ok := v.Get([]byte(desk.AgentPrefix + a.Id)); ok {
			sum = &cc.AgentSummary{}
			if err := sum.UnmarshalVT(value); err != nil {
				return nil, err
			}
		}
		shown := wire.NewAgent(a.Id, sum, dir)
		if a.Id != p.Agent {
			shown = shown.Public()
		}
		out.Body.Agents = append(out.Body.Agents, shown)
	}
	return out, nil
}

func (s *Server) setStatus(ctx context.Context, in *statusIn) (*doneOut, error) {
	cmd, err := desk.StatusCommand(&wire.SetStatus{Presence: in.Body.Presence, Reason: in.Body.Reason}, who(ctx).Agent)
	if err != nil {
		return nil, err
	}
	return s.control(ctx, in.ID, "agent.status", in.Body.Presence+" "+in.Body.Reason, cmd)
}
