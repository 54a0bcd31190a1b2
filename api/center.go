package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/queues"
)

type (
	queuesOut struct {
		Body struct {
			Queues []wire.QueueCounts `json:"queues"`
		}
	}
	reasonsOut struct {
		Body struct {
			Reasons []wire.Reason `json:"reasons"`
		}
	}
	agentIn struct {
		ID string `path:"id" maxLength:"128"`
	}
)

func (s *Server) centerOps(api huma.API) {
	get := http.MethodGet
	register(api, auth.QueuesRead, get, "/v1/queues", "list-queues", "Queues with their live counts", s.queues)
	register(api, auth.ReasonsRead, get, "/v1/reasons", "list-reasons", "Call reasons that may be given", s.reasons)
	register(api, auth.NumbersRead, get, "/v1/numbers", "list-numbers", "Numbers and what they stamp on a call", s.numbers)
	register(api, auth.Explain, get, "/v1/explain/call/{id}", "explain-call",
		"Who would get a waiting call, and why not the others", s.explainCall)
	register(api, auth.Explain, get, "/v1/explain/agent/{id}", "explain-agent",
		"What an agent would get, and why not", s.explainAgent)
}

func (s *Server) queues(ctx context.Context, _ *nothingIn) (*queuesOut, error) {
	p := who(ctx)
	counts, err := desk.CountQueues(ctx, s.c.Engine)
	if err != nil {
		return nil, err
	}
	out := &queuesOut{}
	out.Body.Queues = []wire.QueueCounts{}
	dir := s.c.Engine.Directory()
	for _, c := range counts {
		if p.Shares(dir.Queue(c.ID).GetTenants()) {
			out.Body.Queues = append(out.Body.Queues, c)
		}
	}
	return out, nil
}

func (s *Server) reasons(ctx context.Context, _ *nothingIn) (*reasonsOut, error) {
	out := &reasonsOut{}
	out.Body.Reasons = wire.Reasons(s.c.Engine.Directory(), who(ctx).Granted)
	return out, nil
}

// ExplainedCall says how every agent stands to a waiting call: R80.
type ExplainedCall struct {
	Call          string          `json:"call"`
	Queue         string          `json:"queue,omitempty"`
	State         string          `json:"state,omitempty" doc:"waiting, offered, reserving or no_queue; absent: it does not wait"`
	Position      int             `json:"position,omitempty"`
	ConfigVersion uint64          `json:"config_version"`
	Agents        []AgentStanding `json:"agents"`
}

// AgentStanding is one agent's line.
type AgentStanding struct {
	Agent   string `json:"agent"`
	Rank    int    `json:"rank,omitempty" doc:"1 would get the call now; absent: not eligible"`
	RankKey string `json:"rank_key,omitempty"`
	Reason  string `json:"reason,omitempty" doc:"First rule of R80 against it"`
}

// ExplainedAgent says what stands between an agent and the queues and calls.
type ExplainedAgent struct {
	Agent         string          `json:"agent"`
	ConfigVersion uint64          `json:"config_version"`
	Queues        []QueueStanding `json:"queues"`
	Calls         []CallStanding  `json:"calls" doc:"Waiting calls, best first, a few dozen at most"`
}

// QueueStanding is the agent's line for one queue.
type QueueStanding struct {
	Queue   string `json:"queue"`
	Reason  string `json:"reason,omitempty"`
	Waiting int    `json:"waiting"`
}

// CallStanding is the agent's line for one waiting call.
type CallStanding struct {
	Call   string `json:"call"`
	Queue  string `json:"queue"`
	Reason string `json:"reason,omitempty"`
}

type (
	explainCallOut  struct{ Body ExplainedCall }
	explainAgentOut struct{ Body ExplainedAgent }
)

func (s *Server) explainCall(ctx context.Context, in *callIn) (*explainCallOut, error) {
	p := who(ctx)
	if _, err := s.readable(p, in.ID); err != nil {
		return nil, err
	}
	found := make(chan queues.CallExplanation, 1)
	err := s.c.Engine.AskMatcher(ctx, func(m *queues.Matcher, now int64) { found <- m.ExplainCall(in.ID, now) })
	if err != nil {
		return nil, err
	}
	x, dir := <-found, s.c.Engine.Directory()
	out := &explainCallOut{ExplainedCall{
		Call: in.ID, Queue: x.Queue, State: x.State, Position: x.Position, ConfigVersion: x.ConfigVersion,
		Agents: []AgentStanding{},
	}}
	for _, a := range x.Agents {
		if p.Shares(dir.Agent(a.Agent).GetTenants()) {
			out.Body.Agents = append(out.Body.Agents, AgentStanding{a.Agent, a.Rank, a.RankKey, a.Reason.String()})
		}
	}
	return out, nil
}

func (s *Server) explainAgent(ctx context.Context, in *agentIn) (*explainAgentOut, error) {
	p, dir := who(ctx), s.c.Engine.Directory()
	if !p.Shares(dir.Agent(in.ID).GetTenants()) {
		return nil, wire.Errorf(cc.CodeNotFound, "there is no agent %.40q", in.ID)
	}
	found := make(chan queues.AgentExplanation, 1)
	err := s.c.Engine.AskMatcher(ctx, func(m *queues.Matcher, now int64) { found <- m.ExplainAgent(in.ID, now) })
	if err != nil {
		return nil, err
	}
	x := <-found
	out := &explainAgentOut{ExplainedAgent{
		Agent: in.ID, ConfigVersion: x.ConfigVersion, Queues: []QueueStanding{}, Calls: []CallStanding{},
	}}
	for _, q := range x.Queues {
		if p.Shares(dir.Queue(q.Queue).GetTenants()) {
			out.Body.Queues = append(out.Body.Queues, QueueStanding{q.Queue, q.Reason.String(), q.Waiting})
		}
	}
	for _, c := range x.Calls {
		if _, err := s.readable(p, c.Call); err == nil {
			out.Body.Calls = append(out.Body.Calls, CallStanding{c.Call, c.Queue, c.Reason.String()})
		}
	}
	return out, nil
}
