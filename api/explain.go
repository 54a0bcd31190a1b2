package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// ExplainedOffer says why an offer of a call went to its agent: what the offer itself carries, and for the last offers of
// a call all of it, recomputed from the journal (DESIGN 4).
type ExplainedOffer struct {
	Offer         string           `json:"offer"`
	Agent         string           `json:"agent"`
	Queue         string           `json:"queue"`
	At            wire.Time        `json:"at" format:"date-time"`
	RankKey       string           `json:"rank_key" doc:"What the strategy chose the agent by; pushed: a supervisor did"`
	Next          []string         `json:"next" doc:"Who would have been asked next, five at most"`
	Excluded      map[string]int32 `json:"excluded" doc:"How many agents each rule of R80 kept from the call"`
	Group         int32            `json:"group,omitempty" doc:"Agents asked together (ring_all)"`
	ConfigVersion uint64           `json:"config_version"`
	Agents        []AgentStanding  `json:"agents,omitempty" doc:"Every agent; absent where it was not recomputed"`
	Agrees        bool             `json:"agrees,omitempty" doc:"The recomputed explanation is the one that the offer sums up"`
	NotRecomputed string           `json:"not_recomputed,omitempty" doc:"Why not"`
}

// ExplainedSpan is a time in which an agent got nothing for one reason.
type ExplainedSpan struct {
	From   wire.Time `json:"from" format:"date-time"`
	Until  wire.Time `json:"until" format:"date-time"`
	Reason string    `json:"reason" doc:"First rule of R80 against the best waiting call, no_calls, or empty: a call was about to be offered"`
	Queue  string    `json:"queue,omitempty"`
	Call   string    `json:"call,omitempty"`
}

type (
	offersOut struct {
		Body struct {
			Call   string           `json:"call"`
			Offers []ExplainedOffer `json:"offers" doc:"The last 100; the last 5 are recomputed"`
		}
	}
	nothingAskedIn struct {
		ID   string    `path:"id" maxLength:"128"`
		From time.Time `query:"from" required:"true"`
		To   time.Time `query:"to" doc:"Now when left out; at most a day after from"`
	}
	nothingOut struct {
		Body struct {
			Agent string          `json:"agent"`
			Spans []ExplainedSpan `json:"spans" doc:"500 at most"`
			Whole bool            `json:"whole" doc:"False: there were more"`
		}
	}
)

// longestSpan is how long a time WhyNothing is asked of.
const longestSpan = 24 * time.Hour

func (s *Server) explainOps(api huma.API) {
	get := http.MethodGet
	register(api, auth.Explain, get, "/v1/calls/{id}/explain", "explain-offers", "Why these agents were offered the call", s.explainOffers)
	register(api, auth.Explain, get, "/v1/agents/{id}/explain", "explain-nothing",
		"Why an agent got no call in a time", s.explainNothing)
}

func (s *Server) explainOffers(ctx context.Context, in *callIn) (*offersOut, error) {
	p := who(ctx)
	if _, err := s.readable(p, in.ID); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	offers, err := s.c.Engine.ExplainOffers(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &offersOut{}
	out.Body.Call, out.Body.Offers = in.ID, []ExplainedOffer{}
	for i := range offers {
		out.Body.Offers = append(out.Body.Offers, explainedOffer(&offers[i], p, s.c.Engine.Directory()))
	}
	return out, nil
}

func explainedOffer(o *actors.OfferExplained, p *auth.Principal, dir *cc.Directory) ExplainedOffer {
	x := ExplainedOffer{
		Offer: o.Offer, Agent: o.Agent, Queue: o.Queue, At: wire.At(o.AtMs), RankKey: o.Small.GetRankKey(),
		Next: append([]string{}, o.Small.GetNext()...), Excluded: map[string]int32{}, Group: o.Small.GetGroup(),
		ConfigVersion: o.Small.GetConfigVersion(), Agrees: o.Agrees, NotRecomputed: o.Why,
	}
	for _, e := range o.Small.GetExcluded() {
		x.Excluded[e.Code] = e.Count
	}
	if o.Full == nil {
		return x
	}
	for _, a := range o.Full.Agents {
		if p.Shares(dir.Agent(a.Agent).GetTenants()) {
			x.Agents = append(x.Agents, AgentStanding{a.Agent, a.Rank, a.RankKey, a.Reason.String()})
		}
	}
	return x
}

func (s *Server) explainNothing(ctx context.Context, in *nothingAskedIn) (*nothingOut, error) {
	p, dir := who(ctx), s.c.Engine.Directory()
	if !p.Shares(dir.Agent(in.ID).GetTenants()) {
		return nil, wire.Errorf(cc.CodeNotFound, "there is no agent %.40q", in.ID)
	}
	to := in.To
	if now := time.UnixMilli(s.c.Engine.Journal().NowMs()); to.IsZero() || to.After(now) {
		to = now
	}
	if !in.From.Before(to) || to.Sub(in.From) > longestSpan {
		return nil, wire.Errorf(cc.CodeBadCommand, "from must be before to, at most a day")
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	spans, whole, err := s.c.Engine.WhyNothing(ctx, in.ID, in.From.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, err
	}
	out := &nothingOut{}
	out.Body.Agent, out.Body.Whole, out.Body.Spans = in.ID, whole, []ExplainedSpan{}
	for _, x := range spans {
		e := ExplainedSpan{From: wire.At(x.FromMs), Until: wire.At(x.UntilMs), Reason: x.Reason.String(), Queue: x.Queue}
		if _, err := s.readable(p, x.Call); x.Call != "" && err == nil {
			e.Call = x.Call
		}
		out.Body.Spans = append(out.Body.Spans, e)
	}
	return out, nil
}
