package config

import (
	"time"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Desk is when an ended bubble that nobody closes moves on (R87), counted from the end of the call.
type Desk struct {
	// Never claimed: it leaves the desk.
	UnclaimedMs int64 `key:"unclaimed_ms" default:"300000" min:"1000" max:"86400000"`
	// Owned: its owner is reminded that it owes a reason.
	OwesReasonMs int64 `key:"owes_reason_ms" default:"900000" min:"1000" max:"86400000"`
	// Owned: it comes to the supervisors' list.
	SupervisorMs int64 `key:"supervisor_ms" default:"3600000" min:"1000" max:"86400000"`
	// Owned: it is closed by itself. Manual bubbles: since somebody last worked on them.
	AutoCloseMs int64 `key:"auto_close_ms" default:"86400000" min:"1000" max:"604800000"`
}

// shippedDesk are the defaults above; a tenant with these alone adds nothing to its calls.
var shippedDesk = Desk{300_000, 900_000, 3_600_000, 86_400_000}

func (d Desk) build() *cc.DeskPolicy {
	if d == shippedDesk || d == (Desk{}) {
		return nil
	}
	return &cc.DeskPolicy{
		UnclaimedMs: d.UnclaimedMs, OwesReasonMs: d.OwesReasonMs, SupervisorMs: d.SupervisorMs, AutoCloseMs: d.AutoCloseMs,
	}
}

// LinkAction is one row of the table of R41.
type LinkAction struct {
	// Action as the CRM reports it.
	Action string `key:"action" need:"yes" format:"id"`
	// It links the call.
	Links bool `key:"links" default:"true"`
}

// BlockedUntil is a caller who is refused for a time.
type BlockedUntil struct {
	// The caller's number.
	Number string `key:"number" need:"yes" format:"line"`
	// Until when, RFC 3339.
	Until string `key:"until" need:"yes" format:"moment"`
}

func checkMoment(s string) string {
	if _, err := time.Parse(time.RFC3339, s); err != nil {
		return "must be a moment as 2006-01-02T15:04:05Z"
	}
	return ""
}

// buildDesk adds what a tenant says of bubbles, links and blocked callers.
func (t *Tenant) buildDesk(out *cc.Tenant) {
	out.Desk = t.Desk.build()
	for _, a := range t.LinkActions {
		out.LinkActions = append(out.LinkActions, &cc.LinkAction{Action: a.Action, Links: a.Links})
	}
	for _, b := range t.BlockedUntil {
		until, _ := time.Parse(time.RFC3339, b.Until) // checked
		out.Blocks = append(out.Blocks, &cc.BlockedCaller{Number: b.Number, UntilMs: until.UnixMilli()})
	}
}

// checkDesk: the stages come in order, no action stands twice, numbers are spelled as ours are.
func (k *checker) checkDesk(i int, t *Tenant) {
	if d := t.Desk; d.OwesReasonMs > d.SupervisorMs || d.SupervisorMs > d.AutoCloseMs {
		k.fail(item("tenants", i, "desk"), "owes_reason_ms, supervisor_ms and auto_close_ms must ascend")
	}
	seen := map[string]bool{}
	for j, a := range t.LinkActions {
		if seen[a.Action] {
			k.fail(item("tenants", i, item("link_actions", j, "action")), "%s is listed twice", quote(a.Action))
		}
		seen[a.Action] = true
	}
	for j := range t.BlockedUntil {
		b := &t.BlockedUntil[j]
		b.Number = k.normal(item("tenants", i, item("blocked_until", j, "number")), b.Number)
	}
}
