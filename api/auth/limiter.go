package auth

import (
	"net/netip"
	"sync"
	"time"
)

// What failed sign-ins cost. A login is never locked for long: else anybody could lock out anybody.
const (
	window       = time.Minute
	firstWait    = time.Second
	maxWaitLogin = time.Minute
	maxWaitSrc   = 15 * time.Minute
	sourceFactor = 4       // a source may fail this many times as often as a login: offices share an address
	maxEntries   = 1 << 15 // of each map generation; the older one is dropped when the newer is full
)

// entry counts the failures of one key.
type entry struct {
	failures int
	since    time.Time // of the window
	until    time.Time // refused until then
	waits    int       // how often it was refused in a row, for the back-off
}

// limiter refuses sign-ins after too many failures, by login and by source. Bounded: under a flood of keys the oldest
// are forgotten.
type limiter struct {
	perMinute int

	mu       sync.Mutex
	new, old map[string]*entry // guarded by mu
}

func newLimiter(perMinute int) *limiter {
	return &limiter{perMinute: perMinute, new: make(map[string]*entry)}
}

func (l *limiter) get(key string) *entry {
	if e := l.new[key]; e != nil {
		return e
	}
	e := l.old[key]
	if e == nil {
		e = &entry{}
	}
	if len(l.new) >= maxEntries {
		l.old, l.new = l.new, make(map[string]*entry)
	}
	l.new[key] = e
	return e
}

// take counts an attempt as failed before it is made, so that many at once cannot pass; 0: go on, else how long to
// wait.
func (l *limiter) take(login, source string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, b := l.get("l/"+login), l.get("s/"+source)
	if wait := max(a.until.Sub(now), b.until.Sub(now)); wait > 0 {
		return wait
	}
	a.fail(now, l.perMinute, maxWaitLogin)
	b.fail(now, l.perMinute*sourceFactor, maxWaitSrc)
	return 0
}

// fail counts one and, past the limit, makes the next wait, twice as long each time.
func (e *entry) fail(now time.Time, limit int, longest time.Duration) {
	if now.Sub(e.since) > window+longest {
		*e = entry{}
	}
	if e.failures == 0 || now.Sub(e.since) > window && e.waits == 0 {
		e.since, e.failures = now, 0
	}
	e.failures++
	if e.failures < limit {
		return
	}
	wait := min(firstWait<<min(e.waits, 20), longest)
	e.waits++
	e.since, e.until = now, now.Add(wait)
}

// forgive takes the attempt back: it was no failure.
func (l *limiter) forgive(login, source string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*l.get("l/" + login) = entry{}
	if e := l.get("s/" + source); e.failures > 0 {
		e.failures--
		e.until = time.Time{}
	}
}

// source is what failures are counted by: one IPv4 address, or the /64 of an IPv6 one.
func source(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	ip := ap.Addr().Unmap()
	if ip.Is6() {
		p, _ := ip.Prefix(64)
		return p.String()
	}
	return ip.String()
}
