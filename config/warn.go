package config

// warn names every feature whose prerequisite is missing: what is configured and would silently do nothing (R104).
func (k *checker) warn() {
	k.warnNumbers()
	k.warnQueues()
	k.warnAgents()
	active := map[string]bool{}
	for i := range k.Reasons {
		active[k.Reasons[i].Tenant] = active[k.Reasons[i].Tenant] || k.Reasons[i].Active
	}
	for i := range k.Tenants {
		if !active[k.Tenants[i].ID] {
			k.warnAt(item("tenants", i, ""), "tenant %s has no active call reason: its bubbles cannot be closed by one (R47)",
				quote(k.Tenants[i].ID))
		}
	}
	if len(k.Trunks) == 0 {
		k.warnAt("trunks", "there is no trunk: no call from outside is taken")
	}
}

func (k *checker) warnNumbers() {
	used, dialled := map[string]bool{}, false
	for i := range k.Numbers {
		n := &k.Numbers[i]
		used[n.Workflow] = true
		if n.Role == "tracking" || n.Role == "shared" {
			dialled = true
			if n.Workflow == "" {
				k.warnAt(item("numbers", i, ""), "%s has no workflow: its calls have no destination", n.Number)
			}
		}
		if n.Role == "tracking" && n.Campaign == "" {
			k.warnAt(item("numbers", i, ""), "%s has no campaign: its calls count as unattributed (R1)", n.Number)
		}
		if n.Role == "direct_line" {
			k.warnAt(item("numbers", i, "role"),
				"%s: direct lines are not served by this release, calls to it are refused", n.Number)
		}
	}
	if !dialled {
		k.warnAt("numbers", "there is no number that a caller could dial")
	}
	for i := range k.Workflows {
		if !used[k.Workflows[i].ID] {
			k.warnAt(item("workflows", i, ""), "workflow %s is no number's", quote(k.Workflows[i].ID))
		}
	}
}

func (k *checker) warnQueues() {
	reached, staffed := map[string]bool{}, map[string]map[string]bool{}
	for i := range k.Workflows {
		for _, s := range k.Workflows[i].Steps {
			reached[s.Queue] = true
		}
	}
	for i := range k.Agents {
		for _, q := range k.Agents[i].Queues {
			if staffed[q] == nil {
				staffed[q] = map[string]bool{}
			}
			for _, t := range k.Agents[i].Tenants {
				staffed[q][t] = true
			}
		}
	}
	for i := range k.Queues {
		q := &k.Queues[i]
		if !reached[q.ID] {
			k.warnAt(item("queues", i, ""), "no workflow leads to queue %s", quote(q.ID))
		}
		if staffed[q.ID] == nil {
			k.warnAt(item("queues", i, ""), "queue %s has no agents: its callers wait in vain", quote(q.ID))
			continue
		}
		for _, t := range q.Tenants {
			if !staffed[q.ID][t] {
				k.warnAt(item("queues", i, "tenants"), "no agent of queue %s may serve tenant %s (R8)", quote(q.ID), quote(t))
			}
		}
	}
}

func (k *checker) warnAgents() {
	for i := range k.Agents {
		a := &k.Agents[i]
		if a.Role == "csr" && len(a.Queues) == 0 {
			k.warnAt(item("agents", i, ""), "agent %s is in no queue (R15)", quote(a.ID))
		}
		if len(a.Queues) > 0 && a.SIPUser == "" && a.Contact == "" {
			k.warnAt(item("agents", i, ""), "agent %s has no phone (sip_user or contact): no call is offered", quote(a.ID))
		}
		if len(a.Queues) > 0 && len(a.Tenants) == 0 {
			k.warnAt(item("agents", i, ""), "agent %s may serve no tenant (R8): no call is offered", quote(a.ID))
		}
	}
}
