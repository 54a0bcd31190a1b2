package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// R34: over HTTP as over the WebSocket, a managed call is its supervisors' alone until an agent is offered it.
func TestR34WaitingCallsAreHidden(t *testing.T) {
	w := newWorld(t, nil)
	sue, alice, ira := w.token("sue"), w.token("alice"), w.token("ira")
	caller := w.callers.Dial(north, "+15551234")
	type list struct {
		Calls []struct{ ID, Caller string }
	}
	var seen list
	require.Eventually(t, func() bool {
		seen = list{}
		w.get(sue, "/v1/calls", &seen)
		return len(seen.Calls) == 1
	}, w.left(), tick)
	call := seen.Calls[0].ID
	w.get(sue, "/v1/calls/"+call+"/timeline", &struct{}{})
	for _, token := range []string{alice, ira} {
		var out list
		w.get(token, "/v1/calls", &out)
		require.Empty(t, out.Calls)
		w.httpRefused(404, "not_found", token, "GET", "/v1/calls/"+call, nil)
		w.httpRefused(404, "not_found", token, "GET", "/v1/calls/"+call+"/timeline", nil)
	}
	caller.HangUp()
	w.await(caller.Ended())
	require.Eventually(t, func() bool { // abandoned: now it is everybody's to call back
		var out list
		w.get(alice, "/v1/calls", &out)
		return len(out.Calls) == 1 && out.Calls[0].ID == call
	}, w.left(), tick)
}
