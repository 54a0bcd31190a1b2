package lookup

import (
	"sync"
	"sync/atomic"
	"time"
)

// maxCached bounds the answers remembered, in each of two generations.
const maxCached = 5_000

// question is what an answer belongs to.
type question struct{ url, tenant, caller string }

type answer struct {
	refs  []Ref
	until time.Time
}

// cache remembers answers, "nobody" too, until they are too old.
type cache struct {
	mu       sync.Mutex
	hot, old map[question]answer
}

func newCache() cache { return cache{hot: make(map[question]answer)} }

func (c *cache) get(q question, now time.Time) ([]Ref, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.hot[q]
	if !ok {
		a, ok = c.old[q]
	}
	return a.refs, ok && now.Before(a.until)
}

func (c *cache) put(q question, refs []Ref, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.hot) >= maxCached {
		c.hot, c.old = make(map[question]answer), c.hot
	}
	c.hot[q] = answer{refs, until}
}

// Stats count look-ups; published as wirechief_api_lookup_*.
type Stats struct{ Found, None, Ambiguous, Late, Failed, Skipped, Cached, Untold atomic.Uint64 }

// Each gives every counter by name.
func (s *Stats) Each(f func(name string, v float64)) {
	f("lookup_found_total", float64(s.Found.Load()))
	f("lookup_none_total", float64(s.None.Load()))
	f("lookup_ambiguous_total", float64(s.Ambiguous.Load()))
	f("lookup_late_total", float64(s.Late.Load()))
	f("lookup_failed_total", float64(s.Failed.Load()))
	f("lookup_skipped_total", float64(s.Skipped.Load()))
	f("lookup_cached_total", float64(s.Cached.Load()))
	f("lookup_untold_total", float64(s.Untold.Load()))
}
