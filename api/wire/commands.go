package wire

// CommandHead begins every frame from a client. ID is the client's own; the answer carries it.
type CommandHead struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

func (h *CommandHead) head() *CommandHead { return h }

// Command is any of the commands below, as Parse gives it.
type Command interface{ head() *CommandHead }

// HeadOf is the id and type of a command.
func HeadOf(c Command) CommandHead { return *c.head() }

// Fields without omitempty must be present. All ids are opaque.
type (
	// Auth is `auth`, the first frame; sent again with a fresh token it prolongs the session. From: see Resume.
	Auth struct {
		CommandHead
		Token string  `json:"token"`
		From  *uint64 `json:"from,omitempty"`
	}
	// Resume is `resume`: send what came after this seq, or a fresh snapshot.
	Resume struct {
		CommandHead
		From uint64 `json:"from"`
	}
	// SetStatus is `status.set`: offline, unavailable with a reason, or available (R98).
	SetStatus struct {
		CommandHead
		Presence string `json:"presence"`
		Reason   string `json:"reason,omitempty"`
	}
	// OfferCommand is `offer.accept` and `offer.reject` (R23, R28).
	OfferCommand struct {
		CommandHead
		Offer string `json:"offer"`
		Call  string `json:"call"`
	}
	// CallCommand is `call.hangup`, `call.hold`, `call.resume` and `bubble.claim` (R35).
	CallCommand struct {
		CommandHead
		Call string `json:"call"`
	}
	// TakeOver is `bubble.takeover` with the owner epoch the person saw (R36).
	TakeOver struct {
		CommandHead
		Call  string `json:"call"`
		Epoch uint64 `json:"epoch"`
	}
	// Focus is `focus`; null clears it (R38).
	Focus struct {
		CommandHead
		Call *string `json:"call" jsonschema:"nullable"`
	}
	// CloseBubble is `bubble.close` (R47).
	CloseBubble struct {
		CommandHead
		Call   string `json:"call"`
		Reason string `json:"reason,omitempty"`
	}
	// Link is `bubble.note` and `bubble.booked`: what was done in the CRM on a bubble (R41, R42, R45).
	Link struct {
		CommandHead
		Call     string `json:"call"`
		Customer string `json:"customer,omitempty"`
		Location string `json:"location,omitempty"`
		Job      string `json:"job,omitempty"`
	}
	// CallbackCommand is `callback.claim`, `.release`, `.attempt`, `.wrong_number` and `.close`, which takes a reason (R54).
	CallbackCommand struct {
		CommandHead
		Tenant string `json:"tenant"`
		Number string `json:"number"`
		Reason string `json:"reason,omitempty"`
	}
	// Plain is `wrapup.finish`, `wrapup.extend` and `ping`.
	Plain struct{ CommandHead }
)

// Types of the commands; never renamed.
const (
	CmdAuth         = "auth"
	CmdResume       = "resume"
	CmdStatusSet    = "status.set"
	CmdOfferAccept  = "offer.accept"
	CmdOfferReject  = "offer.reject"
	CmdCallHangup   = "call.hangup"
	CmdCallHold     = "call.hold"
	CmdCallResume   = "call.resume"
	CmdBubbleClaim  = "bubble.claim"
	CmdTakeOver     = "bubble.takeover"
	CmdFocus        = "focus"
	CmdBubbleClose  = "bubble.close"
	CmdBubbleNote   = "bubble.note"
	CmdBubbleBooked = "bubble.booked"
	CmdWrapupFinish = "wrapup.finish"
	CmdWrapupExtend = "wrapup.extend"
	CmdPing         = "ping"

	CmdCallbackClaim       = "callback.claim"
	CmdCallbackRelease     = "callback.release"
	CmdCallbackAttempt     = "callback.attempt"
	CmdCallbackWrongNumber = "callback.wrong_number"
	CmdCallbackClose       = "callback.close"
)

// Commands lists every command with a fresh value of its frame, in the order of the documentation.
func Commands() []struct {
	Type string
	New  func() Command
} {
	return []struct {
		Type string
		New  func() Command
	}{
		{CmdAuth, func() Command { return new(Auth) }},
		{CmdResume, func() Command { return new(Resume) }},
		{CmdStatusSet, func() Command { return new(SetStatus) }},
		{CmdOfferAccept, func() Command { return new(OfferCommand) }},
		{CmdOfferReject, func() Command { return new(OfferCommand) }},
		{CmdCallHangup, func() Command { return new(CallCommand) }},
		{CmdCallHold, func() Command { return new(CallCommand) }},
		{CmdCallResume, func() Command { return new(CallCommand) }},
		{CmdBubbleClaim, func() Command { return new(CallCommand) }},
		{CmdTakeOver, func() Command { return new(TakeOver) }},
		{CmdFocus, func() Command { return new(Focus) }},
		{CmdBubbleClose, func() Command { return new(CloseBubble) }},
		{CmdBubbleNote, func() Command { return new(Link) }},
		{CmdBubbleBooked, func() Command { return new(Link) }},
		{CmdWrapupFinish, func() Command { return new(Plain) }},
		{CmdWrapupExtend, func() Command { return new(Plain) }},
		{CmdPing, func() Command { return new(Plain) }},
		{CmdCallbackClaim, func() Command { return new(CallbackCommand) }},
		{CmdCallbackRelease, func() Command { return new(CallbackCommand) }},
		{CmdCallbackAttempt, func() Command { return new(CallbackCommand) }},
		{CmdCallbackWrongNumber, func() Command { return new(CallbackCommand) }},
		{CmdCallbackClose, func() Command { return new(CallbackCommand) }},
	}
}

// Answer is what a command gets, by its id: type ok, or error with code and message. Session, Agent and TokenUntil come
// with the answer to auth; Resumed says that the missed events follow and no snapshot.
type Answer struct {
	ID         string            `json:"id"`
	Type       string            `json:"type"`
	Code       string            `json:"code,omitempty"`
	Message    string            `json:"message,omitempty"`
	Details    map[string]string `json:"details,omitempty"`
	Session    string            `json:"session,omitempty"`
	Agent      string            `json:"agent,omitempty"`
	TokenUntil Time              `json:"token_until,omitempty"`
	Resumed    bool              `json:"resumed,omitempty"`
}

// OK and Refused are the two kinds of Answer.
func OK(id string) *Answer { return &Answer{ID: id, Type: "ok"} }

// Refused tells why.
func Refused(id string, err error) *Answer {
	e := FromError(err)
	return &Answer{ID: id, Type: "error", Code: e.Code, Message: e.Message, Details: e.Details}
}
