package wire

import (
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/callback"
)

// Callback is the callback to one number of one tenant (R54).
type Callback struct {
	Tenant       string         `json:"tenant"`
	Number       string         `json:"number"`
	Round        int32          `json:"round" doc:"Grows when a call wants a callback after the last one ended"`
	Status       string         `json:"status" doc:"open, attempted, reached, no_answer, wrong_number or closed"`
	Causes       []CallbackCall `json:"causes" doc:"Calls that want it, oldest first"`
	MoreCauses   int32          `json:"more_causes,omitempty" doc:"Further calls that are not listed"`
	OpenedAt     Time           `json:"opened_at" format:"date-time" doc:"When the first of them ended"`
	DueAt        Time           `json:"due_at" format:"date-time"`
	Overdue      bool           `json:"overdue,omitempty" doc:"When this was written"`
	Cold         bool           `json:"cold,omitempty" doc:"Open for 24 h when this was written"`
	Attempts     int32          `json:"attempts,omitempty"`
	AttemptedAt  Time           `json:"attempted_at,omitempty" format:"date-time"`
	ClaimedBy    string         `json:"claimed_by,omitempty"`
	ClaimedUntil Time           `json:"claimed_until,omitempty" format:"date-time"`
	EndedAt      Time           `json:"ended_at,omitempty" format:"date-time"`
	EndedBy      string         `json:"ended_by,omitempty"`
	Reason       string         `json:"reason,omitempty"`
	ReachedCall  string         `json:"reached_call,omitempty"`
}

// CallbackCall is a call that wants its caller called back.
type CallbackCall struct {
	Call    string `json:"call"`
	Kind    string `json:"kind" doc:"abandoned, voicemail or marked"`
	EndedAt Time   `json:"ended_at" format:"date-time"`
}

// NewCallback shows a callback as of a time.
func NewCallback(s *cc.CallbackState, nowMs int64) *Callback {
	name := func(enum string) string { return strings.ToLower(strings.TrimPrefix(enum, "CALLBACK_")) }
	out := &Callback{
		Tenant: s.Tenant, Number: s.Number, Round: s.Round, Status: name(s.Status.String()), Causes: []CallbackCall{},
		MoreCauses: s.Joined, OpenedAt: At(s.OpenedMs), DueAt: At(s.DueMs), Cold: callback.Cold(s, nowMs),
		Overdue: callback.Open(s) && nowMs > s.DueMs, Attempts: s.Attempts, AttemptedAt: At(s.AttemptedMs),
		EndedAt: At(s.EndedMs), EndedBy: s.EndedBy, Reason: s.Reason, ReachedCall: s.ReachedCall,
	}
	for _, c := range s.Causes {
		out.Causes = append(out.Causes, CallbackCall{c.Call, name(c.Kind.String()), At(c.EndedMs)})
	}
	if who := callback.ClaimedBy(s, nowMs); who != "" {
		out.ClaimedBy, out.ClaimedUntil = who, At(s.ClaimUntilMs)
	}
	return out
}
