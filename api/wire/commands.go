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
	// OfferCommand is `offer.accept` and `offer.reject` (R23, R28). An accept while another call is not on hold is refused
	// call_active, unless HoldActive: then that call is held first (R20).
	OfferCommand struct {
		CommandHead
		Offer      string `json:"offer"`
		Call       string `json:"call"`
		HoldActive bool   `json:"hold_active,omitempty"`
	}
	// AcceptCall is `call.accept`: a direct or internal call that rings; HoldActive as above.
	AcceptCall struct {
		CommandHead
		Call       string `json:"call"`
		HoldActive bool   `json:"hold_active,omitempty"`
	}
	// CallCommand is `call.hangup`, `call.hold`, `call.resume`, which holds the call that is active (R21), `bubble.claim`
	// (R35), `hand.raise` and `hand.lower` (R89).
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
		Call         string `json:"call"`
		Reason       string `json:"reason,omitempty"`
		FollowUpOn   string `json:"follow_up_on,omitempty" doc:"YYYY-MM-DD in the tenant's zone; with a lead reason only (R90)"`
		FollowUpNote string `json:"follow_up_note,omitempty" max:"2000"`
	}
	// Link is `bubble.note` and `bubble.booked`: what was done in the CRM on a bubble (R41, R42, R45).
	Link struct {
		CommandHead
		Call     string `json:"call"`
		Epoch    uint64 `json:"epoch,omitempty" doc:"Owner epoch the client saw (R38)"`
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
	// Plain is `wrapup.finish`, `wrapup.extend`, `notices.seen` and `ping`.
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
	CmdCallAccept   = "call.accept"
	CmdHandRaise    = "hand.raise"
	CmdHandLower    = "hand.lower"
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
		{CmdCallAccept, func() Command { return new(AcceptCall) }},
		{CmdHandRaise, func() Command { return new(CallCommand) }},
		{CmdHandLower, func() Command { return new(CallCommand) }},
		{CmdBubbleClaim, func() Command { return new(CallCommand) }},
		{CmdTakeOver, func() Command { return new(TakeOver) }},
		{CmdFocus, func() Command { return new(Focus) }},
		{CmdBubbleClose, func() Command { return new(CloseBubble) }},
		{CmdBubbleNote, func() Command { return new(Link) }},
		{CmdBubbleBooked, func() Command { return new(Link) }},
		{CmdWrapupFinish, func() Command { return new(Plain) }},
		{CmdWrapupExtend, func() Command { return new(Plain) }},
		{CmdPing, func() Command { return new(Plain) }},
		{CmdBubbleCreate, func() Command { return new(CreateBubble) }},
		{CmdDraftGet, func() Command { return new(GetDraft) }},
		{CmdDraft, func() Command { return new(WriteDraft) }},
		{CmdAction, func() Command { return new(Action) }},
		{CmdCheckLink, func() Command { return new(CheckLink) }},
		{CmdBookUnlinked, func() Command { return new(BookUnlinked) }},
		{CmdSuggestion, func() Command { return new(Suggestion) }},
		{CmdTenant, func() Command { return new(SetTenant) }},
		{CmdChooseCustomer, func() Command { return new(Customer) }},
		{CmdCreateCustomer, func() Command { return new(Customer) }},
		{CmdTags, func() Command { return new(Tags) }},
		{CmdNotes, func() Command { return new(Notes) }},
		{CmdNeedsCallback, func() Command { return new(NeedsCallback) }},
		{CmdFollowUp, func() Command { return new(FollowUp) }},
		{CmdFollowUpDone, func() Command { return new(FollowUpDone) }},
		{CmdCorrect, func() Command { return new(Correct) }},
		{CmdNoticesSeen, func() Command { return new(Plain) }},
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
	Call       string            `json:"call,omitempty" jsonschema:"description=Of bubble.create: the new bubble"`
	Draft      *Draft            `json:"draft,omitempty" jsonschema:"description=Of bubble.draft_get"`
}

// OK and Refused are the two kinds of Answer.
func OK(id string) *Answer { return &Answer{ID: id, Type: "ok"} }

// Refused tells why.
func Refused(id string, err error) *Answer {
	e := FromError(err)
	return &Answer{ID: id, Type: "error", Code: e.Code, Message: e.Message, Details: e.Details}
}
