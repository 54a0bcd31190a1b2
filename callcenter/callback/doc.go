// Package callback is the machine of one callback: who of a tenant's callers got nobody, who is to call them, and
// whether they were reached (R54).
//
// It is pure, of the form that package callcenter describes. A callback has no timer and does nothing by itself: that a
// claim has run out or that it has gone cold shows when it is read. It must not know how reports of calls come to it.
package callback

// Rules of R54.
const (
	DefaultDueMs = 60 * 60_000   // from the end of the first call
	ColdMs       = 24 * 3600_000 // open or attempted for so long: cold
	ClaimMs      = 15 * 60_000   // how long a claim holds
	ReachedMs    = 15_000        // a person talked so long: reached
	MaxAttempts  = 3             // without an answer, then it is given up
)

// Limits of one callback.
const (
	MaxCauses = 32  // calls named in a round; more are counted
	MaxTaken  = 128 // calls remembered, so that a repeated report does nothing
)
