package wire

import (
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Agent is an agent's state. Offer, call and focus are there for the agent only: they may belong to a tenant that who
// looks on has no grant for.
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
	a.IdleSince, a.CooldownUntil, a.WrapupUntil = At(s.IdleSinceMs), At(s.CooldownUntilMs), At(s.WrapupUntilMs)
	return a
}

// Public is the agent as others see them.
func (a *Agent) Public() *Agent {
	p := *a
	p.Offer, p.Call, p.Focus = "", "", ""
	return &p
}
