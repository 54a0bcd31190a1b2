package call

import "strings"

// Defaults where the configuration leaves a zero (R102, R49, R82, R87); times in milliseconds.
const (
	connectAfterMs  = 6_000
	maxWaitMs       = 30 * 60_000
	ringTimeoutMs   = 30_000
	connectLimitMs  = 10_000
	reofferAfterMs  = 10_000
	busySkipMs      = 10_000
	leadThresholdMs = 60_000
	maxHops         = 8 // R6

	tellEveryMs     = 2_000 // an agent that does not acknowledge is told again
	unclaimedDeskMs = 5 * 60_000
	owesReasonMs    = 15 * 60_000
	supervisorMs    = 60 * 60_000
	autoCloseMs     = 24 * 60 * 60_000
	recentMs        = 24 * 60 * 60_000 // R7: a caller's other calls that an offer counts
	suggestWithinMs = 10 * 60_000      // R46
	suggestUntilMs  = 24 * 60 * 60_000
	holdReminderMs  = 60_000 // R99
	holdAlarmMs     = 180_000
)

// Limits of what one call keeps.
const (
	maxTells      = 64  // unacknowledged; no new offer is taken on beyond
	maxTold       = 64  // acknowledged ones remembered
	maxTried      = 256 // agents of R31; the one free again first is forgotten
	maxSegments   = 32  // owners of one call; the call ends when another would be lost
	maxAlsoBooked = 16
	maxRecent     = 20  // earlier calls of the caller (R7)
	maxSharers    = 8   // calls in one place (R94)
	maxPlaceTells = 16  // unheard by other calls of the place
	maxText       = 256 // bytes of any text from outside

	maxBubbleTells = 64 // agents not yet told of the bubble; the oldest is forgotten
	maxDraft       = 64 << 10
	maxNotes       = 2_000
	maxTags        = 16
	maxTag         = 64
	maxCandidates  = 8
	maxCorrections = 1_000
)

func orDefault(v, def int64) int64 {
	if v <= 0 {
		return def
	}
	return v
}

// clean makes text from the wire fit to be stored: valid UTF-8 of bounded length.
func clean(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "")
}

// fits says that no text given by a client is longer than is stored.
func fits(texts ...string) bool {
	for _, t := range texts {
		if len(t) > maxText || strings.ToValidUTF8(t, "") != t {
			return false
		}
	}
	return true
}
