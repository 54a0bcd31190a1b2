package api_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/api/apiclient"
	"github.com/wirechief/wirechief/api/desk"
)

// R54 from outside: a caller gives up, the desks see it, one claims, a supervisor overrules, it is closed.
func TestR54CallbackOnTheDesks(t *testing.T) {
	require.Equal(t, actors.CallbackPrefix, desk.CallbackPrefix)
	require.Equal(t, actors.CallbackEnded, desk.CallbackEnded)
	w := newWorld(t, nil)
	alice, carol, bob := w.open("alice"), w.open("carol"), w.open("bob")
	caller := w.callers.Dial(north, "+15551234")
	w.await(caller.Answered())
	caller.HangUp()
	w.await(caller.Ended())
	const number = "+15551234"
	w.expect(alice, "callback.updated", has("callback.number", number), has("callback.status", "open"))
	at := m{"tenant": "north", "number": number}
	w.do(alice, "callback.claim", at)
	w.expect(carol, "callback.updated", has("callback.claimed_by", "alice"))
	w.refused(carol, "callback_claimed", "callback.attempt", at)
	w.refused(bob, "not_found", "callback.claim", at)
	w.refused(alice, "reason_required", "callback.close", at)
	w.do(alice, "callback.attempt", at)

	sue, sid, aliceT := w.token("sue"), w.token("sid"), w.token("alice")
	var list struct {
		Callbacks []struct {
			Number, Status string
			Attempts       int
			ClaimedBy      string `json:"claimed_by"`
			Causes         []struct{ Call, Kind string }
		}
	}
	w.get(aliceT, "/v1/callbacks", &list)
	require.Len(t, list.Callbacks, 1)
	require.Equal(t, "attempted", list.Callbacks[0].Status)
	require.Equal(t, "alice", list.Callbacks[0].ClaimedBy)
	require.Equal(t, "abandoned", list.Callbacks[0].Causes[0].Kind)
	w.get(aliceT, "/v1/callbacks?claimed_by=-", &list)
	require.Empty(t, list.Callbacks)
	w.get(aliceT, "/v1/callbacks?overdue=true", &list)
	require.Empty(t, list.Callbacks)
	w.get(sid, "/v1/callbacks", &list)
	require.Empty(t, list.Callbacks, "another tenant's")

	path := "/v1/callbacks/north/" + url.PathEscape(number)
	w.httpRefused(404, "not_found", sid, http.MethodPost, path+"/claim", m{})
	w.httpRefused(404, "not_found", sue, http.MethodPost, "/v1/callbacks/north/+1999/claim", m{})
	w.httpRefused(409, "callback_claimed", w.token("carol"), http.MethodPost, path+"/wrong-number", m{})
	require.NoError(t, apiclient.Call(w.ctx, w.base, sue, http.MethodPost, path+"/close", m{"reason": "came in person"}, nil))
	w.expect(alice, "callback.updated", has("callback.status", "closed"), has("callback.ended_by", "sue"))
	w.httpRefused(409, "callback_ended", aliceT, http.MethodPost, path+"/claim", m{})
	w.get(aliceT, "/v1/callbacks?status=ended", &list)
	require.Len(t, list.Callbacks, 1)
	require.Equal(t, "closed", list.Callbacks[0].Status)

	var f struct {
		Opened, Reached int64
		ReachedInDue    struct{ Num, Den int64 } `json:"reached_in_due"`
		MedianMinutes   *int64                   `json:"median_minutes"`
	}
	w.get(sue, "/v1/callbacks/figures?"+span(), &f)
	require.EqualValues(t, 1, f.Opened)
	require.Zero(t, f.Reached)
	require.EqualValues(t, 1, f.ReachedInDue.Den)
	require.Nil(t, f.MedianMinutes)
	for _, c := range bob.Pending() {
		require.NotContains(t, string(c.Raw), number, "a byte of another tenant")
	}
}

// R78: the monitor counts a queue's agents by what they do, and what those wait who wait.
func TestR78QueueMonitor(t *testing.T) {
	w := newWorld(t, nil)
	alice, sue := w.open("alice"), w.open("sue")
	w.do(alice, "status.set", m{"presence": "available"})
	w.expect(sue, "queue.stats", has("queue.available", 1), has("queue.offline", 1))
	first := w.callers.Dial(north, "+15551234")
	w.await(first.Answered())
	w.expect(sue, "queue.stats", has("queue.talking", 1), has("queue.available", 0))
	second := w.callers.Dial(north, "+15555678")
	w.await(second.Answered())
	stats := w.expect(sue, "queue.stats", has("queue.waiting", 1), func(f apiclient.Frame) bool {
		var s struct {
			Queue struct {
				Longest int64 `json:"longest_wait_ms"`
				Average int64 `json:"average_wait_ms"`
			}
		}
		f.Into(&s)
		return s.Queue.Longest > 0 && s.Queue.Average == s.Queue.Longest
	})
	require.Contains(t, string(stats.Raw), `"id":"nq"`)
	var list struct {
		Queues []struct{ Talking, Offline int }
	}
	w.get(w.token("alice"), "/v1/queues", &list)
	require.Equal(t, 1, list.Queues[0].Talking)
	require.Equal(t, 1, list.Queues[0].Offline)
	for _, c := range []interface{ HangUp() }{first, second} {
		c.HangUp()
	}
	w.await(first.Ended())
	w.await(second.Ended())
}
