package api_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/apiclient"
)

func (w *world) answerTo(token, path string, body any) string {
	w.t.Helper()
	err := apiclient.Call(w.ctx, w.base, token, http.MethodPost, path, body, nil)
	var r *apiclient.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	require.NoError(w.t, err)
	return ""
}

// R96, R97 and the explanations (DESIGN 4) by HTTP, with who may and who may not.
func TestR97SupervisorsByHTTP(t *testing.T) {
	w := newWorld(t, nil)
	sue, sid, alice := w.token("sue"), w.token("sid"), w.token("alice")
	caller := w.callers.Dial(north, "+15551234")
	w.await(caller.Answered()) // nobody is there: it waits
	var list struct {
		Calls []struct {
			Call     string
			Position int
			Priority int
		}
	}
	w.get(sue, "/v1/queues/nq/waiting", &list)
	require.Len(t, list.Calls, 1)
	require.Equal(t, 1, list.Calls[0].Position)
	call := list.Calls[0].Call

	require.Equal(t, "forbidden", w.answerTo(alice, "/v1/calls/"+call+"/priority", m{"priority": 3}))
	require.Equal(t, "not_found", w.answerTo(sid, "/v1/calls/"+call+"/priority", m{"priority": 3}))
	require.Empty(t, w.answerTo(sue, "/v1/calls/"+call+"/priority", m{"priority": 3}))
	require.Eventually(t, func() bool {
		w.get(sue, "/v1/queues/nq/waiting", &list)
		return list.Calls[0].Priority == 3
	}, w.left(), 5*time.Millisecond)
	require.Equal(t, "bad_command", w.answerTo(sue, "/v1/calls/"+call+"/move", m{}))
	require.Equal(t, "not_found", w.answerTo(sue, "/v1/calls/"+call+"/move", m{"queue": "nowhere"}))
	require.Equal(t, "not_eligible", w.answerTo(sue, "/v1/calls/"+call+"/move", m{"agent": "alice"}))
	require.Empty(t, w.answerTo(sue, "/v1/calls/"+call+"/move", m{"head": true}))

	require.Equal(t, "forbidden", w.answerTo(alice, "/v1/queues/nq/close", m{}))
	require.Equal(t, "not_found", w.answerTo(sid, "/v1/queues/nq/close", m{}))
	require.Empty(t, w.answerTo(sue, "/v1/queues/nq/close", m{"message": "fire drill"}))
	var queues struct {
		Queues []struct {
			ID       string
			Closed   bool
			Message  string
			Position int
		}
	}
	w.get(sue, "/v1/queues", &queues)
	require.True(t, queues.Queues[0].Closed)
	require.Equal(t, "fire drill", queues.Queues[0].Message)
	require.Equal(t, 2, queues.Queues[0].Position)
	require.Empty(t, w.answerTo(sue, "/v1/queues/nq/open", nil))

	desk := w.open("alice")
	from := time.Now().UTC().Add(-time.Minute).Format(time.RFC3339)
	w.do(desk, "status.set", m{"presence": "available"})
	w.expect(desk, "bubble.shown", has("call.phase", "bridged"))
	var why struct {
		Offers []struct {
			Agent   string
			RankKey string `json:"rank_key"`
			Agents  []m
			Agrees  bool
			Not     string `json:"not_recomputed"`
		}
	}
	w.get(sue, "/v1/calls/"+call+"/explain", &why)
	require.Len(t, why.Offers, 1)
	require.Equal(t, "alice", why.Offers[0].Agent)
	require.NotEmpty(t, why.Offers[0].RankKey)
	require.NotEmpty(t, why.Offers[0].Agents, why.Offers[0].Not)
	require.True(t, why.Offers[0].Agrees)
	var nothing struct {
		Spans []struct{ Reason string }
		Whole bool
	}
	w.get(sue, "/v1/agents/carol/explain?from="+from, &nothing)
	require.True(t, nothing.Whole)
	require.NotEmpty(t, nothing.Spans)
	require.Equal(t, "not_waiting", w.answerTo(sue, "/v1/calls/"+call+"/priority", m{"priority": 1}))
	caller.HangUp()
	w.await(caller.Ended())
}
