package wire

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Center is what a client needs of the configuration, of its tenants only.
type Center struct {
	Tenants   []Tenant `json:"tenants"`
	Campaigns []Named  `json:"campaigns"`
	QueueList []Named  `json:"queue_names"`
	People    []Named  `json:"people"`
	Reasons   []Reason `json:"reasons"`
}

// Named is an id with its name, and the tenant it belongs to if to one only.
type Named struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Tenant string `json:"tenant,omitempty"`
}

// Tenant with the reasons that people choose for Unavailable.
type Tenant struct {
	ID              string   `json:"id"`
	Name            string   `json:"name"`
	Timezone        string   `json:"timezone,omitempty"`
	Greeting        string   `json:"greeting,omitempty"`
	PresenceReasons []string `json:"presence_reasons"`
}

// Reason is a call reason that may be given at the close (R47).
type Reason struct {
	ID     string `json:"id"`
	Tenant string `json:"tenant"`
	Name   string `json:"name"`
	Lead   bool   `json:"lead" doc:"The call counts as a lead"`
}

// NewCenter shows the part of the configuration that belongs to the tenants that granted says yes to.
func NewCenter(dir *cc.Directory, granted func(tenant string) bool) Center {
	c := Center{Tenants: []Tenant{}, Campaigns: []Named{}, QueueList: []Named{}, People: []Named{}, Reasons: []Reason{}}
	for _, t := range dir.Center.Tenants {
		if granted(t.Id) {
			c.Tenants = append(c.Tenants, Tenant{
				t.Id, t.Name, t.Timezone, t.Greeting, append([]string{}, t.PresenceReasons...),
			})
		}
	}
	for _, x := range dir.Center.Campaigns {
		if granted(x.Tenant) {
			c.Campaigns = append(c.Campaigns, Named{x.Id, x.Name, x.Tenant})
		}
	}
	for _, q := range dir.Center.Queues {
		if Any(q.Tenants, granted) {
			c.QueueList = append(c.QueueList, Named{ID: q.Id, Name: q.Name})
		}
	}
	for _, a := range dir.Center.Agents {
		if Any(a.Tenants, granted) {
			c.People = append(c.People, Named{ID: a.Id, Name: a.Name})
		}
	}
	c.Reasons = Reasons(dir, granted)
	return c
}

// Reasons are the active call reasons of the granted tenants.
func Reasons(dir *cc.Directory, granted func(tenant string) bool) []Reason {
	out := []Reason{}
	for _, r := range dir.Center.Reasons {
		if r.Active && granted(r.Tenant) {
			out = append(out, Reason{r.Id, r.Tenant, r.Name, r.Lead})
		}
	}
	return out
}

// Any says whether one of the tenants is granted.
func Any(tenants []string, granted func(string) bool) bool {
	return slices.ContainsFunc(tenants, granted)
}
