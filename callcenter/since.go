package callcenter

// KeepSince carries over since when each entry of a number says what it says: that of the entry before, where that says
// the same, else nowMs (R1).
func KeepSince(now, before []*Number, nowMs int64) {
	type entry struct {
		e164   string
		fromMs int64
	}
	old := make(map[entry]*Number, len(before))
	for _, n := range before {
		old[entry{n.E164, n.FromMs}] = n
	}
	for _, n := range now {
		was := old[entry{n.E164, n.FromMs}]
		n.SinceMs = nowMs
		if was != nil && n.says() == was.says() {
			n.SinceMs = was.SinceMs
		}
	}
}

// stamps is what an entry of a number says.
type stamps struct {
	role                              NumberRole
	tenant, campaign, workflow, agent string
	connect                           ConnectMode
	connectAfterMs                    int64
}

func (n *Number) says() stamps {
	return stamps{n.Role, n.Tenant, n.Campaign, n.Workflow, n.Agent, n.Connect, n.ConnectAfterMs}
}
