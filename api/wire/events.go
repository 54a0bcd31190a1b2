package wire

// Types of the numbered events; never renamed.
const (
	TypeSnapshot       = "snapshot"
	TypeAgentStatus    = "agent.status"
	TypeOfferMade      = "offer.made"
	TypeOfferWithdrawn = "offer.withdrawn"
	TypeCallUpdated    = "call.updated"
	TypeBubbleShown    = "bubble.shown"
	TypeBubbleUpdated  = "bubble.updated"
	TypeBubbleTaken    = "bubble.taken"
	TypeBubbleCleared  = "bubble.cleared"
	TypeBubbleClosed   = "bubble.closed"
	TypeWrapupStarted  = "wrapup.started"
	TypeWrapupExtended = "wrapup.extended"
	TypeWrapupPaused   = "wrapup.paused"
	TypeWrapupResumed  = "wrapup.resumed"
	TypeWrapupEnded    = "wrapup.ended"
	TypeHandRaised     = "hand.raised"
	TypeHandLowered    = "hand.lowered"
	TypeNotice         = "notice"
	TypeFocusChanged   = "focus.changed"
	TypeContextTenant  = "context.tenant"
	TypeQueueStats     = "queue.stats"
	TypeCallHeldLong   = "call.held_long"

	TypeCallbackUpdated = "callback.updated"
)

// Head begins every numbered event. Seq is the journal's index of the change; events of one change share it. Prev is
// the Seq of the numbered frame this client was sent before: larger than the last one seen, it means a gap; smaller,
// that something is sent again.
type Head struct {
	Type string `json:"type"`
	Seq  uint64 `json:"seq"`
	Prev uint64 `json:"prev,omitempty"`
	At   Time   `json:"at,omitempty"`
}

// SetHead fills what is common to all events.
func (h *Head) SetHead(typ string, seq uint64, at Time) { h.Type, h.Seq, h.At = typ, seq, at }

// Event is any of the events below.
type Event interface {
	SetHead(typ string, seq uint64, at Time)
}

type (
	// AgentStatus is agent.status: the agent's own state, or for supervisors that of an agent they share a tenant with.
	AgentStatus struct {
		Head
		Agent *Agent `json:"agent"`
	}
	// OfferMade is offer.made, to all clients of the agent (R7, R23).
	OfferMade struct {
		Head
		*Offer
	}
	// OfferWithdrawn is offer.withdrawn: the offer is over for this client. Outcome is one of R81's, or
	// accepted_elsewhere when another client or the phone of the agent took it (R23).
	OfferWithdrawn struct {
		Head
		Offer   string `json:"offer"`
		Call    string `json:"call"`
		Outcome string `json:"outcome"`
	}
	// CallEvent is call.updated (the card of the agent on the call), bubble.shown and bubble.updated. All three
	// replace what the client knows of the call.
	CallEvent struct {
		Head
		Call *Call `json:"call"`
	}
	// BubbleTaken is bubble.taken, to the former owner only (R36).
	BubbleTaken struct {
		Head
		Call   string `json:"call"`
		By     string `json:"by"`
		ByName string `json:"by_name,omitempty"`
		Epoch  uint64 `json:"epoch"`
	}
	// BubbleCleared is bubble.cleared: it leaves the desk, the call may go on. Because: booked, timeout, or
	// offer_ended when an agent was only offered the call.
	BubbleCleared struct {
		Head
		Call    string `json:"call"`
		Because string `json:"because"`
	}
	// BubbleClosed is bubble.closed.
	BubbleClosed struct {
		Head
		Call   string `json:"call"`
		By     string `json:"by"`
		Reason string `json:"reason,omitempty"`
		Class  string `json:"class,omitempty"`
		Auto   bool   `json:"auto,omitempty"`
	}
	// Wrapup is wrapup.started, .extended, .paused and .resumed; Mode only with started. While its clock stands there
	// is no time it runs until, but what is left of it (R21).
	Wrapup struct {
		Head
		Call  string `json:"call,omitempty"`
		Offer string `json:"offer"`
		Mode  string `json:"mode,omitempty"`
		Until Time   `json:"until,omitempty"`

		RemainingMs int64 `json:"remaining_ms,omitempty"`
	}
	// WrapupEnded is wrapup.ended. By: "" the agent, system the deadline, signed_out, bubble_closed, or a supervisor.
	WrapupEnded struct {
		Head
		Offer string `json:"offer"`
		By    string `json:"by"`
	}
	// Hand is hand.raised and hand.lowered, to the agent and to the supervisors of their team who may see the call (R89).
	// By, of hand.lowered: "" the agent, system the end of the call, or the supervisor who has seen to it.
	Hand struct {
		Head
		Agent string `json:"agent"`
		Name  string `json:"name,omitempty"`
		Call  string `json:"call"`
		By    string `json:"by,omitempty"`
	}
	// Notice is notice: a supervisor changed something of this agent (R97). What: status, wrapup_ended, queue_added,
	// queue_removed or queue_reset.
	Notice struct {
		Head
		What      string `json:"what"`
		By        string `json:"by"`
		ByName    string `json:"by_name,omitempty"`
		Presence  string `json:"presence,omitempty"`
		Reason    string `json:"reason,omitempty"`
		Later     bool   `json:"later,omitempty"`
		Queue     string `json:"queue,omitempty"`
		QueueName string `json:"queue_name,omitempty"`
		Until     Time   `json:"until,omitempty"`
	}
	// FocusChanged is focus.changed; null: nothing is focused (R38).
	FocusChanged struct {
		Head
		Call *string `json:"call" jsonschema:"nullable"`
	}
	// ContextTenant is context.tenant: which tenant's customers are searched; null: all granted ones (R9).
	ContextTenant struct {
		Head
		Tenant *string `json:"tenant" jsonschema:"nullable"`
	}
	// CallHeldLong is call.held_long (R99). Stage: reminder, to the agent who holds; alarm, to supervisors as well.
	CallHeldLong struct {
		Head
		Call  string `json:"call"`
		Agent string `json:"agent"`
		Stage string `json:"stage"`
	}
	// QueueStats is queue.stats of one queue, at most once a second and only on change.
	QueueStats struct {
		Head
		Queue QueueCounts `json:"queue"`
	}
	// CallbackUpdated is callback.updated: it was opened, joined, claimed, attempted or has ended (R54).
	CallbackUpdated struct {
		Head
		Callback *Callback `json:"callback"`
	}
	// Snapshot replaces everything the client knows. Offer is the open one of the agent.
	Snapshot struct {
		Head
		Session       string        `json:"session"`
		Agent         *Agent        `json:"agent" jsonschema:"nullable"`
		Role          string        `json:"role"`
		Offer         *Offer        `json:"offer" jsonschema:"nullable"`
		Calls         []*Call       `json:"calls"`
		Queues        []QueueCounts `json:"queues"`
		Agents        []*Agent      `json:"agents" jsonschema:"description=Supervisors only: agents they share a tenant with"`
		ContextTenant *string       `json:"context_tenant" jsonschema:"nullable"`
		Taken         []Taken       `json:"taken,omitempty" jsonschema:"description=Bubbles taken while the agent was away, until notices.seen (R36)"`
		Center
	}
)

// QueueCounts is the live state of one queue (R78). Callers being offered are among those waiting. States of agents are
// at most one for each member; available counts who could be offered a call now,
// who is Available and cannot is in none.
type QueueCounts struct {
	ID            string `json:"id"`
	Name          string `json:"name,omitempty"`
	Waiting       int    `json:"waiting"`
	Offered       int    `json:"offered"`
	LongestWaitMs int64  `json:"longest_wait_ms"`
	AverageWaitMs int64  `json:"average_wait_ms" doc:"Of those who wait"`
	Members       int    `json:"members"`
	Available     int    `json:"available"`
	Ringing       int    `json:"ringing"`
	Talking       int    `json:"talking"`
	Wrapup        int    `json:"wrapup"`
	OtherCalls    int    `json:"other_calls" doc:"On a direct, internal or outbound call"`
	Unavailable   int    `json:"unavailable"`
	Offline       int    `json:"offline"`
	// of somebody who comes now, R96
	Position         int     `json:"position" doc:"Of a caller who comes now"`
	EstimatedWaitMs  int64   `json:"estimated_wait_ms,omitempty" doc:"Of a caller who comes now; absent while too little is known"`
	EstimateErrorP90 float64 `json:"estimate_error_p90,omitempty" doc:"Nine of ten estimates of the last hour were off by less, relative to the wait"`
	Announce         bool    `json:"announce,omitempty" doc:"The estimate is good enough to be told to callers"`
	Closed           bool    `json:"closed,omitempty" doc:"A supervisor closed it (R97)"`
	Message          string  `json:"message,omitempty" doc:"Why it is closed"`
}
