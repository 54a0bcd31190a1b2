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
	CodeSignedOut       = "signed_out"       // the agent is Offline
	CodeNotConnected    = "not_connected"    // hold or resume without a bridged call
	CodeNoGrant         = "no_grant"         // the agent has no grant for the tenant
	CodeOverloaded      = "overloaded"       // a limit is reached, try again
	CodeUnavailable     = "unavailable"      // the node cannot serve now
	CodeUnreadable      = "unreadable"       // the journal of this call or agent cannot be read; it is set aside
	CodeCallbackEnded   = "callback_ended"   // the callback was reached, given up or closed (R54)
	CodeCallbackClaimed = "callback_claimed" // another has claimed it; details agent, until_ms (R54)
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
