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
)

func (s *Server) agentOps(api huma.API) {
	register(api, auth.AgentsRead, http.MethodGet, "/v1/agents", "list-agents",
		"Agents one shares a tenant with", s.agents)
	register(api, auth.AgentsControl, http.MethodPost, "/v1/agents/{id}/status", "set-agent-status",
		"Set an agent's status as their supervisor", s.setStatus)
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
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	p := who(ctx)
	s.log.Info("status set by a supervisor", "agent", in.ID, "by", p.Agent, "presence", in.Body.Presence)
	return nil, s.acts.SetStatusOf(ctx, p, in.ID, &wire.SetStatus{Presence: in.Body.Presence, Reason: in.Body.Reason})
}
