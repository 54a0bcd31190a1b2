package sip

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/leg"
)

// routeState is what is known of a Call-ID.
type routeState uint8

const (
	routeNone    routeState = iota
	routePending            // INVITE handed over, no word from the handler yet
	routeBound              // messages go to a sink
	routeGone               // over: late messages are not new
)

// routeTTL is how long a pending route may stay undecided and a tombstone lasts: 64*T1 (RFC 3261 17.1.1.2).
const routeTTL = 32 * time.Second

// route is one entry, copied out of the table.
type route struct {
	state routeState
	sink  any
	began began           // the INVITE that made it, zero if the call is ours
	final *final          // with routeGone: the answer given by Reply
	bye   leg.LastRequest // with routeGone: their BYE, which had its 200; Method "" = none
}

// began names the INVITE that made a route.
type began struct {
	cseq            uint32
	branch, fromTag string
}

func beganBy(req *sip.Request) began {
	branch, _ := req.Via().Params.Get("branch")
	tag, _ := req.From().Params.Get("tag")
	return began{req.CSeq().SeqNo, branch, tag}
}

// mergedWith: the request came on another branch, by way of a proxy that forked: the same call must not ring twice
// (RFC 3261 8.2.2.2).
func (b began) mergedWith(req *sip.Request) bool {
	if req.Method != sip.INVITE || b.cseq == 0 || hasToTag(req) {
		return false
	}
	other := beganBy(req)
	return other.cseq == b.cseq && other.fromTag == b.fromTag && other.branch != b.branch
}

// routes maps Call-IDs, in shards so that lanes do not wait for each other. Bound routes end by Unbind; the others by
// age, or early when the table is full.
type routes struct {
	shards  [32]routeShard
	limit   int          // tombstones and pending routes per shard
	pending atomic.Int64 // entries in routePending
}

type routeShard struct {
	mu    sync.Mutex
	m     map[string]*routeEntry
	aging []agingRoute // in order of time
}

type routeEntry struct {
	route
	gen uint64 // tells an aging record whether the entry is still the one it was made for
}

type agingRoute struct {
	callID string
	gen    uint64
	until  time.Time
}

func newRoutes(limit int) *routes {
	r := &routes{limit: max(limit/32, 1)}
	for i := range r.shards {
		r.shards[i].m = map[string]*routeEntry{}
	}
	return r
}

func (r *routes) shard(callID string) *routeShard {
	return &r.shards[xxhash.Sum64String(callID)>>32%uint64(len(r.shards))]
}

func (r *routes) get(callID string) route {
	s := r.shard(callID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.m[callID]; e != nil {
		return e.route
	}
	return route{}
}

// bind gives a Call-ID to a sink.
func (r *routes) bind(callID string, sink any) {
	s := r.shard(callID)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.m[callID]
	if e == nil {
		e = &routeEntry{}
		s.m[callID] = e
	}
	r.leave(e)
	e.state, e.sink, e.final = routeBound, sink, nil
}

// pend begins a pending route for an INVITE.
func (r *routes) pend(callID string, by began, now time.Time) {
	s := r.shard(callID)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.age(s, callID, route{state: routePending, began: by}, now)
}

// end turns a route into a tombstone that knows the answers of as. It returns what it was.
func (r *routes) end(callID string, as route, now time.Time) routeState {
	s := r.shard(callID)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.m[callID]
	if e == nil {
		return routeNone
	}
	was := e.state
	if was == routeGone {
		return was
	}
	r.age(s, callID, route{state: routeGone, began: e.began, final: as.final, bye: as.bye}, now)
	return was
}

// age sets an entry that ends by itself. The shard is locked.
func (r *routes) age(s *routeShard, callID string, to route, now time.Time) {
	e := s.m[callID]
	if e == nil {
		e = &routeEntry{}
		s.m[callID] = e
	}
	r.leave(e)
	e.route = to
	if to.state == routePending {
		r.pending.Add(1)
	}
	if len(s.aging) >= r.limit {
		r.drop(s, s.aging[0])
		s.aging = s.aging[1:]
	}
	s.aging = append(s.aging, agingRoute{callID, e.gen, now.Add(routeTTL)})
}

// leave begins a new generation of an entry.
func (r *routes) leave(e *routeEntry) {
	if e.state == routePending {
		r.pending.Add(-1)
	}
	e.gen++
}

// drop removes what an aging record stands for, unless the entry has moved on.
func (r *routes) drop(s *routeShard, a agingRoute) routeState {
	e := s.m[a.callID]
	if e == nil || e.gen != a.gen {
		return routeNone
	}
	r.leave(e)
	delete(s.m, a.callID)
	return e.state
}

// sweep removes what is too old and returns how many pending routes were never decided.
func (r *routes) sweep(now time.Time) (undecided int) {
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		n := 0
		for n < len(s.aging) && !now.Before(s.aging[n].until) {
			if r.drop(s, s.aging[n]) == routePending {
				undecided++
			}
			n++
		}
		if n == len(s.aging) {
			s.aging = nil
		} else {
			s.aging = s.aging[n:]
		}
		s.mu.Unlock()
	}
	return undecided
}

// size counts entries.
func (r *routes) size() int {
	n := 0
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		n += len(s.m)
		s.mu.Unlock()
	}
	return n
}
