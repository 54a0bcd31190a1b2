package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/feed"
	"github.com/wirechief/wirechief/api/wire"
)

// A place the journal no longer has is refused with the first there is.
func TestTooOldNamesTheFirst(t *testing.T) {
	e := wire.FromError(eventError(&feed.TooOldError{First: 1234}))
	require.Equal(t, wire.CodeTooOld, e.Code)
	require.Equal(t, http.StatusGone, e.Status)
	require.Equal(t, map[string]string{"first": "1234"}, e.Details)
	require.NoError(t, eventError(nil))
}

func TestAcceptOfAStream(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "*/*": false, "application/json": false, "text/event-stream": true,
		"application/json, text/event-stream;q=0.5": true, "text/event-streams": false,
	} {
		require.Equal(t, want, wantsStream(accept), accept)
	}
}

func told(seq uint64, id string) *feed.Item {
	e := &feed.CallConnected{Call: "1-a"}
	e.Type, e.Seq, e.ID = "call.connected", seq, id
	return &feed.Item{Seq: seq, Type: e.Type, Event: e}
}

// The id to resume from stands on the last event of a change only: coming back never skips the rest of one.
func TestStreamFormat(t *testing.T) {
	w := httptest.NewRecorder()
	e := &sse{w: w, c: http.NewResponseController(w), prev: 3, id: 3}
	e.put([]*feed.Item{told(5, "5-0"), told(5, "5-1"), told(8, "8-0")})
	e.beat(8)
	e.beat(20)
	e.put([]*feed.Item{told(21, "21-0")})
	require.NoError(t, e.flush())
	const rest = `"at":"","channel":"","call":"1-a"}` + "\n\n"
	require.Equal(t, ""+
		"event: call.connected\ndata: {\"prev\":3,\"type\":\"call.connected\",\"id\":\"5-0\",\"seq\":5,"+rest+
		"id: 5\nevent: call.connected\ndata: {\"prev\":5,\"type\":\"call.connected\",\"id\":\"5-1\",\"seq\":5,"+rest+
		"id: 8\nevent: call.connected\ndata: {\"prev\":5,\"type\":\"call.connected\",\"id\":\"8-0\",\"seq\":8,"+rest+
		":\n\nid: 20\n\n"+
		"id: 21\nevent: call.connected\ndata: {\"prev\":8,\"type\":\"call.connected\",\"id\":\"21-0\",\"seq\":21,"+rest,
		w.Body.String())
}

type stuck struct{ http.ResponseWriter }

func (stuck) Write([]byte) (int, error) { return 0, errors.New("i/o timeout") }

// A reader who takes nothing within its time is an error: it is dropped.
func TestSlowReaderIsAnError(t *testing.T) {
	w := stuck{httptest.NewRecorder()}
	e := &sse{w: w, c: http.NewResponseController(w)}
	e.beat(0)
	require.Error(t, e.flush())
}
