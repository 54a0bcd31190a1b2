package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api"
)

// One client behind a proxy who guesses passwords does not lock out the others.
func TestSignInLimitsBehindAProxy(t *testing.T) {
	w := newWorld(t, func(c *api.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		c.MaxFailuresPerMinute = 1
	})
	login := func(from, user, pw string) int {
		body, err := json.Marshal(m{"login": user, "password": pw})
		require.NoError(t, err)
		r, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.base+"/v1/login", bytes.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", "192.0.2.1, "+from)
		out, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, out.Body.Close())
		return out.StatusCode
	}
	limited := false
	for i := range 20 {
		limited = limited || login("198.51.100.1", "nobody"+string(rune('a'+i)), "wrong horse") == http.StatusTooManyRequests
	}
	require.True(t, limited)
	require.Equal(t, http.StatusTooManyRequests, login("198.51.100.1", "bob", password))
	require.Equal(t, http.StatusOK, login("198.51.100.2", "alice", password))
}
