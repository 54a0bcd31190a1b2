package hooks

import "sync/atomic"

// States of a webhook.
const (
	StateStarting   = "starting"
	StateDelivering = "delivering" // everything so far was taken, or is being posted
	StateRetrying   = "retrying"   // the last POST failed
	StateParked     = "parked"     // failed for too long: waits to be resumed
	StatePaused     = "paused"     // by configuration
	StateNoSecret   = "no_secret"  // the variable holds no secret
	StateNoPlace    = "no_place"   // its place cannot be written: nothing is posted meanwhile
)

// Status is how a webhook stands.
type Status struct {
	ID           string
	State        string
	Place        Place
	Attempts     int // in a row that failed
	NextMs       int64
	LastError    string // never with URL, secret or answer
	DeliveredMs  int64  // when the last POST was taken
	Delivered    uint64 // events, since this process started
	PendingSeq   uint64 // the first event that waits; 0: none
	PendingSince int64  // when that happened
}

// Stats count deliveries; published as wirechief_api_hooks_*.
type Stats struct{ Posts, Failures, Events, Lost atomic.Uint64 }

// Each gives every counter by name.
func (h *Hooks) Each(f func(name string, v float64)) {
	f("hooks_posts_total", float64(h.Stats.Posts.Load()))
	f("hooks_failures_total", float64(h.Stats.Failures.Load()))
	f("hooks_events_total", float64(h.Stats.Events.Load()))
	f("hooks_lost_total", float64(h.Stats.Lost.Load()))
	states := map[string]int{}
	behind, now := int64(0), h.o.NowMs()
	for _, s := range h.List() {
		states[s.State]++
		if s.PendingSince != 0 {
			behind = max(behind, now-s.PendingSince)
		}
	}
	f("hooks_parked", float64(states[StateParked]))
	f("hooks_failing", float64(states[StateRetrying]+states[StateNoSecret]+states[StateNoPlace]))
	f("hooks_behind_ms", float64(behind))
}
