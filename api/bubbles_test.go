package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/apiclient"
)

func (w *world) post(token, path string, in, out any) {
	w.t.Helper()
	require.NoError(w.t, apiclient.Call(w.ctx, w.base, token, "POST", path, in, out))
}

// A manual bubble on the desks: R8, R9, R36, R38, R39.
func TestManualBubbleOnTheDesks(t *testing.T) {
	w := newWorld(t, nil)
	carol, alice, bob := w.open("carol"), w.open("alice"), w.open("bob")
	f, err := carol.Do(w.ctx, "bubble.create", m{})
	require.NoError(t, err)
	var made struct{ Call string }
	f.Into(&made)
	require.NotEmpty(t, made.Call, "%s", f.Raw)
	w.expect(carol, "focus.changed", has("call", made.Call))
	w.refused(alice, "not_found", "bubble.draft_get", m{"call": made.Call})
	w.do(carol, "bubble.draft", m{"call": made.Call, "version": 0, "text": "sink"})
	w.do(carol, "bubble.tenant", m{"call": made.Call, "tenant": "north"})
	w.expect(carol, "context.tenant", has("tenant", "north"))
	w.refused(carol, "tenant_set", "bubble.tenant", m{"call": made.Call, "tenant": "south"})
	w.expect(alice, "bubble.shown", has("call.kind", "manual"), has("call.owner", "carol"), has("call.draft_version", 1),
		has("call.channel", "none"))

	w.do(alice, "bubble.takeover", m{"call": made.Call, "epoch": 1})
	w.expect(carol, "bubble.taken", has("by", "alice"))
	w.expect(carol, "context.tenant", has("tenant", nil))
	w.refused(carol, "owner_changed", "bubble.draft", m{"call": made.Call, "version": 1, "text": "late"})
	f, err = alice.Do(w.ctx, "bubble.draft_get", m{"call": made.Call})
	require.NoError(t, err)
	require.True(t, has("draft.text", "sink")(f), "%s", f.Raw)
	f, err = alice.Do(w.ctx, "bubble.draft", m{"call": made.Call, "version": 0, "text": "tap"})
	require.NoError(t, err)
	require.True(t, has("code", "draft_conflict")(f) && has("details.draft", "sink")(f), "%s", f.Raw)

	w.expect(alice, "focus.changed", has("call", made.Call))
	w.refused(alice, "owner_changed", "bubble.action", m{"call": made.Call, "epoch": 1, "action": "note", "location": "l1"})
	w.do(alice, "focus", m{"call": nil})
	w.refused(alice, "stale_focus", "bubble.action", m{"call": made.Call, "epoch": 2, "action": "note", "location": "l1"})
	w.do(alice, "bubble.action", m{"action": "note", "location": "l1"}) // nothing is focused: nothing is linked
	w.do(alice, "focus", m{"call": made.Call})
	w.do(alice, "bubble.action", m{"call": made.Call, "epoch": 2, "action": "note", "location": "l1"})
	w.refused(alice, "action_unknown", "bubble.action", m{"action": "juggle", "job": "j"})
	w.refused(alice, "link.conflict", "bubble.check_link", m{"call": made.Call, "location": "l2"})
	w.refused(alice, "link.conflict", "bubble.action", m{"action": "book", "job": "j1", "location": "l2"})
	w.expect(alice, "link.conflict", has("existing", "l1"), has("wanted", "l2"))
	w.do(alice, "bubble.book_unlinked", m{"call": made.Call, "job": "j1", "location": "l2"})
	w.do(alice, "bubble.action", m{"action": "book", "job": "j2", "location": "l1"})
	w.expect(alice, "link.booked", has("job", "j2"))
	w.expect(alice, "bubble.closed", has("call", made.Call))
	w.expect(alice, "focus.changed", has("call", nil))

	var kept struct {
		Drafts []struct{ Owner, Text string }
	}
	w.get(w.token("alice"), "/v1/calls/"+made.Call+"/drafts", &kept)
	require.Len(t, kept.Drafts, 1)
	require.Equal(t, "carol", kept.Drafts[0].Owner)
	require.Equal(t, "sink", kept.Drafts[0].Text)
	for _, f := range bob.Pending() {
		require.NotContains(t, string(f.Raw), made.Call, "a bubble of another tenant")
	}
}

// Over HTTP: drafts up to 64 KiB, marks, corrections and follow-ups: R39, R46, R52, R54, R55, R90.
func TestBubblesByHTTP(t *testing.T) {
	w := newWorld(t, nil)
	alice, sue, ira := w.token("alice"), w.token("sue"), w.token("ira")
	desk := w.open("alice")
	w.do(desk, "status.set", m{"presence": "available"})
	caller := w.callers.Dial(north, "+15551234")
	offer := w.expect(desk, "offer.made")
	var o struct{ Call string }
	offer.Into(&o)
	w.await(caller.Answered())
	w.expect(desk, "call.updated", has("call.phase", "bridged"))
	path := "/v1/calls/" + o.Call
	w.post(ira, path+"/customers", m{"customers": []m{{"id": "c7", "name": "Jo"}}}, nil)
	w.expect(desk, "bubble.updated", has("call.customer", "c7"), has("call.customer_name", "Jo"))
	w.post(alice, path+"/draft", m{"version": 0, "text": strings.Repeat("\u0001", 64<<10)}, nil)
	w.httpRefused(400, "bad_request", alice, "POST", path+"/draft", m{"version": 1, "text": strings.Repeat("x", 64<<10+1)})
	w.httpRefused(409, "draft_conflict", alice, "POST", path+"/draft", m{"version": 0, "text": "x"})
	w.post(alice, path+"/tags", m{"add": []string{"vip"}}, nil)
	w.post(alice, path+"/notes", m{"text": "leaking tap"}, nil)
	w.post(alice, path+"/needs-callback", m{"on": true}, nil)
	w.post(ira, "/v1/agents/alice/action", m{"action": "dispatch", "job": "j1", "location": "l1"}, nil)
	w.httpRefused(409, "link.conflict", alice, "GET", path+"/check-link?location=l2", nil)
	w.httpRefused(409, "call_live", sue, "POST", path+"/correct", m{"field": "class", "value": "booked"})
	w.post(alice, path+"/hangup", m{}, nil)
	w.await(caller.Ended())

	w.httpRefused(400, "date_past", alice, "POST", path+"/close", m{"reason": "n-price", "follow_up_on": "2001-01-01"})
	w.post(alice, path+"/close", m{"reason": "n-price", "follow_up_on": "2999-01-01", "follow_up_note": "ask for Jo"}, nil)
	w.httpRefused(403, "forbidden", alice, "POST", path+"/correct", m{"field": "class", "value": "booked"})
	w.post(sue, path+"/correct", m{"field": "class", "value": "excused_manager", "why": "a friend"}, nil)
	var fixed struct {
		Corrections []struct{ By, Before, After, Why string }
	}
	w.get(alice, path+"/corrections", &fixed)
	require.Len(t, fixed.Corrections, 1)
	require.Equal(t, "unbooked", fixed.Corrections[0].Before)
	require.Equal(t, "excused_manager", fixed.Corrections[0].After)
	require.Equal(t, "sue", fixed.Corrections[0].By)

	var list struct{ Calls []struct{ ID, Class string } }
	for query, found := range map[string]int{
		"tag=vip": 1, "tag=x": 0, "class=unbooked&corrected=excused_manager": 1, "corrected=unbooked": 0, "needs_callback=yes": 1,
		"job=j1&link=job": 1, "follow_up=2999-01-01": 1, "recording=no": 0, "kind=manual": 0, "owner=alice&direction=inbound": 1,
		"owes_reason=yes": 0, "max_talk_ms=1": 0,
	} {
		w.get(sue, "/v1/calls?"+query, &list)
		require.Len(t, list.Calls, found, query)
	}
	w.get(alice, "/v1/follow-ups", &list)
	require.Empty(t, list.Calls, "not due yet")
	w.get(alice, "/v1/follow-ups?until=2999-01-01", &list)
	require.Len(t, list.Calls, 1)
	w.post(alice, path+"/follow-up-done", m{}, nil)
	w.get(alice, "/v1/follow-ups?until=2999-01-01", &list)
	require.Empty(t, list.Calls)

	w.post(ira, "/v1/agents/alice/action", m{"action": "book", "job": "j9", "caller": "+15551234"}, nil)
	var c struct{ Suggestion struct{ ID, Job string } }
	w.get(alice, path, &c)
	require.Equal(t, "j9", c.Suggestion.Job)
	w.post(alice, path+"/suggestion", m{"suggestion": c.Suggestion.ID, "accept": true}, nil)
	w.get(sue, "/v1/calls?link=booked", &list)
	require.Len(t, list.Calls, 1)
}

// R36: who was away when a bubble was taken finds a notice at the next sign-in, until it was seen.
func TestR36NoticeAfterAnAbsence(t *testing.T) {
	w := newWorld(t, nil)
	carol := w.open("carol")
	f, err := carol.Do(w.ctx, "bubble.create", m{"tenant": "north"})
	require.NoError(t, err)
	var made struct{ Call string }
	f.Into(&made)
	w.expect(carol, "focus.changed", has("call", made.Call))
	sue := w.open("sue")
	carol.Close()
	require.Eventually(t, func() bool {
		var agents struct {
			Agents []struct {
				ID     string
				Client bool
			}
		}
		w.get(w.token("sue"), "/v1/agents", &agents)
		for _, a := range agents.Agents {
			if a.ID == "carol" {
				return !a.Client
			}
		}
		return false
	}, w.left(), tick)
	w.do(sue, "bubble.takeover", m{"call": made.Call, "epoch": 1})
	taken := func() bool {
		again := w.open("carol")
		snap := w.expect(again, "snapshot")
		defer again.Close()
		if strings.Contains(string(snap.Raw), `"taken"`) {
			w.do(again, "notices.seen", nil)
			return true
		}
		return false
	}
	require.True(t, taken())
	require.False(t, taken())
}
