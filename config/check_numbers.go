package config

import (
	"slices"

	"github.com/wirechief/wirechief/config/number"
)

// inbound says that callers may dial the number: it is in our inventory.
func (n *Number) inbound() bool { return n.Role != "forwarding" && n.Role != "bypass" }

// normal gives the E.164 form of a number in the file, or complains and leaves it.
func (k *checker) normal(path, text string) string {
	n, err := number.E164(text, k.Company.Region)
	if err == nil {
		return n
	}
	if k.Company.Region == "" {
		k.fail(path, "must be a telephone number with + and country code (company.region is not set), is %s", quote(text))
	} else {
		k.fail(path, "must be a telephone number of %s or one with + and country code, is %s", k.Company.Region, quote(text))
	}
	return text
}

func (k *checker) checkNumbers() {
	lines := map[string]int{} // agent -> index of the direct line
	for i := range k.Numbers {
		n := &k.Numbers[i]
		if n.Number == "" {
			continue
		}
		n.Number = k.normal(item("numbers", i, "number"), n.Number)
		first, again := k.numbers[n.Number]
		if again && k.numberTwice(i, first) {
			continue
		}
		if !again {
			k.numbers[n.Number] = i
		}
		k.checkRole(i, n)
		if n.Role == "direct_line" && n.Agent != "" {
			if first, twice := lines[n.Agent]; twice && k.Numbers[first].Number != n.Number {
				k.fail(item("numbers", i, "agent"), "%s has a direct line already, %s (R91)",
					quote(n.Agent), k.where(item("numbers", first, "")))
			}
			lines[n.Agent] = i
		}
	}
}

// numberTwice explains a number given a second time; two roles are the graver mistake. Entries of one role that hold from
// different times are none (R1).
func (k *checker) numberTwice(i, first int) bool {
	n, f := &k.Numbers[i], &k.Numbers[first]
	for j := range i {
		if o := &k.Numbers[j]; o.Number == n.Number && o.fromMs() == n.fromMs() {
			f, first = o, j
			break
		}
	}
	where := k.where(item("numbers", first, ""))
	switch {
	case n.Role == f.Role && n.fromMs() != f.fromMs():
		return false
	case n.Role == f.Role:
		k.fail(item("numbers", i, "number"), "%s is taken by %s", n.Number, where)
	case n.inbound() != f.inbound():
		k.fail(item("numbers", i, "role"), "%s cannot be %s and %s, see %s: a number has one role, "+
			"and we never forward to our own inventory (R2, R6, R91)", n.Number, n.Role, f.Role, where)
	default:
		k.fail(item("numbers", i, "role"), "%s cannot be %s and %s, see %s: a number has one role (R91)",
			n.Number, n.Role, f.Role, where)
	}
	return true
}

// checkRole checks the fields that a role needs and those that it cannot have.
func (k *checker) checkRole(i int, n *Number) {
	at := func(key string) string { return item("numbers", i, key) }
	k.refer(at("tenant"), n.Tenant, "tenant", k.tenants)
	k.refer(at("workflow"), n.Workflow, "workflow", k.workflows)
	k.refer(at("agent"), n.Agent, "agent", k.agents)
	if k.refer(at("campaign"), n.Campaign, "campaign", k.campaigns) {
		if t := k.Campaigns[k.campaigns[n.Campaign]].Tenant; n.Tenant != "" && t != n.Tenant {
			k.fail(at("campaign"), "%s belongs to tenant %s, the number to %s", quote(n.Campaign), quote(t), quote(n.Tenant))
		}
	}
	forbid := func(key, value string) {
		if value != "" {
			k.fail(at(key), "is not for a number of role %s", n.Role)
		}
	}
	need := func(key, value string) {
		if value == "" {
			k.fail(at(key), "is missing: a number of role %s needs it", n.Role)
		}
	}
	switch n.Role {
	case "tracking":
		need("tenant", n.Tenant)
		forbid("agent", n.Agent)
		k.checkServed(i, n)
	case "shared":
		forbid("tenant", n.Tenant)
		forbid("campaign", n.Campaign)
		forbid("agent", n.Agent)
	case "direct_line":
		need("agent", n.Agent)
		forbid("campaign", n.Campaign)
		forbid("workflow", n.Workflow)
		forbid("tenant", n.Tenant) // it is the agent's home tenant
	default:
		forbid("campaign", n.Campaign)
		forbid("workflow", n.Workflow)
		forbid("agent", n.Agent)
	}
}

// checkServed refuses a workflow that leads the tenant's calls to a queue that does not take them (R8).
func (k *checker) checkServed(i int, n *Number) {
	w, ok := k.workflows[n.Workflow]
	if !ok || n.Tenant == "" {
		return
	}
	for _, s := range k.Workflows[w].Steps {
		q, ok := k.queues[s.Queue]
		if ok && !slices.Contains(k.Queues[q].Tenants, n.Tenant) {
			k.fail(item("numbers", i, "workflow"), "%s leads to queue %s, which does not take calls of tenant %s (R8)",
				quote(n.Workflow), quote(s.Queue), quote(n.Tenant))
		}
	}
}
