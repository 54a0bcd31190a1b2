package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/apiclient"
)

type m = map[string]any

var has = apiclient.Field

// A call as the desks of two tenants see it: R7, R9, R23, R29, R32, R34, R36, R38, R47, R98.
func TestOneCallOnTheDesks(t *testing.T) {
	w := newWorld(t, nil)
	alice, alice2, bob, carol, sue, sid := w.open("alice"), w.open("alice"), w.open("bob"), w.open("carol"), w.open("sue"), w.open("sid")
	snap := w.expect(alice, "snapshot", has("agent.presence", "unavailable"), has("agent.reason", "signed_in"))
	require.NotContains(t, string(snap.Raw), "south")
	w.do(alice, "status.set", m{"presence": "available"})
	w.expect(alice2, "agent.status", has("agent.presence", "available"))
	w.expect(sue, "agent.status", has("agent.id", "alice"), has("agent.presence", "available"))
	w.refused(alice, "bad_request", "status.set", m{"presence": "asleep"})
	w.refused(alice, "reason_unknown", "status.set", m{"presence": "unavailable", "reason": "tired"})

	caller := w.callers.Dial(north, "+15551234")
	offer := w.expect(alice, "offer.made", has("tenant", "north"), has("tenant_name", "Northside"),
		has("campaign", "spring"), has("queue", "nq"), has("channel", "voice"), has("answer_on", "phone"),
		has("caller", "+15551234"))
	var o struct {
		Call, Offer string
	}
	offer.Into(&o)
	w.expect(alice2, "offer.made", has("offer", o.Offer))
	w.expect(sue, "bubble.shown", has("call.id", o.Call))
	w.await(caller.Answered())
	w.expect(alice, "offer.withdrawn", has("offer", o.Offer))
	w.expect(alice, "bubble.shown", has("call.phase", "bridged"), has("call.owner", "alice"), has("call.owner_epoch", 1))
	w.expect(alice, "call.updated", has("call.phase", "bridged"))
	w.expect(carol, "bubble.shown", has("call.owner_name", "Name alice"))
	w.expect(alice, "focus.changed", has("call", o.Call))
	w.expect(alice, "context.tenant", has("tenant", "north"))

	w.do(alice, "call.hold", m{"call": o.Call})
	w.expect(carol, "bubble.updated", has("call.held", true))
	w.refused(carol, "not_yours", "call.resume", m{"call": o.Call})
	w.do(alice, "call.resume", m{"call": o.Call})
	w.refused(bob, "not_found", "call.hangup", m{"call": o.Call})
	w.refused(carol, "owned", "bubble.claim", m{"call": o.Call})
	w.refused(carol, "owner_changed", "bubble.takeover", m{"call": o.Call, "epoch": 7})
	w.refused(carol, "not_yours", "focus", m{"call": o.Call})
	w.do(carol, "bubble.takeover", m{"call": o.Call, "epoch": 1})
	w.expect(alice, "bubble.taken", has("call", o.Call), has("by", "carol"), has("epoch", 2))
	w.expect(alice, "focus.changed", has("call", nil))
	w.expect(alice, "context.tenant", has("tenant", nil))
	w.expect(carol, "focus.changed", has("call", o.Call))
	w.do(carol, "focus", m{"call": nil})
	w.do(carol, "focus", m{"call": o.Call})

	w.do(alice, "call.hangup", m{"call": o.Call})
	w.await(caller.Ended())
	w.expect(alice, "wrapup.started", has("call", o.Call), has("mode", "timed_early"))
	w.do(alice, "wrapup.finish", nil)
	w.expect(alice2, "wrapup.ended")
	w.expect(alice2, "agent.status", has("agent.token", "free"), has("agent.presence", "available"))
	w.refused(alice, "no_wrapup", "wrapup.finish", nil)
	w.do(carol, "bubble.note", m{"call": o.Call, "customer": "c1"})
	w.refused(carol, "reason_unknown", "bubble.close", m{"call": o.Call, "reason": "s-price"})
	w.do(carol, "bubble.close", m{"call": o.Call, "reason": "n-price"})
	w.expect(alice, "bubble.closed", has("call", o.Call), has("reason", "n-price"))
	w.do(sid, "ping", nil)
	w.do(bob, "ping", nil)
	for _, c := range []*apiclient.Client{bob, sid} {
		require.NoError(t, c.Err())
		for _, f := range c.Pending() {
			require.NotContains(t, string(f.Raw), "north", "a byte of another tenant")
			require.NotContains(t, string(f.Raw), o.Call)
		}
	}
	for _, c := range []*apiclient.Client{alice, alice2, carol, sue} {
		require.NoError(t, c.Err())
	}
	w.seenByHTTP(o.Call)
}

// seenByHTTP: the same call over HTTP, by role and tenant.
func (w *world) seenByHTTP(call string) {
	w.t.Helper()
	sue, sid, alice, ira := w.token("sue"), w.token("sid"), w.token("alice"), w.token("ira")
	var list struct {
		Calls []struct{ ID, Class, Reason string }
	}
	w.get(sue, "/v1/calls?tenant=north&phase=ended", &list)
	require.Len(w.t, list.Calls, 1)
	require.Equal(w.t, call, list.Calls[0].ID)
	require.Equal(w.t, "n-price", list.Calls[0].Reason)
	w.get(sid, "/v1/calls", &list)
	require.Empty(w.t, list.Calls)

	var line struct {
		Records []struct {
			Command struct{ Type string }
			Events  []struct {
				Type   string
				Fields m
			}
		}
	}
	w.get(alice, "/v1/calls/"+call+"/timeline", &line)
	var types []string
	for _, r := range line.Records {
		for _, e := range r.Events {
			types = append(types, e.Type)
		}
	}
	require.Equal(w.t, "call_arrived", types[0])
	require.Subset(w.t, types, []string{
		"call_queued", "offer_made", "answered", "call_held", "call_resumed", "bubble_taken", "call_ended", "bubble_closed",
	})
	w.httpRefused(404, "not_found", sid, "GET", "/v1/calls/"+call+"/timeline", nil)
	w.httpRefused(404, "not_found", sid, "POST", "/v1/calls/"+call+"/hangup", m{})
	w.httpRefused(409, "call_ended", ira, "POST", "/v1/calls/"+call+"/hangup", m{})
	w.httpRefused(403, "forbidden", alice, "POST", "/v1/calls/"+call+"/note", m{"agent": "carol", "customer": "x"})
	w.httpRefused(403, "forbidden", alice, "GET", "/v1/explain/call/"+call, nil)
	w.recordingByHTTP(call, sue, sid, alice)

	var me struct {
		Agent, Role     string
		Tenants, Rights []string
	}
	w.get(alice, "/v1/me", &me)
	require.Equal(w.t, "alice", me.Agent)
	require.Contains(w.t, me.Rights, "desk")
	require.NotContains(w.t, me.Rights, "supervise")
	require.IsIncreasing(w.t, me.Rights)
	var queues struct{ Queues []struct{ ID string } }
	w.get(alice, "/v1/queues", &queues)
	require.Len(w.t, queues.Queues, 1)
	var explained struct {
		Queues []struct{ Queue, Reason string }
	}
	w.get(sue, "/v1/explain/agent/alice", &explained)
	require.Equal(w.t, "nq", explained.Queues[0].Queue)
	require.Len(w.t, explained.Queues, 1)
	w.httpRefused(404, "not_found", sue, "GET", "/v1/explain/agent/bob", nil)
	var numbers struct{ Numbers []struct{ Number string } }
	w.get(sue, "/v1/numbers?q=555", &numbers)
	require.Len(w.t, numbers.Numbers, 1)
	w.httpRefused(404, "not_found", sue, "POST", "/v1/agents/bob/status", m{"presence": "offline"})
	require.NoError(w.t, apiclient.Call(w.ctx, w.base, sue, "POST", "/v1/agents/alice/status",
		m{"presence": "unavailable", "reason": "lunch"}, nil))
	var agents struct {
		Agents []struct{ ID, Presence, Reason string }
	}
	w.get(sue, "/v1/agents", &agents)
	require.Equal(w.t, "unavailable", agents.Agents[0].Presence)
}

func (w *world) httpRefused(status int, code, token, method, path string, in any) {
	w.t.Helper()
	err := apiclient.Call(w.ctx, w.base, token, method, path, in, nil)
	var r *apiclient.Refusal
	require.ErrorAs(w.t, err, &r)
	require.Equal(w.t, status, r.Status, "%v", r)
	require.Equal(w.t, code, r.Code, "%v", r)
}

// recordingByHTTP: range requests, other roles and tenants, the audit.
func (w *world) recordingByHTTP(call, sue, sid, alice string) {
	w.t.Helper()
	var recs struct {
		Recordings []struct{ ID, Call, Audio, Tenant string }
	}
	require.Eventually(w.t, func() bool { // the file is finished in the background; nobody is told
		w.get(sue, "/v1/recordings?call="+call, &recs)
		return len(recs.Recordings) == 1
	}, w.left(), tick)
	r := recs.Recordings[0]
	require.Equal(w.t, "north", r.Tenant)
	w.httpRefused(403, "forbidden", alice, "GET", r.Audio, nil)
	w.httpRefused(404, "not_found", sid, "GET", r.Audio, nil)
	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.base+r.Audio, nil)
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer "+sue)
	req.Header.Set("Range", "bytes=0-3")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	body := readAll(w.t, resp)
	require.Equal(w.t, http.StatusPartialContent, resp.StatusCode)
	require.Equal(w.t, "RIFF", body)
	require.Equal(w.t, "audio/wav", resp.Header.Get("Content-Type"))
	v := w.node.Journal().View()
	defer v.Close()
	var audited []string
	for _, value := range v.Scan([]byte("audit/")) {
		if strings.Contains(string(value), "recording.") {
			audited = append(audited, string(value))
		}
	}
	require.Len(w.t, audited, 1)
	require.True(w.t, strings.Contains(audited[0], r.ID) && strings.Contains(audited[0], `"sue"`))
}

func readAll(t *testing.T, resp *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return string(body)
}
