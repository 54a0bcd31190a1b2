package leg

// RFC 3261 timer values (table 4), in ms.
const (
	T1 = 500
	T2 = 4_000
	T4 = 5_000

	// TransactionTimeoutMs is 64*T1: timers B, F, H, J, L, M and the life of an unacknowledged 2xx.
	TransactionTimeoutMs = 64 * T1
	// ProvisionalRepeatMs: an unanswered INVITE repeats its 1xx so that proxies keep it (13.3.1.1).
	ProvisionalRepeatMs = 60_000
	// TakeoverFirstRetransmitMs replaces T1 for the takeover re-INVITE, whose loss is dead air.
	TakeoverFirstRetransmitMs = 100
	// ProbeTimeoutMs is how long a re-INVITE that asks for a sign of life waits for its final response: whoever
	// listens to a dead leg must not wait 64*T1 (R85). Refusals are signs of life, 408 and 481 are not.
	ProbeTimeoutMs = 5_000
	// TakeoverCSeqJump covers requests sent by the dead node and never replicated; gaps are legal
	// (RFC 3261 12.2.2), lower numbers are refused with 500.
	TakeoverCSeqJump = 1000
)

// Session timer values (RFC 4028), in seconds.
const (
	MinSE                  = 90
	DefaultSessionExpiresS = 1_800
	MaxSessionExpiresS     = 86_400
)

// Limits on what one leg keeps or does. What exceeds a limit is refused or cut, never stored.
const (
	MaxVias         = 16    // Via values of a request; more: 483
	MaxRoutes       = 16    // Record-Route values; more: 400 / failed
	MaxURI          = 512   // bytes of one URI; longer: 414 / failed
	MaxName         = 128   // bytes of a display name; cut
	MaxHeaderValue  = 2_048 // bytes of one header value put out; cut
	MaxExtraHeaders = 24    // headers a command may add; more are dropped
	MaxSDP          = 8_192 // bytes of a session description; longer: 413 / failed
	MaxTag          = 256   // bytes of a tag, branch or Call-ID
	MaxGlareRetries = 5     // 491 and 500+Retry-After answers to one re-INVITE
	MaxAuthTries    = 2     // challenges answered per request (the second only when stale)
	MaxRetryAfterS  = 10    // longest Retry-After a re-INVITE waits
	MaxStateBytes   = 64 << 10
)
