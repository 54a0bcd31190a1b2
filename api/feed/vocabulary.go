package feed

import (
	"encoding/json"

	"github.com/wirechief/wirechief/api/wire"
)

// Head begins every public event. Seq is the journal's index of the change, ID its place within that change: what comes
// twice has the same ID. Prev is the seq of the event before it for this reader, or the place the reader resumed from.
type Head struct {
	Type    string    `json:"type"`
	ID      string    `json:"id" doc:"seq and place within the change; the same whenever the event is sent again"`
	Seq     uint64    `json:"seq" doc:"Index in the journal: growing, not contiguous; events of one change share it"`
	Prev    uint64    `json:"prev,omitempty" doc:"seq of the event before, or of the place resumed from"`
	At      wire.Time `json:"at"`
	Channel string    `json:"channel" doc:"voice (R103)"`
	Tenant  string    `json:"tenant,omitempty"`
}

func (h *Head) head() *Head { return h }

// Event is any of the events below.
type Event interface{ head() *Head }

type (
	// CallArrived is call.arrived: the INVITE, with what the number stamps on the call for good (R1, R4).
	CallArrived struct {
		Head
		Call         string `json:"call"`
		Number       string `json:"number,omitempty" doc:"Dialled, E.164"`
		Campaign     string `json:"campaign,omitempty"`
		Workflow     string `json:"workflow,omitempty"`
		Trunk        string `json:"trunk,omitempty"`
		Caller       string `json:"caller,omitempty" doc:"E.164 or as received; absent when withheld"`
		CallerName   string `json:"caller_name,omitempty"`
		DivertedFrom string `json:"diverted_from,omitempty"`
		Mode         string `json:"mode,omitempty" doc:"managed or forwarded"`
		Test         bool   `json:"test,omitempty"`
		Blocked      bool   `json:"blocked,omitempty"`
	}
	// CallQueued is call.queued.
	CallQueued struct {
		Head
		Call       string    `json:"call"`
		Queue      string    `json:"queue"`
		EnqueuedAt wire.Time `json:"enqueued_at,omitempty"`
	}
	// CallConnected is call.connected: the caller hears the queue or an agent; not an answer (R79).
	CallConnected struct {
		Head
		Call string `json:"call"`
	}
	// CallAnswered is call.answered: an agent took it and owns the bubble (R29, R79).
	CallAnswered struct {
		Head
		Call       string `json:"call"`
		Offer      string `json:"offer,omitempty"`
		Agent      string `json:"agent"`
		OwnerEpoch uint64 `json:"owner_epoch"`
		Recording  string `json:"recording,omitempty"`
		WaitMs     int64  `json:"wait_ms"`
	}
	// CallBy is call.held and call.resumed.
	CallBy struct {
		Head
		Call string `json:"call"`
		By   string `json:"by,omitempty"`
	}
	// CallAgentLeft is call.agent_left: the caller waits again (R85).
	CallAgentLeft struct {
		Head
		Call  string `json:"call"`
		Agent string `json:"agent"`
		Cause string `json:"cause"`
	}
	// CallEnded is call.ended, with what the whole call was.
	CallEnded struct {
		Head
		Call     string `json:"call"`
		Cause    string `json:"cause"`
		Detail   string `json:"detail,omitempty"`
		Queue    string `json:"queue,omitempty"`
		Agent    string `json:"agent,omitempty"`
		Owner    string `json:"owner,omitempty"`
		Answered bool   `json:"answered"`
		WaitMs   int64  `json:"wait_ms"`
		TalkMs   int64  `json:"talk_ms"`
		HoldMs   int64  `json:"hold_ms"`
		TotalMs  int64  `json:"total_ms"`
	}
	// CallClassified is call.classified (R48-R50); provisional while the bubble is open.
	CallClassified struct {
		Head
		Call        string `json:"call"`
		Class       string `json:"class"`
		Provisional bool   `json:"provisional,omitempty"`
	}
	// CallUnreadable is call.unreadable: something happened here that the journal cannot read any more.
	CallUnreadable struct {
		Head
		Call string `json:"call"`
	}
	// OfferMade is offer.made.
	OfferMade struct {
		Head
		Call     string    `json:"call"`
		Offer    string    `json:"offer"`
		Agent    string    `json:"agent"`
		Queue    string    `json:"queue,omitempty"`
		Deadline wire.Time `json:"deadline,omitempty"`
	}
	// OfferAccepted is offer.accepted: taken, being connected.
	OfferAccepted struct {
		Head
		Call  string `json:"call"`
		Offer string `json:"offer"`
	}
	// OfferEnded is offer.ended, by another outcome than answered (R81).
	OfferEnded struct {
		Head
		Call    string `json:"call"`
		Offer   string `json:"offer"`
		Agent   string `json:"agent"`
		Outcome string `json:"outcome"`
		Detail  string `json:"detail,omitempty" doc:"SIP code or cause"`
	}
	// BubbleClaimed is bubble.claimed (R35); the answer of a managed call claims by itself.
	BubbleClaimed struct {
		Head
		Call  string `json:"call"`
		Agent string `json:"agent"`
		Epoch uint64 `json:"epoch"`
		Late  bool   `json:"late,omitempty"`
	}
	// BubbleTaken is bubble.taken (R36).
	BubbleTaken struct {
		Head
		Call  string `json:"call"`
		Agent string `json:"agent"`
		From  string `json:"from"`
		Epoch uint64 `json:"epoch"`
		Late  bool   `json:"late,omitempty"`
	}
	// BubbleExcused is bubble.excused, by a note (R45).
	BubbleExcused struct {
		Head
		Call string `json:"call"`
		By   string `json:"by"`
	}
	// BubbleReminded is bubble.reminded (R87).
	BubbleReminded struct {
		Head
		Call  string `json:"call"`
		Stage string `json:"stage" doc:"owes_reason or supervisor"`
	}
	// BubbleCleared is bubble.cleared: off the desk, the call may go on (R47, R86).
	BubbleCleared struct {
		Head
		Call    string `json:"call"`
		Because string `json:"because"`
	}
	// BubbleClosed is bubble.closed (R47).
	BubbleClosed struct {
		Head
		Call   string `json:"call"`
		By     string `json:"by"`
		Reason string `json:"reason,omitempty"`
		Lead   bool   `json:"lead,omitempty"`
		Auto   bool   `json:"auto,omitempty"`
	}
	// LinkChanged is link.changed: none < customer < location < job < booked (R41-R44).
	LinkChanged struct {
		Head
		Call     string `json:"call"`
		Level    string `json:"level"`
		Customer string `json:"customer,omitempty"`
		Location string `json:"location,omitempty"`
		Job      string `json:"job,omitempty"`
		By       string `json:"by,omitempty"`
	}
	// LinkConflict is link.conflict: another location than the linked one was named (R44).
	LinkConflict struct {
		Head
		Call     string `json:"call"`
		Existing string `json:"existing"`
		Wanted   string `json:"wanted"`
		By       string `json:"by,omitempty"`
	}
	// LinkAlsoBooked is link.also_booked: a further job of the call (R42).
	LinkAlsoBooked struct {
		Head
		Call string `json:"call"`
		Job  string `json:"job"`
		By   string `json:"by,omitempty"`
	}
	// BubbleCreated is bubble.created: a bubble without a call (R39).
	BubbleCreated struct {
		Head
		Call  string `json:"call"`
		Agent string `json:"agent"`
	}
	// CallTenantSet is call.tenant_set: whose a call is that came without a tenant (R8).
	CallTenantSet struct {
		Head
		Call string `json:"call"`
		By   string `json:"by,omitempty"`
	}
	// CallCorrected is call.corrected: what a person changed later beside what was seen (R52). Of a link only
	// the class it made is told here; the link itself is the call's.
	CallCorrected struct {
		Head
		Call        string `json:"call"`
		Field       string `json:"field"`
		Before      string `json:"before,omitempty"`
		After       string `json:"after,omitempty"`
		ClassBefore string `json:"class_before,omitempty"`
		ClassAfter  string `json:"class_after,omitempty"`
		By          string `json:"by,omitempty"`
		Why         string `json:"why,omitempty"`
	}
	// FollowUp is follow_up.set, with an empty day when it was taken back, and follow_up.done (R90).
	FollowUp struct {
		Head
		Call string `json:"call"`
		On   string `json:"on,omitempty"`
		Note string `json:"note,omitempty"`
		By   string `json:"by,omitempty"`
	}
	// RecordingFinished is recording.finished: the file can be fetched.
	RecordingFinished struct {
		Head
		Call       string `json:"call"`
		Recording  string `json:"recording"`
		DurationMs int64  `json:"duration_ms"`
		Bytes      int64  `json:"bytes"`
		SHA256     string `json:"sha256,omitempty"`
		Gaps       int32  `json:"gaps,omitempty"`
	}
	// AgentStatus is agent.status: presence as declared or set (R13, R98). By: "" the agent, system, or a supervisor.
	AgentStatus struct {
		Head
		Agent    string `json:"agent"`
		Presence string `json:"presence"`
		Reason   string `json:"reason,omitempty"`
		By       string `json:"by,omitempty"`
	}
	// Wrapup is wrapup.started and wrapup.extended; mode only with started (R32).
	Wrapup struct {
		Head
		Agent string    `json:"agent"`
		Call  string    `json:"call,omitempty"`
		Offer string    `json:"offer"`
		Mode  string    `json:"mode,omitempty"`
		Until wire.Time `json:"until"`
	}
	// WrapupEnded is wrapup.ended. By: "" the agent, system the deadline, signed_out, or a supervisor.
	WrapupEnded struct {
		Head
		Agent string `json:"agent"`
		Call  string `json:"call,omitempty"`
		Offer string `json:"offer"`
		By    string `json:"by,omitempty"`
	}
	// CenterChanged is center.changed, to everybody.
	CenterChanged struct {
		Head
		Version uint64 `json:"version"`
	}
)

func encode(e Event) []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic("feed: an event that cannot be encoded: " + err.Error()) //nolint:forbidigo // plain structs always can
	}
	return b
}
