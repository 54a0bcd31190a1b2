package registrar

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirechief/wirechief/sip/leg"
)

// Config of a Registrar. A zero field means its default.
type Config struct {
	MinExpiresS     int64 // shorter is refused with 423, default 60
	MaxExpiresS     int64 // longer is cut, default 7200
	DefaultExpiresS int64 // none asked, default 3600
	MaxContacts     int   // bindings per user, default 10
	MaxUsers        int   // users with bindings or a change under way, default 100000
	Store           Store // nil = memory only
	Now             func() time.Time
	OnChange        func(Change) // called without locks held
}

// Registrar holds the bindings. All methods are safe for concurrent use.
type Registrar struct {
	cfg   Config
	Stats Stats

	mu      sync.Mutex
	users   map[string]*user            // guarded by mu
	flows   map[string]map[string]int   // TCP flow -> AOR -> bindings; guarded by mu
	sources map[leg.Dest]map[string]int // where bindings came from -> AOR -> bindings; guarded by mu
	puts    []pendingPut                // in the order made; guarded by mu
	putting bool                        // one goroutine hands puts to the store; guarded by mu
}

// Stats counts what the registrar did.
type Stats struct {
	Registered, Refreshed, Removed, Expired, Unreachable, Refused, StoreFailed atomic.Uint64
}

// user has two views: committed is what lookups see, proposed what later requests build on while Puts are under way.
type user struct {
	committed []Binding
	proposed  []Binding
	version   uint64 // of proposed; a failed Put goes back to committed only if nothing came after it
	inFlight  int
	storedMs  map[string]int64 // expiry last written durably, by binding key
}

// ErrStore wraps a failed Load.
var ErrStore = errors.New("registrar: store")

// New makes a Registrar and loads what the store has. Bindings of TCP flows come back with an address to be called at,
// or unreachable: the connections died with the process.
func New(cfg Config) (*Registrar, error) {
	def := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&cfg.MinExpiresS, 60)
	def(&cfg.MaxExpiresS, 7200)
	def(&cfg.DefaultExpiresS, 3600)
	if cfg.MaxContacts <= 0 {
		cfg.MaxContacts = 10
	}
	if cfg.MaxUsers <= 0 {
		cfg.MaxUsers = 100_000
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.OnChange == nil {
		cfg.OnChange = func(Change) {}
	}
	r := &Registrar{
		cfg: cfg, users: map[string]*user{}, flows: map[string]map[string]int{},
		sources: map[leg.Dest]map[string]int{},
	}
	if cfg.Store == nil {
		return r, nil
	}
	records, err := cfg.Store.Load()
	if err != nil {
		return nil, fmt.Errorf("%w: loading: %w", ErrStore, err)
	}
	now := r.nowMs()
	for _, rec := range records {
		u := &user{storedMs: map[string]int64{}}
		for _, b := range rec.Bindings {
			if b.ExpiresAtMs <= now {
				continue
			}
			b.AOR = rec.AOR
			b = restarted(b)
			u.storedMs[b.key()] = b.ExpiresAtMs
			u.committed = append(u.committed, b)
		}
		if len(u.committed) > 0 {
			u.proposed = slices.Clone(u.committed)
			r.users[rec.AOR] = u
			r.index(nil, u.committed)
		}
	}
	return r, nil
}

func (r *Registrar) nowMs() int64 { return r.cfg.Now().UnixMilli() }

// key identifies a binding within its user: instance and reg-id if the phone has them, so that its new address
// replaces the old one (RFC 5626 6), else the contact.
func (b *Binding) key() string {
	if b.Instance != "" && b.RegID != "" {
		return b.Instance + " " + b.RegID
	}
	return b.Contact
}

// Lookup gives the reachable bindings of a user, newest first.
func (r *Registrar) Lookup(aor string) []Binding {
	now := r.nowMs()
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.users[aor]
	if u == nil {
		return nil
	}
	var out []Binding
	for _, b := range u.committed {
		if b.ExpiresAtMs > now && !b.Unreachable {
			out = append(out, b)
		}
	}
	slices.SortStableFunc(out, func(a, b Binding) int { return int(b.ExpiresAtMs - a.ExpiresAtMs) })
	return out
}

// KnownSource reports whether a current binding came from exactly this address (UDP) or flow.
func (r *Registrar) KnownSource(src leg.Dest) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.sources[sourceKey(src)]) > 0
}

// KnownAs reports whether a current binding of this user came from this source.
func (r *Registrar) KnownAs(src leg.Dest, aor string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sources[sourceKey(src)][aor] > 0
}

// sourceKey leaves the flow out for datagrams: it names only the socket of ours.
func sourceKey(d leg.Dest) leg.Dest {
	if !d.Reliable() {
		d.Flow = ""
	}
	return d
}

// Users is the number of users held.
func (r *Registrar) Users() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.users)
}

// index moves the source and flow indexes from old to new bindings. mu is held.
func (r *Registrar) index(old, new []Binding) {
	for i := range old {
		b := &old[i]
		if !b.Unreachable {
			unref(r.sources, sourceKey(b.Dest), b.AOR)
			if b.Dest.Reliable() && b.Dest.Flow != "" {
				unref(r.flows, b.Dest.Flow, b.AOR)
			}
		}
	}
	for i := range new {
		b := &new[i]
		if !b.Unreachable {
			ref(r.sources, sourceKey(b.Dest), b.AOR)
			if b.Dest.Reliable() && b.Dest.Flow != "" {
				ref(r.flows, b.Dest.Flow, b.AOR)
			}
		}
	}
}

func ref[K comparable](m map[K]map[string]int, k K, aor string) {
	if m[k] == nil {
		m[k] = map[string]int{}
	}
	m[k][aor]++
}

func unref[K comparable](m map[K]map[string]int, k K, aor string) {
	if m[k][aor]--; m[k][aor] <= 0 {
		delete(m[k], aor)
	}
	if len(m[k]) == 0 {
		delete(m, k)
	}
}
