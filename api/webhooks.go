package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/hooks"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Webhook is how a webhook stands.
type Webhook struct {
	ID           string    `json:"id"`
	To           string    `json:"to" doc:"Scheme and host it posts to"`
	Events       []string  `json:"events,omitempty" doc:"Types or groups; absent: all"`
	Tenants      []string  `json:"tenants,omitempty" doc:"Absent: all"`
	State        string    `json:"state" doc:"starting, delivering, retrying, parked, paused, no_secret or no_place"`
	Position     uint64    `json:"position" doc:"Everything up to this seq was taken or was not for it"`
	Last         uint64    `json:"last" doc:"seq of the last event taken"`
	Lag          uint64    `json:"lag" doc:"Changes of the journal after its position, most of them for nobody"`
	PendingSeq   uint64    `json:"pending_seq,omitempty" doc:"The first event that waits to be taken"`
	PendingSince wire.Time `json:"pending_since,omitempty" format:"date-time"`
	FailingSince wire.Time `json:"failing_since,omitempty" format:"date-time"`
	ParkedAt     wire.Time `json:"parked_at,omitempty" format:"date-time"`
	Attempts     int       `json:"attempts,omitempty" doc:"Failures in a row"`
	NextAttempt  wire.Time `json:"next_attempt,omitempty" format:"date-time"`
	LastError    string    `json:"last_error,omitempty"`
	DeliveredAt  wire.Time `json:"delivered_at,omitempty" format:"date-time"`
	Delivered    uint64    `json:"delivered" doc:"Events, since this node started"`
}

type (
	webhooksOut struct {
		Body struct {
			Webhooks []Webhook `json:"webhooks"`
		}
	}
	resumeIn struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			FromNow bool `json:"from_now,omitempty" doc:"Leave out what it missed"`
		}
	}
)

func (s *Server) webhookOps(api huma.API) {
	register(api, auth.WebhooksRead, http.MethodGet, "/v1/webhooks", "list-webhooks",
		"Webhooks all of whose tenants are yours, and how they stand", s.webhooks)
	register(api, auth.WebhooksControl, http.MethodPost, "/v1/webhooks/{id}/resume", "resume-webhook",
		"Make a parked or failing webhook try again now", s.resumeWebhook)
}

// mayHook: a webhook is for whoever is granted all its tenants.
func (s *Server) mayHook(p *auth.Principal, w *cc.Webhook) bool {
	if len(w.GetTenants()) > 0 {
		return !slices.ContainsFunc(w.Tenants, func(t string) bool { return !p.Granted(t) })
	}
	return !slices.ContainsFunc(s.c.Engine.Directory().Center.Tenants, func(t *cc.Tenant) bool { return !p.Granted(t.Id) })
}

func (s *Server) webhooks(ctx context.Context, _ *nothingIn) (*webhooksOut, error) {
	p := who(ctx)
	stands := make(map[string]hooks.Status)
	for _, st := range s.hooks.List() {
		stands[st.ID] = st
	}
	applied := s.feed.Applied()
	out := &webhooksOut{}
	out.Body.Webhooks = []Webhook{}
	for _, w := range s.c.Engine.Directory().Center.Webhooks {
		if !s.mayHook(p, w) {
			continue
		}
		st, ok := stands[w.Id]
		if !ok {
			st.State = hooks.StateStarting // the configuration is newer than what runs
		}
		out.Body.Webhooks = append(out.Body.Webhooks, newWebhook(w, st, applied))
	}
	return out, nil
}

func newWebhook(w *cc.Webhook, st hooks.Status, applied uint64) Webhook {
	out := Webhook{
		ID: w.Id, Events: w.Events, Tenants: w.Tenants, State: st.State, Position: st.Place.Position, Last: st.Place.Last,
		PendingSeq: st.PendingSeq, PendingSince: wire.At(st.PendingSince), FailingSince: wire.At(st.Place.FailingMs),
		ParkedAt: wire.At(st.Place.ParkedMs), Attempts: st.Attempts, NextAttempt: wire.At(st.NextMs),
		LastError: st.LastError, DeliveredAt: wire.At(st.DeliveredMs), Delivered: st.Delivered,
	}
	if u, err := url.Parse(w.Url); err == nil { // path and query may hold a secret
		out.To = u.Scheme + "://" + u.Host
	}
	if st.Place.Position != 0 && applied > st.Place.Position {
		out.Lag = applied - st.Place.Position
	}
	return out
}

func (s *Server) resumeWebhook(ctx context.Context, in *resumeIn) (*doneOut, error) {
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	p := who(ctx)
	list := s.c.Engine.Directory().Center.Webhooks
	i := slices.IndexFunc(list, func(w *cc.Webhook) bool { return w.Id == in.ID })
	if i < 0 || !s.mayHook(p, list[i]) {
		return nil, wire.Errorf(cc.CodeNotFound, "there is no webhook %.64q", in.ID)
	}
	found, err := s.hooks.Resume(ctx, in.ID, in.Body.FromNow)
	if err == nil && !found {
		err = wire.Errorf(cc.CodeUnavailable, "the webhook is being started, try again")
	}
	s.log.Info("webhook resumed by hand", "webhook", in.ID, "agent", p.Agent, "from_now", in.Body.FromNow)
	return nil, err
}
