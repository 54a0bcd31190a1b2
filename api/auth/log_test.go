package auth

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Who came, who did not get in and why is in the log, by fields; what was typed is not.
func TestSignInsAreLoggedWithoutSecrets(t *testing.T) {
	r := newRig(t)
	var b bytes.Buffer
	r.o.Logger = slog.New(slog.NewJSONHandler(&b, nil))
	lines := func() (out []map[string]any) {
		for line := range strings.Lines(b.String()) {
			m := map[string]any{}
			require.NoError(t, json.Unmarshal([]byte(line), &m))
			delete(m, "time")
			delete(m, "level")
			out = append(out, m)
		}
		b.Reset()
		return out
	}
	const client = "192.0.2.7"
	tokens, err := r.Login(t.Context(), "alice", "correct horse", client+":999")
	require.NoError(t, err)
	_, err = r.Login(t.Context(), "alice", "wrong horse", client+":999")
	require.ErrorIs(t, err, ErrCredentials)
	_, err = r.Login(t.Context(), "correct horse typed as login", "x", client+":999")
	require.ErrorIs(t, err, ErrCredentials)
	_, err = r.Refresh(t.Context(), "made up", client+":999")
	require.ErrorIs(t, err, ErrToken)
	require.NoError(t, r.Logout(t.Context(), tokens.Who, client+":999"))
	all := b.String()
	for _, secret := range []string{"horse", tokens.Access, tokens.Refresh, "made up", hash()} {
		require.NotContains(t, all, secret)
	}
	require.Equal(t, []map[string]any{
		{"msg": "signed in", "agent": "a1", "role": "csr", "client": client},
		{"msg": "sign-in failed", "agent": "a1", "client": client, "reason": "wrong_password"},
		{"msg": "sign-in failed", "agent": "", "client": client, "reason": "no_such_login"},
		{"msg": "sign-in not renewed", "agent": "", "client": client, "reason": "unknown_or_expired_token"},
		{"msg": "signed out", "agent": "a1", "client": client, "reason": "by_themselves"},
	}, lines())

	// A flood of refusals is a few lines; how many were left out is said once there is room again.
	for range 1000 {
		r.Refused("sign-in failed", "a1", client, "wrong_password")
	}
	require.LessOrEqual(t, len(lines()), refusalBurst)
	r.now = r.now.Add(time.Minute)
	r.Refused("sign-in failed", "a1", client, "wrong_password")
	last := lines()
	require.Len(t, last, 1)
	require.GreaterOrEqual(t, last[0]["not_logged"], float64(1000-refusalBurst))
}
