package queues

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Redial is what R94 gives a caller who calls again.
type Redial struct {
	Call       string // whose place it is
	Waiting    bool   // that call still waits: share its place (WaitingCall.place = Call); else the place is taken over
	EnqueuedMs int64
	EnteredMs  int64
	UntilMs    int64 // of a place that was left: it may be taken before
}

type redialKey struct{ queue, tenant, caller string }

func keyOfCaller(w *cc.WaitingCall) redialKey { return redialKey{w.Queue, w.Tenant, w.Caller} }

// longestRedialMs is the longest redial window a queue may have; what was left before is forgotten.
const longestRedialMs = 60 * 60_000

// redials finds the places of callers who call again: those who still wait, and those who hung up not long ago.
type redials struct {
	waiting map[redialKey][]*call
	left    map[redialKey]*cc.LeftPlace
	order   []*cc.LeftPlace // as told; some are no longer in left
}

func newRedials() redials {
	return redials{waiting: map[redialKey][]*call{}, left: map[redialKey]*cc.LeftPlace{}}
}

func (r *redials) arrive(c *call) {
	if c.w.Caller != "" {
		k := keyOfCaller(c.w)
		r.waiting[k] = append(r.waiting[k], c)
	}
}

func (r *redials) leave(c *call) {
	if c.w.Caller == "" {
		return
	}
	k := keyOfCaller(c.w)
	rest := slices.DeleteFunc(r.waiting[k], func(o *call) bool { return o == c })
	if r.waiting[k] = rest; len(rest) == 0 {
		delete(r.waiting, k)
	}
}

// SetLeft tells that a caller hung up while waiting and may take the place again. Withheld callers have no place to come
// back to. Beyond Limits.MaxLeft the oldest is forgotten and counted.
func (m *Matcher) SetLeft(p *cc.LeftPlace) {
	if p.Caller == "" {
		return
	}
	r := &m.redials
	r.left[redialKey{p.Queue, p.Tenant, p.Caller}] = p
	r.order = append(r.order, p)
	for len(r.order) > 0 && (len(r.order) > m.limits.MaxLeft || r.order[0].LeftMs+longestRedialMs < p.LeftMs) {
		old := r.order[0]
		r.order = r.order[1:]
		k := redialKey{old.Queue, old.Tenant, old.Caller}
		if r.left[k] != old {
			continue // taken, or left again
		}
		if old.LeftMs+longestRedialMs >= p.LeftMs {
			m.stats.LeftDropped++
		}
		delete(r.left, k)
	}
}

// RemoveLeft tells that a left place has been taken over, or is none any more.
func (m *Matcher) RemoveLeft(p *cc.LeftPlace) {
	k := redialKey{p.Queue, p.Tenant, p.Caller}
	if is := m.redials.left[k]; is != nil && is.Call == p.Call {
		delete(m.redials.left, k)
	}
}

// Redial finds the place of a caller who comes to a queue again: of the same tenant, queue and number, while the earlier
// call waits, or within the queue's redial window after it hung up (R94). False: there is none.
func (m *Matcher) Redial(queue, tenant, caller string, now int64) (Redial, bool) {
	m.advance(now)
	q := m.queues[queue]
	if q == nil || caller == "" || q.cfg.RedialWindowMs <= 0 {
		return Redial{}, false
	}
	k := redialKey{queue, tenant, caller}
	if calls := m.redials.waiting[k]; len(calls) > 0 {
		first := slices.MinFunc(calls, compareJoined)
		w, id := first.w, first.w.Call
		if w.Place != "" {
			id = w.Place
		}
		return Redial{Call: id, Waiting: true, EnqueuedMs: w.EnqueuedMs, EnteredMs: first.enteredMs()}, true
	}
	if p := m.redials.left[k]; p != nil && m.now < p.LeftMs+q.cfg.RedialWindowMs {
		return Redial{
			Call: p.Call, EnqueuedMs: p.EnqueuedMs, EnteredMs: p.EnteredMs, UntilMs: p.LeftMs + q.cfg.RedialWindowMs,
		}, true
	}
	return Redial{}, false
}
