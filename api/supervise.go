package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/queues"
)

// What supervisors do to waiting calls and queues (R97). Who did it stands in the call's events, in the row of a closed
// queue and in the log.

type (
	moveIn struct {
		ID   string `path:"id" maxLength:"128"`
		Body struct {
			Queue string `json:"queue,omitempty" maxLength:"128" doc:"To this queue; the caller's age is kept"`
			Head  bool   `json:"head,omitempty" doc:"Before all who wait"`
			Agent string `json:"agent,omitempty" maxLength:"128" doc:"To this agent, if free; else token_held or the code of R80"`
		}
	}
	priorityIn struct {
		ID   string `path:"id" maxLength:"128"`
		Body struct {
			Priority int32 `json:"priority" minimum:"0" maximum:"10"`
		}
	}
	queueIn struct {
		ID string `path:"id" maxLength:"128"`
	}
	closeQueueIn struct {
		ID   string `path:"id" maxLength:"128"`
		Body struct {
			Message string `json:"message,omitempty" maxLength:"256" doc:"Shown to agents and supervisors"`
			OnClose string `json:"on_close,omitempty" enum:"serve,reroute" doc:"serve (default): who waits is served; reroute: they go to what comes next (R88)"`
		}
	}
	waitingOut struct {
		Body struct {
			Calls []WaitingCall `json:"calls" doc:"In the order in which they will be served, 200 at most"`
		}
	}
)

// WaitingCall is one caller of a queue with their place in line (R96).
type WaitingCall struct {
	Call            string    `json:"call"`
	Position        int       `json:"position"`
	EnqueuedAt      wire.Time `json:"enqueued_at" format:"date-time"`
	Priority        int32     `json:"priority"`
	Offered         bool      `json:"offered,omitempty"`
	Preferred       string    `json:"preferred,omitempty" doc:"Agent asked for first (R67)"`
	EstimatedWaitMs int64     `json:"estimated_wait_ms,omitempty" doc:"From now on; absent while too little is known"`
	Announce        bool      `json:"announce,omitempty" doc:"The estimate is good enough to be told to the caller"`
}

// maxWaiting bounds one answer.
const maxWaiting = 200

func (s *Server) superviseOps(api huma.API) {
	get, post := http.MethodGet, http.MethodPost
	register(api, auth.QueuesControl, get, "/v1/queues/{id}/waiting", "list-waiting",
		"Who waits in a queue, with position and estimated wait", s.waiting)
	register(api, auth.QueuesControl, post, "/v1/queues/{id}/close", "close-queue", "Take no more calls into a queue", s.closeQueue)
	register(api, auth.QueuesControl, post, "/v1/queues/{id}/open", "open-queue", "Take calls into a queue again", s.openQueue)
	register(api, auth.QueuesControl, post, "/v1/calls/{id}/move", "move-call",
		"Move a waiting call to a queue, an agent or the head of its queue", s.move)
	register(api, auth.QueuesControl, post, "/v1/calls/{id}/priority", "prioritize-call",
		"Change the priority of a waiting call", s.prioritize)
}

// supervised is the queue if the person shares one of its tenants.
func (s *Server) supervised(p *auth.Principal, id string) (*cc.Queue, error) {
	q := s.c.Engine.Directory().Queue(id)
	if q == nil || !p.Shares(q.Tenants) {
		return nil, wire.Errorf(cc.CodeNotFound, "there is no queue %.40q", id)
	}
	return q, nil
}

func (s *Server) waiting(ctx context.Context, in *queueIn) (*waitingOut, error) {
	p := who(ctx)
	if _, err := s.supervised(p, in.ID); err != nil {
		return nil, err
	}
	found := make(chan []WaitingCall, 1)
	err := s.c.Engine.AskMatcher(ctx, func(m *queues.Matcher, now int64) {
		list := []WaitingCall{}
		for _, w := range m.Waiting(in.ID, maxWaiting) {
			if !p.Granted(w.Tenant) {
				continue
			}
			e, _ := m.Estimate(w.Call, now)
			list = append(list, WaitingCall{
				w.Call, e.Position, wire.At(w.EnqueuedMs), w.Priority, w.Offered, w.Preferred, e.WaitMs, e.Announce,
			})
		}
		found <- list
	})
	if err != nil {
		return nil, err
	}
	out := &waitingOut{}
	out.Body.Calls = <-found
	return out, nil
}

func (s *Server) closeQueue(ctx context.Context, in *closeQueueIn) (*doneOut, error) {
	p := who(ctx)
	if _, err := s.supervised(p, in.ID); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	return nil, s.c.Engine.CloseQueue(ctx, &cc.QueueShut{
		Queue: in.ID, By: p.Agent, Message: in.Body.Message, Reroute: in.Body.OnClose == "reroute",
	})
}

func (s *Server) openQueue(ctx context.Context, in *queueIn) (*doneOut, error) {
	p := who(ctx)
	if _, err := s.supervised(p, in.ID); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	return nil, s.c.Engine.OpenQueue(ctx, in.ID, p.Agent)
}

func (s *Server) move(ctx context.Context, in *moveIn) (*doneOut, error) {
	p, b := who(ctx), &in.Body
	if _, err := s.readable(p, in.ID); err != nil {
		return nil, err
	}
	if b.Agent != "" && (b.Queue != "" || b.Head) {
		return nil, wire.Errorf(wire.CodeBadRequest, "a call goes to a queue or its head, or to an agent").With("field", "agent")
	}
	if b.Queue != "" {
		if _, err := s.supervised(p, b.Queue); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	if b.Queue != "" || b.Head || b.Agent == "" {
		err := s.c.Engine.AskCall(ctx, in.ID, &cc.MoveCall{Queue: b.Queue, Head: b.Head, By: p.Agent})
		if err != nil || b.Agent == "" {
			return nil, err
		}
	}
	if !p.Shares(s.c.Engine.Directory().Agent(b.Agent).GetTenants()) {
		return nil, wire.Errorf(cc.CodeNotFound, "there is no agent %.40q", b.Agent)
	}
	return nil, s.c.Engine.PushCall(ctx, in.ID, b.Agent, p.Agent)
}

func (s *Server) prioritize(ctx context.Context, in *priorityIn) (*doneOut, error) {
	p := who(ctx)
	if _, err := s.readable(p, in.ID); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	return nil, s.c.Engine.AskCall(ctx, in.ID, &cc.SetPriority{Priority: in.Body.Priority, By: p.Agent})
}
