package api

import (
	"net/http"
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
