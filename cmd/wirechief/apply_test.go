package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api"
	"github.com/wirechief/wirechief/api/apiclient"
)

// apply runs the command against a site; as is login and password.
func (s *site) apply(t *testing.T, as, file string, more ...string) (code int, stdout, stderr string) {
	t.Helper()
	login, password, _ := strings.Cut(as, "/")
	args := append([]string{"apply", "--url", s.url(), "--login", login, "--password", password, "--config", file}, more...)
	return run(t, "", args...)
}

const (
	erin  = "erin/demo-erin"
	frank = `  - id: frank
    name: Frank Ford
    login: frank
    password: demo-frank
    role: admin
    tenants: [north]
`
)

func withFrank(text string) string {
	return strings.Replace(strings.Replace(text, "\nreasons:", frank+"\nreasons:", 1),
		"ring_timeout_ms: 20000", "ring_timeout_ms: 15000", 1)
}

// A center file is shown first, applied by an admin, in force at once and after a restart.
func TestApplyShowsThenApplies(t *testing.T) {
	s := newSite(t)
	engine := s.serve(t)
	changed := s.write(t, "changed.yml", withFrank)

	code, out, errs := s.apply(t, erin, changed, "--dry-run")
	require.Equal(t, exitOK, code, errs)
	require.Equal(t, "queues[desk] changed\nagents[frank] added\n"+changed+
		": dry run, 2 changes to version 1 were not applied\n", out)
	_, err := apiclient.Login(t.Context(), s.url(), "frank", "demo-frank")
	require.Error(t, err)

	code, out, errs = s.apply(t, erin, changed)
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, changed+": applied, version 2 is in force\n")
	_, err = apiclient.Login(t.Context(), s.url(), "frank", "demo-frank")
	require.NoError(t, err)
	code, out, _ = s.apply(t, erin, changed)
	require.Equal(t, exitOK, code)
	require.Equal(t, changed+": nothing to change, version 2 is in force\n", out)
	require.NotContains(t, engine.err.String(), "demo-frank")
	engine.stop(t)

	engine = s.serve(t)
	engine.err.await(t, 0, `configuration file differs from what is in force`)
	code, out, _ = s.apply(t, erin, changed)
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "nothing to change, version 2")
	engine.stop(t)
}

func TestApplyRefuses(t *testing.T) {
	s := newSite(t)
	engine := s.serve(t)
	bad := s.write(t, "bad.yml", func(text string) string {
		return strings.Replace(text, "ring_timeout_ms: 20000", "ring_timeout: 20000", 1)
	})
	code, out, errs := s.apply(t, erin, bad)
	require.Equal(t, exitFailed, code)
	require.Empty(t, out)
	require.Regexp(t, `^`+bad+`:\d+: queues\[0\].ring_timeout: unknown key, did you mean`, errs)

	other := s.write(t, "other.yml", func(text string) string { return strings.Replace(text, "id: demo\n", "id: acme\n", 1) })
	code, _, errs = s.apply(t, erin, other)
	require.Equal(t, exitFailed, code)
	require.Regexp(t, `^`+other+`:\d+: company.id: is "acme", the company in force is "demo"`, errs)

	changed := s.write(t, "changed.yml", withFrank)
	for _, who := range []string{"alice/demo-alice", "dave/demo-dave"} {
		code, _, errs = s.apply(t, who, changed)
		require.Equal(t, exitFailed, code, who)
		require.Contains(t, errs, "403 forbidden")
	}
	code, _, errs = s.apply(t, "erin/wrong-password", changed)
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "401 unauthorized")
	require.NotContains(t, errs, "wrong-password")

	// R104: warnings are named; --strict applies nothing then.
	warned := s.write(t, "warned.yml", func(text string) string {
		text = strings.Replace(text, "role: admin", "role: auditor", 1)
		return strings.Replace(text, "    queues: [desk]\n    sip_user: \"102\"", "    sip_user: \"102\"", 1)
	})
	code, out, _ = s.apply(t, erin, warned, "--strict")
	require.Equal(t, exitFailed, code)
	require.Regexp(t, `warning: .*:\d+: agents\[1\]: agent "bob" is in no queue \(R15\)`, out)
	require.Contains(t, out, "no further file could be applied")

	// An admin of some tenants does not touch those of others; a version that has passed is not overwritten.
	code, _, errs = s.apply(t, erin, changed)
	require.Equal(t, exitOK, code, errs)
	code, _, errs = s.apply(t, "frank/demo-frank", changed)
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "403 forbidden")
	tokens, err := apiclient.Login(t.Context(), s.url(), "erin", "demo-erin")
	require.NoError(t, err)
	require.Equal(t, "center_changed", refusal(t, s, tokens.Access, map[string]any{"file": "x: y", "version": 1}).Code)

	// What the command finds by itself the node finds too.
	e := refusal(t, s, tokens.Access, map[string]any{"name": "f.yml", "file": "company: {id: demo}\nqueue: []\n"})
	require.Equal(t, "bad_center", e.Code)
	require.Contains(t, e.Details["mistakes"], "f.yml:2: queue: unknown key, did you mean queues?")
	engine.stop(t)
}

func refusal(t *testing.T, s *site, token string, body map[string]any) *apiclient.Refusal {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out api.Applied
	err := apiclient.Call(ctx, s.url(), token, http.MethodPost, "/v1/center", body, &out)
	var e *apiclient.Refusal
	require.True(t, errors.As(err, &e), "%v", err)
	return e
}

// A center of any size that a file may have gets through, other bodies stay small.
func TestApplyTakesALargeCenter(t *testing.T) {
	s := newSite(t)
	engine := s.serve(t)
	large := s.write(t, "large.yml", func(text string) string {
		return text + "\n# " + strings.Repeat("x", 1<<20) + "\n"
	})
	code, out, errs := s.apply(t, erin, large)
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "nothing to change")
	engine.stop(t)
}
