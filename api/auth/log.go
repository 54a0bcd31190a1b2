package auth

import (
	"sync/atomic"

	"golang.org/x/time/rate"
)

// Lines about refusals a second, and at once: who guesses passwords must not fill the disk.
const (
	refusalLines = 5
	refusalBurst = 20
)

// refusals logs what was refused, at a bounded rate. What was left out is counted in the next line.
type refusals struct {
	rate    *rate.Limiter
	skipped atomic.Uint64
}

// Refused logs that somebody was not let in, at a bounded rate. agent is "" when nobody of that name is known: what was
// typed may be a password, so it is not logged.
func (s *Service) Refused(what, agent, client, reason string) {
	if !s.refusals.rate.AllowN(s.o.Now(), 1) {
		s.refusals.skipped.Add(1)
		return
	}
	args := []any{"agent", agent, "client", client, "reason", reason}
	if n := s.refusals.skipped.Swap(0); n > 0 {
		args = append(args, "not_logged", n)
	}
	s.o.Logger.Warn(what, args...)
}
