package media

// silenceBackoff bounds how rare the notices of a silence that lasts become, in times of Config.RTPTimeoutMs: whoever
// answered a probe may die later and has to be found all the same (R85), but a phone that says nothing while nobody
// speaks is not to be asked for ever.
const silenceBackoff = 4

// silence is what is known of a leg that should send and may not. Times are monotonic, in ms.
type silence struct {
	since int64 // waiting for RTP since, 0 not waiting
	told  int64 // of the last notice, 0 none
	wait  int64 // until the next notice; at the first, RTPTimeoutMs
}

// expect starts the wait, or starts it anew after signalling; what was told stays told.
func (s *silence) expect(now int64) { s.since = now }

// over ends it: the leg sends, or need not.
func (s *silence) over() { s.told, s.wait = 0, 0 }

// due says whether a notice is due, the last packet having come at lastAt.
func (s *silence) due(now, lastAt, timeout int64) bool {
	return s.since != 0 && now-max(s.since, lastAt, s.told) >= max(s.wait, timeout)
}

// notice notes one: the next, if the silence lasts, comes after twice the time.
func (s *silence) notice(now, timeout int64) {
	s.told, s.wait = now, min(2*max(s.wait, timeout), silenceBackoff*timeout)
}
