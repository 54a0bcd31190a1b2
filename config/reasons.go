package config

import cc "github.com/wirechief/wirechief/callcenter"

// retired are the reasons in force that the file has no more: closed calls carry them, so they stay, inactive (R51).
func (c *Center) retired(was *cc.Center) (out []*cc.CallReason) {
	kept := make(map[string]bool, len(c.Reasons))
	for i := range c.Reasons {
		kept[c.Reasons[i].ID] = true
	}
	for _, r := range was.GetReasons() {
		if !kept[r.GetId()] {
			r = r.CloneVT()
			r.Active = false
			out = append(out, r)
		}
	}
	return out
}

// ReasonsAgainst names what the file cannot do to the reasons in force (R51): mistakes are those that it gives to another
// tenant, warnings those that it leaves out and that were active.
func (c *Center) ReasonsAgainst(was *cc.Center) (mistakes, warnings Problems) {
	tenants := make(map[string]string, len(was.GetReasons()))
	active := make(map[string]bool, len(was.GetReasons()))
	for _, r := range was.GetReasons() {
		tenants[r.GetId()], active[r.GetId()] = r.GetTenant(), r.GetActive()
	}
	for i := range c.Reasons {
		r := &c.Reasons[i]
		if t, ok := tenants[r.ID]; ok && t != r.Tenant {
			mistakes = append(mistakes, c.Mistake(item("reasons", i, "tenant"),
				"reason %s belongs to tenant %s, whose closed calls carry it: take another id (R51)", quote(r.ID), quote(t)))
		}
	}
	for _, r := range c.retired(was) {
		if active[r.Id] {
			warnings = append(warnings, c.Mistake("reasons",
				"%s is left out: it is retired (active: false), never deleted (R51)", quote(r.Id)))
		}
	}
	return mistakes, warnings
}
