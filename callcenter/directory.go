package callcenter

import (
	"cmp"
	"slices"
)

// Directory is a Center with look-ups by id, built once per version and then only read.
type Directory struct {
	Center    *Center
	tenants   map[string]*Tenant
	campaigns map[string]*Campaign
	numbers   map[string][]*Number // entries of one number by from_ms
	workflows map[string]*Workflow
	queues    map[string]*Queue
	agents    map[string]*Agent
	logins    map[string]*Agent
	sipUsers  map[string]*Agent
	reasons   map[string]*CallReason
}

// NewDirectory indexes a configuration that has been validated.
func NewDirectory(c *Center) *Directory {
	return &Directory{
		Center:    c,
		tenants:   byKey(c.Tenants, (*Tenant).GetId),
		campaigns: byKey(c.Campaigns, (*Campaign).GetId),
		numbers:   entries(c.Numbers),
		workflows: byKey(c.Workflows, (*Workflow).GetId),
		queues:    byKey(c.Queues, (*Queue).GetId),
		agents:    byKey(c.Agents, (*Agent).GetId),
		logins:    byKey(c.Agents, (*Agent).GetLogin),
		sipUsers:  byKey(c.Agents, (*Agent).GetSipUser),
		reasons:   byKey(c.Reasons, (*CallReason).GetId),
	}
}

func byKey[T any](items []*T, key func(*T) string) map[string]*T {
	m := make(map[string]*T, len(items))
	for _, it := range items {
		if k := key(it); k != "" {
			m[k] = it
		}
	}
	return m
}

func entries(numbers []*Number) map[string][]*Number {
	m := make(map[string][]*Number, len(numbers))
	for _, n := range numbers {
		m[n.E164] = append(m[n.E164], n)
	}
	for _, n := range numbers {
		if list := m[n.E164]; len(list) > 1 {
			slices.SortStableFunc(list, func(a, b *Number) int { return cmp.Compare(a.FromMs, b.FromMs) })
		}
	}
	return m
}

// Number is the entry of a number that holds first; without dated entries its only one. Nil for a number that is not ours.
func (d *Directory) Number(e164 string) *Number {
	if list := d.numbers[e164]; len(list) > 0 {
		return list[0]
	}
	return nil
}

// NumberAt is what is said of a number at a time (R1): its latest entry that holds by then.
func (d *Directory) NumberAt(e164 string, nowMs int64) (at *Number) {
	for _, n := range d.numbers[e164] {
		if n.FromMs <= nowMs {
			at = n
		}
	}
	return at
}

// NumberEntries are all entries of a number, by the time from which they hold.
func (d *Directory) NumberEntries(e164 string) []*Number { return d.numbers[e164] }

// Each look-up returns nil for an unknown id.
func (d *Directory) Tenant(id string) *Tenant       { return d.tenants[id] }
func (d *Directory) Campaign(id string) *Campaign   { return d.campaigns[id] }
func (d *Directory) Workflow(id string) *Workflow   { return d.workflows[id] }
func (d *Directory) Queue(id string) *Queue         { return d.queues[id] }
func (d *Directory) Agent(id string) *Agent         { return d.agents[id] }
func (d *Directory) AgentByLogin(l string) *Agent   { return d.logins[l] }
func (d *Directory) AgentBySIPUser(u string) *Agent { return d.sipUsers[u] }
func (d *Directory) Reason(id string) *CallReason   { return d.reasons[id] }

// Granted says whether the agent may serve the tenant (R8). An unresolved tenant ("") needs no grant here.
func (a *Agent) Granted(tenant string) bool {
	if tenant == "" {
		return true
	}
	return slices.Contains(a.GetTenants(), tenant)
}

// Member says whether the agent is assigned to the queue (R15).
func (a *Agent) Member(queue string) bool {
	return slices.Contains(a.GetQueues(), queue)
}
