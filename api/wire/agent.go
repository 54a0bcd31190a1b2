package wire

import (
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Agent is an agent's state. Offer, call, focus, hand and other calls are there for the agent only: they may belong to a
// tenant that who looks on has no grant for.
type Agent struct {
	ID            string `json:"id"`
	Name          string `json:"name,omitempty"`
	Presence      string `json:"presence" doc:"offline, unavailable or available"`
	Reason        string `json:"reason,omitempty" doc:"Why unavailable"`
	PresenceSince Time   `json:"presence_since,omitempty" format:"date-time"`
	NextPresence  string `json:"next_presence,omitempty" doc:"Taken when the call and its wrap-up are over (R32)"`
	NextReason    string `json:"next_reason,omitempty"`
	Token         string `json:"token" doc:"free, reserved, connecting, talking or wrapup (R16)"`
	Offer         string `json:"offer,omitempty"`
	Call          string `json:"call,omitempty"`
	Focus         string `json:"focus,omitempty" doc:"Call id of the focused bubble (R38)"`
	Client        bool   `json:"client" doc:"A client is connected"`
	Endpoint      bool   `json:"endpoint" doc:"The phone can be reached"`
	Busy          bool   `json:"busy,omitempty" doc:"On a call that is no queue call"`
	IdleSince     Time   `json:"idle_since,omitempty" format:"date-time"`
	CooldownUntil Time   `json:"cooldown_until,omitempty" format:"date-time"`
	WrapupUntil   Time   `json:"wrapup_until,omitempty" format:"date-time"`
	Activity      string `json:"activity" doc:"idle, offered, on_queue_call, on_direct, on_internal, on_outbound or wrapup (R13)"`

	WrapupRemainingMs int64 `json:"wrapup_remaining_ms,omitempty" doc:"Left of a wrap-up whose clock stands (R21)"`

	NextBy    string `json:"next_by,omitempty" doc:"Who set the next presence: system or a supervisor; missing: the agent"`
	Held      bool   `json:"held,omitempty" doc:"The queue call is on hold"`
	HandSince Time   `json:"hand_since,omitempty" format:"date-time" doc:"The hand is up since then (R89)"`
	Hand      string `json:"hand,omitempty" doc:"Call on which the hand is up"`

	OtherCalls    []OtherCall `json:"other_calls,omitempty" doc:"Direct, internal and outbound calls, oldest first"`
	QueuesAdded   []string    `json:"queues_added,omitempty" doc:"By supervisors, beside the configured ones (R97)"`
	QueuesRemoved []string    `json:"queues_removed,omitempty" doc:"By supervisors, of the configured ones (R97)"`
}

// OtherCall is a call on the agent's desk that is no queue call (R20).
type OtherCall struct {
	Call    string `json:"call"`
	Class   string `json:"class" doc:"direct, internal or outbound"`
	State   string `json:"state" doc:"ringing, active or held"`
	Since   Time   `json:"since" format:"date-time"`
	Dialled bool   `json:"dialled,omitempty" doc:"By the agent"`
	Consult bool   `json:"consult,omitempty"`
	Merged  bool   `json:"merged,omitempty" doc:"Part of a conference"`
}

// NewAgent shows a summary as the agent sees it; s nil is an agent who never was there.
func NewAgent(id string, s *cc.AgentSummary, dir *cc.Directory) *Agent {
	a := &Agent{ID: id, Name: dir.Agent(id).GetName(), Presence: "offline", Token: "free", Activity: "idle"}
	if s == nil {
		return a
	}
	if p := presence(s.Presence); p != "" {
		a.Presence = p
	}
	if s.Token != cc.TokenState_TOKEN_UNKNOWN {
		a.Token = strings.ToLower(s.Token.String())
	}
	if s.Activity != cc.Activity_ACTIVITY_UNKNOWN {
		a.Activity = strings.ToLower(strings.TrimPrefix(s.Activity.String(), "ACTIVITY_"))
	}
	a.WrapupRemainingMs = s.WrapupRemainingMs
	a.Reason, a.PresenceSince = s.Reason, At(s.PresenceSinceMs)
	a.NextPresence, a.NextReason = presence(s.NextPresence), s.NextReason
	a.Offer, a.Call, a.Focus = s.Offer, s.Call, s.Focus
	a.Client, a.Endpoint = s.Client, s.Endpoint
	a.Busy = s.BusyDirect || s.BusyInternal || s.BusyOutbound
	a.NextBy, a.Held, a.Hand, a.HandSince = s.NextBy, s.Held, s.Hand, At(s.HandSinceMs)
	a.QueuesAdded, a.QueuesRemoved = s.QueuesAdded, s.QueuesRemoved
	for _, c := range s.OtherCalls {
		a.OtherCalls = append(a.OtherCalls, OtherCall{
			Call: c.Call, Class: strings.TrimSuffix(word(int32(c.Class), c.Class.String(), ""), "_call"),
			State: word(int32(c.State), c.State.String(), "DESK_"), Since: At(c.SinceMs),
			Dialled: c.Dialled, Consult: c.Consult, Merged: c.Conference,
		})
	}
	a.IdleSince, a.CooldownUntil, a.WrapupUntil = At(s.IdleSinceMs), At(s.CooldownUntilMs), At(s.WrapupUntilMs)
	return a
}

// Public is the agent as others see them.
func (a *Agent) Public() *Agent {
	p := *a
	p.Offer, p.Call, p.Focus, p.Hand, p.OtherCalls = "", "", "", "", nil
	return &p
}
