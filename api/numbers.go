package api

import (
	"context"
	"strings"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/number"
)

// Number is one entry of the inventory (R1).
type Number struct {
	Number       string    `json:"number" doc:"E.164"`
	Role         string    `json:"role" doc:"tracking, direct_line, shared, forwarding or bypass"`
	Tenant       string    `json:"tenant,omitempty"`
	Campaign     string    `json:"campaign,omitempty"`
	CampaignName string    `json:"campaign_name,omitempty"`
	Workflow     string    `json:"workflow,omitempty"`
	Agent        string    `json:"agent,omitempty"`
	Since        wire.Time `json:"since,omitempty" format:"date-time" doc:"It says this since then; absent: not yet"`
	From         wire.Time `json:"from,omitempty" format:"date-time" doc:"It holds from then on; absent: always"`
	Until        wire.Time `json:"until,omitempty" format:"date-time" doc:"Until a later entry of the number holds"`
	LastCall     wire.Time `json:"last_call_at,omitempty" format:"date-time" doc:"When the number was last called"`
}

type (
	numbersIn struct {
		Q string `query:"q" maxLength:"64" doc:"A number in any spelling, or part of a number, of a campaign or of its name"`
	}
	numbersOut struct {
		Body struct {
			Numbers []Number `json:"numbers"`
			NotOurs string   `json:"not_ours,omitempty" doc:"The number asked for, E.164, when it is none that you may see"`
		}
	}
)

func (s *Server) numbers(ctx context.Context, in *numbersIn) (*numbersOut, error) {
	p, dir := who(ctx), s.c.Engine.Directory()
	out := &numbersOut{}
	out.Body.Numbers = []Number{}
	q := strings.ToLower(strings.TrimSpace(in.Q))
	whole, err := number.E164(in.Q, dir.Center.Region)
	if err != nil {
		whole = ""
	}
	v := s.c.Engine.Journal().View()
	defer v.Close()
	now := s.c.Engine.Journal().NowMs()
	exact := false
	for _, n := range dir.Center.Numbers {
		if !mayKnow(p, dir, n) {
			continue
		}
		name := dir.Campaign(n.Campaign).GetName()
		switch {
		case n.E164 == whole:
			exact = true
		case !strings.Contains(n.E164+"\n"+strings.ToLower(n.Campaign+"\n"+name), q):
			continue
		}
		x := Number{
			Number: n.E164, Role: strings.ToLower(n.Role.String()), Tenant: n.Tenant, Campaign: n.Campaign,
			CampaignName: name, Workflow: n.Workflow, Agent: n.Agent, From: wire.At(n.FromMs),
		}
		if n.FromMs <= now && n.SinceMs != 0 {
			x.Since = wire.At(max(n.SinceMs, n.FromMs))
		}
		for _, later := range dir.NumberEntries(n.E164) {
			if later.FromMs > n.FromMs {
				x.Until = wire.At(later.FromMs)
				break
			}
		}
		if last, ok := v.Get([]byte(desk.NumberCalls + n.E164)); ok {
			for _, at := range b2bua.ParseTimes(last) {
				x.LastCall = wire.At(at)
			}
		}
		out.Body.Numbers = append(out.Body.Numbers, x)
	}
	if !exact && len(out.Body.Numbers) == 0 {
		out.Body.NotOurs = whole
	}
	return out, nil
}

// mayKnow: a number of a granted tenant, a line of an agent of one, or one that belongs to the company as a whole.
func mayKnow(p *auth.Principal, dir *cc.Directory, n *cc.Number) bool {
	switch {
	case n.Tenant != "":
		return p.Granted(n.Tenant)
	case n.Agent != "":
		return p.Shares(dir.Agent(n.Agent).GetTenants())
	}
	return true
}
