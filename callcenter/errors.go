package callcenter

import "fmt"

// Error is what a user or client is told: a stable machine code, a sentence, and details by name where the rule has
// some.
type Error struct {
	Code    string
	Message string
	Details []Detail
}

// Detail is one named value of an Error, e.g. owner and epoch of `owned`.
type Detail struct{ Name, Value string }

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf makes an Error with a formatted sentence.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// With adds a named value and returns the error.
func (e *Error) With(name, value string) *Error {
	e.Details = append(e.Details, Detail{name, value})
	return e
}

// The code table: the same over WebSocket and HTTP. Codes are never renamed.
const (
	CodeBadCommand      = "bad_command"      // the command is not for this actor or a field is wrong
	CodeNotFound        = "not_found"        // no such call, agent, number
	CodeOfferGone       = "offer.gone"       // the offer ended before this came (R28)
	CodeNotYours        = "not_yours"        // the offer, call or bubble is another agent's
	CodeCallLive        = "call_live"        // close before hang-up (R47)
	CodeCallEnded       = "call_ended"       // the call is over
	CodeReasonRequired  = "reason_required"  // close without a reason (R47)
	CodeReasonUnknown   = "reason_unknown"   // reason not active or not of this tenant (R47)
	CodeManagedCall     = "managed_call"     // claim before the answer (R35)
	CodeOwned           = "owned"            // claim of an owned bubble; details owner, epoch (R35)
	CodeOwnerChanged    = "owner_changed"    // take-over with a stale epoch; details owner, epoch (R36)
	CodeBubbleClosed    = "bubble_closed"    // the bubble left the desk (R36)
	CodeStaleFocus      = "stale_focus"      // the bubble is not the focused one (R38)
	CodeLinkFinal       = "link.final"       // booked links never change (R42)
	CodeWrapupMandatory = "wrapup_mandatory" // timed wrap-up cannot be finished early (R32)
	CodeNoWrapup        = "no_wrapup"        // there is no wrap-up to finish or extend
	CodeExtendLimit     = "extend_limit"     // no extension left or cap reached (R32)
	CodeReasonSystem    = "reason_system"    // a system reason cannot be chosen (R98)
	CodeCallActive      = "call_active"      // another call is not on hold; detail call (R20)
	CodeHoldFailed      = "hold_failed"      // the active call could not be held in time, nothing changed (R20)
	CodeSwapRunning     = "swap_running"     // another Hold & Accept or Resume is under way
	CodeNoHand          = "no_hand"          // no hand is raised on that call (R89)
	CodeDeskFull        = "desk_full"        // the agent has as many other calls as they may (R20)
	CodeSignedOut       = "signed_out"       // the agent is Offline
	CodeAnswerOnPhone   = "answer_on_phone"  // the phone rings and cannot be asked to answer: lift the handset (R82)
	CodeNotConnected    = "not_connected"    // hold or resume without a bridged call
	CodeNoGrant         = "no_grant"         // the agent has no grant for the tenant
	CodeOverloaded      = "overloaded"       // a limit is reached, try again
	CodeUnavailable     = "unavailable"      // the node cannot serve now
	CodeUnreadable      = "unreadable"       // the journal of this call or agent cannot be read; it is set aside
	CodeNotWaiting      = "not_waiting"      // the call is in no queue (R97)
	CodeTokenHeld       = "token_held"       // the agent has a queue call already (R97)
	CodeNotEligible     = "not_eligible"     // the agent cannot be offered the call now; detail reason, one of R80 (R97)
	CodeQueueNotEmpty   = "queue_not_empty"  // callers wait in a queue that is to go; detail queue (R88)
	CodeCallbackEnded   = "callback_ended"   // the callback was reached, given up or closed (R54)
	CodeCallbackClaimed = "callback_claimed" // another has claimed it; details agent, until_ms (R54)

	CodeLinkConflict   = "link.conflict"   // the call is attached to another location; details existing, wanted (R44)
	CodeActionUnknown  = "action_unknown"  // the action is in no table, neither the tenant's nor the shipped one (R41)
	CodeDraftConflict  = "draft_conflict"  // written on an older version; details version, draft, by, yours (R39)
	CodeTenantSet      = "tenant_set"      // the call has a tenant already; detail tenant (R8)
	CodeNotALead       = "not_a_lead"      // a follow-up date with a reason that is no lead (R90)
	CodeDatePast       = "date_past"       // a follow-up date before today; detail today (R90)
	CodeSuggestionGone = "suggestion_gone" // answered, over, or none that fits (R46)
	CodeNoClass        = "no_class"        // a manual bubble has no class, owner or reason to correct (R39)
)

// Eligibility codes of R80, in its order; a Reserve is refused with the first that fails.
const (
	NotMember    = "not_member"
	NoGrant      = "no_grant"
	Offline      = "offline"
	Unavailable  = "unavailable"
	NoClient     = "no_client"
	NoEndpoint   = "no_endpoint"
	TokenTaken   = "token"
	Busy         = "busy"
	Cooldown     = "cooldown"
	Excluded     = "excluded_for_call"
	Skill        = "skill"
	NotPreferred = "not_preferred"
	Tier         = "tier"
	Outranked    = "outranked"
)

// System reasons of Unavailable (R98): set by the engine, never chosen by a person.
const (
	ReasonSignedIn            = "signed_in"
	ReasonMissed              = "missed"
	ReasonRejected            = "rejected"
	ReasonConnectionLost      = "connection_lost"
	ReasonEndpointUnreachable = "endpoint_unreachable"
)
