package wire

// Commands on bubbles beside claim, take-over, close, note and booking. Epoch is the owner epoch the client saw: with it
// the bubble must still be theirs and focused (R38). 0: neither is asked.
type (
	// CreateBubble is `bubble.create`: a bubble without a call (R39); the answer has its id.
	CreateBubble struct {
		CommandHead
		Tenant       string `json:"tenant,omitempty"`
		Customer     string `json:"customer,omitempty"`
		CustomerName string `json:"customer_name,omitempty"`
	}
	// GetDraft is `bubble.draft_get`; the answer has the draft.
	GetDraft struct {
		CommandHead
		Call string `json:"call"`
	}
	// WriteDraft is `bubble.draft`: text on top of the version it was written on, 0 for the first (R39).
	WriteDraft struct {
		CommandHead
		Call    string `json:"call"`
		Version uint64 `json:"version"`
		Text    string `json:"text" max:"65536"`
	}
	// Action is `bubble.action`: what was done in the CRM; the tenant's table says whether it links (R41). Without a
	// call the agent's focused bubble is meant; with none nothing is linked, and a booking is suggested at most (R46).
	Action struct {
		CommandHead
		Call     string `json:"call,omitempty"`
		Epoch    uint64 `json:"epoch,omitempty"`
		Action   string `json:"action"`
		Customer string `json:"customer,omitempty"`
		Location string `json:"location,omitempty"`
		Job      string `json:"job,omitempty"`
		Caller   string `json:"caller,omitempty" doc:"Number of the customer, for a booking without a bubble (R46)"`
	}
	// CheckLink is `bubble.check_link`, before a booking: ok, or link.conflict (R44).
	CheckLink struct {
		CommandHead
		Call     string `json:"call"`
		Location string `json:"location"`
	}
	// BookUnlinked is `bubble.book_unlinked`: booked although the call belongs to another location (R44).
	BookUnlinked struct {
		CommandHead
		Call     string `json:"call"`
		Customer string `json:"customer,omitempty"`
		Location string `json:"location,omitempty"`
		Job      string `json:"job"`
	}
	// Suggestion is `bubble.suggestion`: the answer to a booking that may belong to the call (R46).
	Suggestion struct {
		CommandHead
		Call       string `json:"call"`
		Suggestion string `json:"suggestion"`
		Accept     bool   `json:"accept"`
	}
	// SetTenant is `bubble.tenant`, once (R8).
	SetTenant struct {
		CommandHead
		Call   string `json:"call"`
		Tenant string `json:"tenant"`
	}
	// Customer is `bubble.choose_customer` and `bubble.create_customer` (R10).
	Customer struct {
		CommandHead
		Call     string `json:"call"`
		Epoch    uint64 `json:"epoch,omitempty"`
		Customer string `json:"customer"`
		Name     string `json:"name,omitempty"`
	}
	// Tags is `bubble.tags` (R55).
	Tags struct {
		CommandHead
		Call   string   `json:"call"`
		Add    []string `json:"add,omitempty"`
		Remove []string `json:"remove,omitempty"`
	}
	// Notes is `bubble.notes`; they replace the former ones.
	Notes struct {
		CommandHead
		Call string `json:"call"`
		Text string `json:"text" max:"2000"`
	}
	// NeedsCallback is `bubble.needs_callback` (R54).
	NeedsCallback struct {
		CommandHead
		Call string `json:"call"`
		On   bool   `json:"on"`
	}
	// FollowUp is `bubble.follow_up`: a day as YYYY-MM-DD in the tenant's zone; "" takes it back (R90).
	FollowUp struct {
		CommandHead
		Call string `json:"call"`
		On   string `json:"on"`
		Note string `json:"note,omitempty" max:"2000"`
	}
	// FollowUpDone is `bubble.follow_up_done` (R90).
	FollowUpDone struct {
		CommandHead
		Call string `json:"call"`
	}
	// Correct is `call.correct`: one field of a call that is over, later (R52). Field is class, owner, reason, notes or
	// link; value "", for link level "", takes the correction back. `excused_manager` as class excuses the call.
	Correct struct {
		CommandHead
		Call     string `json:"call"`
		Field    string `json:"field"`
		Value    string `json:"value,omitempty" max:"2000"`
		Level    string `json:"level,omitempty" doc:"With field link: none, customer, location, job or booked"`
		Customer string `json:"customer,omitempty"`
		Location string `json:"location,omitempty"`
		Job      string `json:"job,omitempty"`
		Why      string `json:"why,omitempty" max:"256"`
	}
)

// Types of these commands; never renamed.
const (
	CmdBubbleCreate   = "bubble.create"
	CmdDraftGet       = "bubble.draft_get"
	CmdDraft          = "bubble.draft"
	CmdAction         = "bubble.action"
	CmdCheckLink      = "bubble.check_link"
	CmdBookUnlinked   = "bubble.book_unlinked"
	CmdSuggestion     = "bubble.suggestion"
	CmdTenant         = "bubble.tenant"
	CmdChooseCustomer = "bubble.choose_customer"
	CmdCreateCustomer = "bubble.create_customer"
	CmdTags           = "bubble.tags"
	CmdNotes          = "bubble.notes"
	CmdNeedsCallback  = "bubble.needs_callback"
	CmdFollowUp       = "bubble.follow_up"
	CmdFollowUpDone   = "bubble.follow_up_done"
	CmdCorrect        = "call.correct"
	CmdNoticesSeen    = "notices.seen"
)

// Draft is what was typed on a bubble (R39).
type Draft struct {
	Version uint64 `json:"version" doc:"0: nothing was typed"`
	Text    string `json:"text"`
	By      string `json:"by,omitempty"`
	At      Time   `json:"at,omitempty" format:"date-time"`
}

type (
	// LinkBooked is link.booked: the call is linked to a job for good, and gives it campaign and recording (R42).
	LinkBooked struct {
		Head
		Call      string `json:"call"`
		Job       string `json:"job"`
		Customer  string `json:"customer,omitempty"`
		Location  string `json:"location,omitempty"`
		Campaign  string `json:"campaign,omitempty"`
		Recording string `json:"recording,omitempty"`
		By        string `json:"by"`
	}
	// LinkConflict is link.conflict, to whoever acted: the link is refused, not what they did (R44).
	LinkConflict struct {
		Head
		Call     string `json:"call"`
		Existing string `json:"existing"`
		Wanted   string `json:"wanted"`
	}
)

// Types of these events; never renamed.
const (
	TypeLinkBooked   = "link.booked"
	TypeLinkConflict = "link.conflict"
)
