package callcenter

import (
	"slices"
	"strings"
)

// Types of the public events that integrators get (RULES 13); never renamed. Each belongs to a group, the word before
// the dot.
const (
	PubCallArrived       = "call.arrived"
	PubCallQueued        = "call.queued"
	PubCallConnected     = "call.connected"
	PubCallAnswered      = "call.answered"
	PubCallHeld          = "call.held"
	PubCallResumed       = "call.resumed"
	PubCallAgentLeft     = "call.agent_left"
	PubCallEnded         = "call.ended"
	PubCallClassified    = "call.classified"
	PubCallUnreadable    = "call.unreadable"
	PubOfferMade         = "offer.made"
	PubOfferAccepted     = "offer.accepted"
	PubOfferEnded        = "offer.ended"
	PubBubbleClaimed     = "bubble.claimed"
	PubBubbleTaken       = "bubble.taken"
	PubBubbleExcused     = "bubble.excused"
	PubBubbleReminded    = "bubble.reminded"
	PubBubbleCleared     = "bubble.cleared"
	PubBubbleClosed      = "bubble.closed"
	PubLinkChanged       = "link.changed"
	PubLinkConflict      = "link.conflict"
	PubLinkAlsoBooked    = "link.also_booked"
	PubBubbleCreated     = "bubble.created"
	PubCallTenantSet     = "call.tenant_set"
	PubCallCorrected     = "call.corrected"
	PubFollowUpSet       = "follow_up.set"
	PubFollowUpDone      = "follow_up.done"
	PubRecordingFinished = "recording.finished"
	PubAgentStatus       = "agent.status"
	PubWrapupStarted     = "wrapup.started"
	PubWrapupExtended    = "wrapup.extended"
	PubWrapupEnded       = "wrapup.ended"
	PubCenterChanged     = "center.changed"
)

var publicEvents = []string{
	PubCallArrived, PubCallQueued, PubCallConnected, PubCallAnswered, PubCallHeld, PubCallResumed, PubCallAgentLeft,
	PubCallEnded, PubCallClassified, PubCallUnreadable, PubOfferMade, PubOfferAccepted, PubOfferEnded, PubBubbleClaimed,
	PubBubbleTaken, PubBubbleExcused, PubBubbleReminded, PubBubbleCleared, PubBubbleClosed, PubLinkChanged,
	PubLinkConflict, PubLinkAlsoBooked, PubBubbleCreated, PubCallTenantSet, PubCallCorrected, PubFollowUpSet,
	PubFollowUpDone, PubRecordingFinished, PubAgentStatus, PubWrapupStarted, PubWrapupExtended, PubWrapupEnded,
	PubCenterChanged,
}

// PublicEvents lists the types of the public events.
func PublicEvents() []string { return slices.Clone(publicEvents) }

// EventMatches says whether a type is meant by a pattern: the type itself, or its group as call.*.
func EventMatches(pattern, event string) bool {
	group, all := strings.CutSuffix(pattern, "*")
	if all {
		return strings.HasSuffix(group, ".") && strings.HasPrefix(event, group)
	}
	return pattern == event
}
