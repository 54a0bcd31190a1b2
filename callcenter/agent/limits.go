package agent

// Durations in milliseconds; R numbers say where they come from.
const (
	// GraceMs is how long after the last client went the status stays (R102).
	GraceMs = 10_000
	// ReturnMs is how long after the loss of client or phone the former presence is given back (R98).
	ReturnMs = 5 * 60_000
	// OfflineMs is how long after the last client went the agent is signed out (R98).
	OfflineMs = 30 * 60_000
	// ProbeMs is how often a silent call is asked whether the token still stands (DESIGN section 3).
	ProbeMs = 2_000
	// TalkProbeMs is the same after the call said so while talking: an answered call is long and tells its end itself.
	TalkProbeMs = 30_000
	// HoldMs is how long Hold & Accept and Resume wait for the other call to be held (R20), and then for the taking.
	HoldMs = 2_000
	// HoldAgainMs is how often a call that says nothing is told again in that time.
	HoldAgainMs = 500
	// DeskProbeMs is how often the other calls of the desk are asked how they stand: what they told may have been lost.
	DeskProbeMs = 30_000
	// DefaultCooldownMs and DefaultBusySkipMs stand in for a policy that says 0 (R102, R81).
	DefaultCooldownMs = 10_000
	DefaultBusySkipMs = 10_000
	// DefaultMaxWrapUpMs is the cap of a wrap-up whose policy says 0 (R32).
	DefaultMaxWrapUpMs = 10 * 60_000
)

// Limits of what one agent's state can grow to.
const (
	// MaxSessions is how many clients of one agent may be connected at once.
	MaxSessions = 16
	// DefaultOtherCalls is how many direct, internal and outbound calls an agent may have at a time (R102).
	DefaultOtherCalls = 3
	// MaxDeskCalls is how many calls the desk lists, whatever the configuration and emergencies say.
	MaxDeskCalls = 32
	// MaxQueueChanges is how many memberships of one agent supervisors may have changed at a time.
	MaxQueueChanges = 64
	// MaxEndedOffers is how many ended offer ids are remembered to know a repeat by.
	MaxEndedOffers = 16
	// MaxBubbleMarks is of how many bubbles the newest tell is remembered, to know a late or repeated one by.
	MaxBubbleMarks = 16
)

// Names of the timers.
const (
	timerProbe   = "probe"
	timerWrapUp  = "wrapup"
	timerGrace   = "grace"
	timerOffline = "offline"
	timerSwap    = "swap"
	timerQueues  = "queues"
	timerDesk    = "desk"
)

// Who a change is by when no person is (events' field `by`).
const (
	bySystem    = "system"
	bySignedOut = "signed_out"
	byClosed    = "bubble_closed"
	byRemoved   = "removed"
)
