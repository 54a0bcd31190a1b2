package registrar

import (
	"slices"
	"strings"

	"github.com/wirechief/wirechief/sip/leg"
)

// Contact is one contact of a REGISTER.
type Contact struct {
	URI      string
	ExpiresS int64 // -1 = not given
	Instance string
	RegID    string
}

// Request is a REGISTER of a user who proved to be that user.
type Request struct {
	AOR       string
	CallID    string
	CSeq      uint32
	Star      bool // Contact: *
	Contacts  []Contact
	ExpiresS  int64 // Expires header, -1 = not given
	UserAgent string
	Source    leg.Dest
}

// Result is the answer to a REGISTER.
type Result struct {
	Code        int // 200, 400, 403, 423, 500, 503
	Reason      string
	MinExpiresS int64     // with 423
	Bindings    []Binding // with 200: all current ones of the user
}

func refuse(code int, reason string) Result { return Result{Code: code, Reason: reason} }

// Register handles one REGISTER (RFC 3261 10.3) and calls done once: at once when nothing need be written, else
// when the write is durable. A request without contacts is a query.
func (r *Registrar) Register(q Request, done func(Result)) {
	if len(q.UserAgent) > 128 {
		q.UserAgent = q.UserAgent[:128]
	}
	now := r.nowMs()
	r.mu.Lock()
	u := r.users[q.AOR]
	if u == nil {
		if len(r.users) >= r.cfg.MaxUsers {
			r.mu.Unlock()
			r.Stats.Refused.Add(1)
			done(refuse(503, "Service Unavailable"))
			return
		}
		u = &user{storedMs: map[string]int64{}}
	}
	next, refusal := r.apply(u, &q, now)
	if refusal.Code != 0 {
		r.mu.Unlock()
		r.Stats.Refused.Add(1)
		done(refusal)
		return
	}
	if len(q.Contacts) == 0 && !q.Star {
		current := live(u.committed, now)
		r.mu.Unlock()
		done(Result{Code: 200, Reason: "OK", Bindings: current})
		return
	}
	r.users[q.AOR] = u
	u.proposed = next
	u.version++
	u.inFlight++
	version := u.version
	write := r.cfg.Store != nil && r.mustWrite(u, next)
	if !write {
		r.mu.Unlock()
		r.finish(u, q.AOR, version, next, false, nil, done)
		return
	}
	r.queuePut(Record{AOR: q.AOR, Bindings: slices.Clone(next)}, func(err error) {
		r.finish(u, q.AOR, version, next, true, err, done)
	})
	r.mu.Unlock()
	r.drainPuts()
}

// apply computes the bindings after the request, from what earlier requests proposed. mu is held.
func (r *Registrar) apply(u *user, q *Request, now int64) ([]Binding, Result) {
	if q.Star {
		if q.ExpiresS != 0 || len(q.Contacts) > 0 {
			return nil, refuse(400, "Bad Wildcard Contact")
		}
		for _, b := range u.proposed {
			if b.CallID == q.CallID && q.CSeq <= b.CSeq {
				return nil, refuse(500, "CSeq Out Of Order")
			}
		}
		return nil, Result{}
	}
	next := live(u.proposed, now)
	for i := range q.Contacts {
		c := &q.Contacts[i]
		granted, refusal := r.grant(c, q)
		if refusal.Code != 0 {
			return nil, refusal
		}
		b := Binding{
			AOR: q.AOR, Contact: c.URI, Dest: q.Source, ExpiresAtMs: now + granted*1000, GrantedS: granted,
			CallID: q.CallID, CSeq: q.CSeq, UserAgent: q.UserAgent, Instance: c.Instance, RegID: c.RegID,
		}
		at := slices.IndexFunc(next, func(o Binding) bool { return o.key() == b.key() })
		if at >= 0 && next[at].CallID == q.CallID && q.CSeq <= next[at].CSeq {
			return nil, refuse(500, "CSeq Out Of Order")
		}
		switch {
		case granted == 0 && at >= 0:
			next = slices.Delete(next, at, at+1)
		case granted == 0:
		case at >= 0:
			next[at] = b
		case len(next) >= r.cfg.MaxContacts:
			return nil, refuse(403, "Too Many Contacts")
		default:
			next = append(next, b)
		}
	}
	return next, Result{}
}

// grant decides the seconds of one contact: its own parameter, else the Expires header, else the default.
func (r *Registrar) grant(c *Contact, q *Request) (int64, Result) {
	s := c.ExpiresS
	if s < 0 {
		s = q.ExpiresS
	}
	if s < 0 {
		s = r.cfg.DefaultExpiresS
	}
	if s > 0 && s < r.cfg.MinExpiresS {
		return 0, Result{Code: 423, Reason: "Interval Too Brief", MinExpiresS: r.cfg.MinExpiresS}
	}
	return min(s, r.cfg.MaxExpiresS), Result{}
}

// mustWrite reports whether next differs from what is durable in more than a refresh in the first half of its life.
func (r *Registrar) mustWrite(u *user, next []Binding) bool {
	if u.inFlight > 1 || len(next) != len(u.storedMs) || len(next) != len(u.committed) {
		return true
	}
	for i := range next {
		b, o := &next[i], &u.committed[i]
		if b.key() != o.key() || b.Contact != o.Contact || b.Dest != o.Dest || b.GrantedS != o.GrantedS ||
			b.CallID != o.CallID || o.Unreachable {
			return true
		}
		if b.ExpiresAtMs-u.storedMs[b.key()] > b.GrantedS*1000/2 {
			return true
		}
	}
	return false
}

// finish commits a proposal once it is durable, or drops it.
func (r *Registrar) finish(
	u *user, aor string, version uint64, next []Binding, written bool, err error, done func(Result),
) {
	r.mu.Lock()
	u.inFlight--
	if err != nil {
		if u.version == version {
			u.proposed = slices.Clone(u.committed)
		}
		r.forget(aor, u)
		r.mu.Unlock()
		r.Stats.StoreFailed.Add(1)
		done(refuse(500, "Registration Not Stored"))
		return
	}
	changes := r.commit(u, next, written)
	bindings := slices.Clone(next)
	r.forget(aor, u)
	r.mu.Unlock()
	for _, c := range changes {
		r.cfg.OnChange(c)
	}
	done(Result{Code: 200, Reason: "OK", Bindings: bindings})
}

// commit makes next what lookups see. mu is held.
func (r *Registrar) commit(u *user, next []Binding, written bool) []Change {
	changes := r.compare(u.committed, next)
	r.index(u.committed, next)
	u.committed = slices.Clone(next)
	if written || r.cfg.Store == nil {
		clear(u.storedMs)
		for i := range next {
			u.storedMs[next[i].key()] = next[i].ExpiresAtMs
		}
	}
	return changes
}

// compare lists what differs between two states of one user.
func (r *Registrar) compare(old, next []Binding) []Change {
	var changes []Change
	for i := range next {
		at := slices.IndexFunc(old, func(o Binding) bool { return o.key() == next[i].key() })
		if at >= 0 && !old[at].Unreachable {
			r.Stats.Refreshed.Add(1)
			if old[at].Dest == next[i].Dest && old[at].Contact == next[i].Contact {
				continue
			}
		} else {
			r.Stats.Registered.Add(1)
		}
		changes = append(changes, Change{Kind: ChangeRegistered, Binding: next[i], Reachable: reachable(next)})
	}
	now := r.nowMs()
	for i := range old {
		if slices.ContainsFunc(next, func(n Binding) bool { return n.key() == old[i].key() }) {
			continue
		}
		kind := ChangeRemoved
		if old[i].ExpiresAtMs <= now {
			kind = ChangeExpired
			r.Stats.Expired.Add(1)
		} else {
			r.Stats.Removed.Add(1)
		}
		changes = append(changes, Change{Kind: kind, Binding: old[i], Reachable: reachable(next)})
	}
	return changes
}

// forget drops a user without bindings or writes under way. mu is held.
func (r *Registrar) forget(aor string, u *user) {
	if len(u.committed) == 0 && len(u.proposed) == 0 && u.inFlight == 0 && r.users[aor] == u {
		delete(r.users, aor)
	}
}

func live(list []Binding, now int64) []Binding {
	out := make([]Binding, 0, len(list)+1)
	for _, b := range list {
		if b.ExpiresAtMs > now {
			out = append(out, b)
		}
	}
	return out
}

func reachable(list []Binding) int {
	n := 0
	for i := range list {
		if !list[i].Unreachable {
			n++
		}
	}
	return n
}

// NormalContact gives the form contacts are compared in: scheme and host in lower case, nothing else changed.
func NormalContact(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return uri
	}
	user := ""
	if at := strings.IndexByte(rest, '@'); at >= 0 {
		user, rest = rest[:at+1], rest[at+1:]
	}
	end := strings.IndexAny(rest, ";?")
	if end < 0 {
		end = len(rest)
	}
	return strings.ToLower(scheme) + ":" + user + strings.ToLower(rest[:end]) + rest[end:]
}
