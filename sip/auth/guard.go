package auth

import (
	"sync"
	"time"
)

// GuardConfig bounds guessing.
type GuardConfig struct {
	Failures int           // in Window before a ban, default 5
	Window   time.Duration // default 1 min
	Ban      time.Duration // the first ban, doubled with each further one, default 1 min
	MaxBan   time.Duration // default 1 h; a key quiet that long starts afresh
	Keys     int           // keys remembered, default 65536; the oldest is forgotten first
}

// Guard counts failures per key (a source prefix or a user) and bans exponentially.
type Guard struct {
	cfg   GuardConfig
	mu    sync.Mutex
	keys  map[string]*guardEntry
	order []string
	head  int
}

type guardEntry struct {
	failures  int
	since     time.Time // start of the window
	bans      int
	bannedTil time.Time
	last      time.Time
}

// NewGuard makes a Guard with defaults filled in.
func NewGuard(cfg GuardConfig) *Guard {
	if cfg.Failures <= 0 {
		cfg.Failures = 5
	}
	if cfg.Window <= 0 {
		cfg.Window = time.Minute
	}
	if cfg.Ban <= 0 {
		cfg.Ban = time.Minute
	}
	if cfg.MaxBan <= 0 {
		cfg.MaxBan = time.Hour
	}
	if cfg.Keys <= 0 {
		cfg.Keys = 65536
	}
	return &Guard{cfg: cfg, keys: make(map[string]*guardEntry)}
}

// Banned reports whether the key is banned now.
func (g *Guard) Banned(key string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.keys[key]
	return e != nil && now.Before(e.bannedTil)
}

// Fail counts one failure; it returns true if this one began a ban.
func (g *Guard) Fail(key string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.keys[key]
	if e == nil {
		e = &guardEntry{since: now}
		g.remember(key, e)
	}
	if now.Sub(e.last) > g.cfg.MaxBan {
		e.bans = 0
	}
	e.last = now
	if now.Sub(e.since) > g.cfg.Window {
		e.failures, e.since = 0, now
	}
	if e.failures++; e.failures < g.cfg.Failures {
		return false
	}
	ban := g.cfg.Ban << min(e.bans, 16)
	if ban > g.cfg.MaxBan || ban <= 0 {
		ban = g.cfg.MaxBan
	}
	e.failures, e.since = 0, now
	e.bans++
	e.bannedTil = now.Add(ban)
	return true
}

// Len is the number of keys remembered.
func (g *Guard) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.keys)
}

func (g *Guard) remember(key string, e *guardEntry) {
	if len(g.order) < g.cfg.Keys {
		g.order = append(g.order, key)
	} else {
		delete(g.keys, g.order[g.head])
		g.order[g.head] = key
		g.head = (g.head + 1) % g.cfg.Keys
	}
	g.keys[key] = e
}
