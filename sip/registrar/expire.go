package registrar

import "slices"

// Sweep removes what has expired and returns how many bindings that were. Call it about once a second; lookups
// leave expired bindings out by themselves. A user is written again only by its next change: the store drops
// expired bindings on Load.
func (r *Registrar) Sweep() int {
	now := r.nowMs()
	var changes []Change
	r.mu.Lock()
	for aor, u := range r.users {
		if u.inFlight > 0 || !hasExpired(u.committed, now) {
			continue
		}
		next := live(u.committed, now)
		changes = append(changes, r.compare(u.committed, next)...)
		r.index(u.committed, next)
		u.committed, u.proposed = next, slices.Clone(next)
		u.version++
		if len(next) == 0 && r.cfg.Store != nil {
			r.queuePut(Record{AOR: aor}, func(error) {})
		}
		for key := range u.storedMs {
			if !slices.ContainsFunc(next, func(b Binding) bool { return b.key() == key }) {
				delete(u.storedMs, key)
			}
		}
		r.forget(aor, u)
	}
	r.mu.Unlock()
	r.drainPuts()
	n := 0
	for _, c := range changes {
		if c.Kind == ChangeExpired {
			n++
			r.cfg.OnChange(c)
		}
	}
	return n
}

func hasExpired(list []Binding, now int64) bool {
	return slices.ContainsFunc(list, func(b Binding) bool { return b.ExpiresAtMs <= now })
}
