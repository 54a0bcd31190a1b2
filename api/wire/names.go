package wire

import (
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// word is an enum's name as clients see it: lower case, without the prefix that keeps names apart in the core; "" for
// the zero value, which is always "unknown" or "none".
func word(number int32, name string, prefix string) string {
	if number == 0 {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(name, prefix))
}

// PresenceName is a presence as clients know it, "" for none.
func PresenceName(p cc.Presence) string { return presence(p) }

func presence(p cc.Presence) string { return word(int32(p), p.String(), "") }

// ParsePresence reads a presence as clients write it; false for any other word.
func ParsePresence(s string) (cc.Presence, bool) {
	switch s {
	case "offline":
		return cc.Presence_OFFLINE, true
	case "unavailable":
		return cc.Presence_UNAVAILABLE, true
	case "available":
		return cc.Presence_AVAILABLE, true
	}
	return 0, false
}

// Outcome names how an offer ended.
func Outcome(o cc.OfferOutcome) string { return word(int32(o), o.String(), "") }

// Class names the class of a call; Phase its phase.
func Class(c cc.Class) string { return word(int32(c), c.String(), "CLASS_") }

func Phase(p cc.CallPhase) string { return word(int32(p), p.String(), "") }

func answerOn(a cc.AnswerOn) string { return word(int32(a), a.String(), "ON_") }
