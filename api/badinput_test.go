package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api"
	"github.com/wirechief/wirechief/api/apiclient"
	"github.com/wirechief/wirechief/api/desk"
	cc "github.com/wirechief/wirechief/callcenter"
)

func TestBadInputOverWebSocket(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		name string
		kind int
		data string
		code int // of the close
	}{
		{"command before auth", websocket.TextMessage, `{"id":"1","type":"ping"}`, desk.CloseUnauthorized},
		{"rubbish before auth", websocket.TextMessage, `rubbish`, desk.CloseUnauthorized},
		{"unknown type before auth", websocket.TextMessage, `{"id":"1","type":"root"}`, desk.CloseUnauthorized},
		{"bad token", websocket.TextMessage, `{"id":"1","type":"auth","token":"a.b.c"}`, desk.CloseUnauthorized},
		{"binary", websocket.BinaryMessage, `{"id":"1","type":"ping"}`, desk.CloseUnsupported},
		{"oversized", websocket.TextMessage, strings.Repeat("x", desk.MaxFrame+1), websocket.CloseMessageTooBig},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := apiclient.Connect(w.ctx, w.base, nil)
			require.NoError(t, err)
			defer client.Close()
			require.NoError(t, client.SendKind(c.kind, []byte(c.data)))
			code, err := client.Closed(w.ctx)
			require.NoError(t, err)
			require.Equal(t, c.code, code)
		})
	}
	after := w.node.Journal().View()
	defer after.Close()
	for k := range after.Scan([]byte("rf/")) {
		t.Errorf("%s was written", k)
	}
	for k, value := range after.Scan([]byte(desk.AgentPrefix)) {
		a := &cc.AgentSummary{}
		require.NoError(t, a.UnmarshalVT(value))
		require.False(t, a.Client, "%s", k)
	}

	alice := w.open("alice")
	w.expect(alice, "snapshot")
	for code, frames := range map[string][]string{
		"bad_request":  {`{`, `[]`, `{"id":"9","type":"bubble.claim"}`, `{"id":"9","type":"ping","x":1}`, `{"id":"9","type":"focus","call":3}`},
		"unknown_type": {`{"id":"9","type":"unclaim"}`},
		"not_found": {
			`{"id":"9","type":"bubble.claim","call":"nope"}`, `{"id":"9","type":"offer.accept","offer":"o","call":""}`,
			`{"id":"9","type":"focus","call":"nope"}`,
		},
	} {
		for _, f := range frames {
			require.NoError(t, alice.Send(f))
			require.Equal(t, code, w.expect(alice, "error").Code, f)
		}
	}
	w.do(alice, "ping", nil)
	bob := w.token("bob")
	w.refused(alice, "forbidden", "auth", m{"token": bob})
	w.do(alice, "auth", m{"token": w.token("alice")})
	_, err := apiclient.Open(w.ctx, w.base, w.token("ira"))
	require.ErrorContains(t, err, "forbidden")
	for range 200 { // of the command that takes least: what is let through in a second counts
		require.NoError(t, alice.Send(`{"id":"9","type":"ping"}`))
	}
	w.expect(alice, "error", apiclient.Field("code", "overloaded"))
}

func TestOrigins(t *testing.T) {
	w := newWorld(t, nil)
	for origin, ok := range map[string]bool{
		"https://crm.example": true, w.base: true, "https://evil.example": false, "https://crm.example.evil.example": false,
		"http://crm.example": false, "null": false, "rubbish": false,
	} {
		c, err := apiclient.Connect(w.ctx, w.base, http.Header{"Origin": {origin}})
		require.Equal(t, ok, err == nil, origin)
		if err == nil {
			c.Close()
		}
	}
}

// The clock of the API alone is moved: tokens expire, their sessions end, a signed-out one ends at once.
func TestSessionsEndWithTheirTokens(t *testing.T) {
	var ahead atomic.Int64
	w := newWorld(t, func(c *api.Config) {
		c.TokenTTL, c.RefreshTTL = time.Hour, 3*time.Hour
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	tokens, err := apiclient.Login(w.ctx, w.base, "alice", password)
	require.NoError(t, err)
	client, err := apiclient.Open(w.ctx, w.base, tokens.Access)
	require.NoError(t, err)
	ahead.Store(int64(time.Hour))
	code, err := client.Closed(w.ctx)
	require.NoError(t, err)
	require.Equal(t, desk.CloseUnauthorized, code)
	w.httpRefused(401, "unauthorized", tokens.Access, "GET", "/v1/me", nil)

	tokens, err = apiclient.Refresh(w.ctx, w.base, tokens.Refresh)
	require.NoError(t, err)
	client, err = apiclient.Open(w.ctx, w.base, tokens.Access)
	require.NoError(t, err)
	require.NoError(t, apiclient.Call(w.ctx, w.base, tokens.Access, "POST", "/v1/logout", nil, nil))
	code, err = client.Closed(w.ctx)
	require.NoError(t, err)
	require.Equal(t, desk.CloseForbidden, code)
	_, err = apiclient.Refresh(w.ctx, w.base, tokens.Refresh)
	require.Error(t, err)
}

func TestBadInputOverHTTP(t *testing.T) {
	w := newWorld(t, nil)
	alice, ann := w.token("alice"), w.token("ann")
	for _, c := range []struct {
		status             int
		code               string
		token, method, url string
		in                 any
	}{
		{404, "not_found", alice, "GET", "/v1/nothing", nil},
		{404, "not_found", "", "GET", "/etc/passwd", nil},
		{405, "method_not_allowed", alice, "DELETE", "/v1/calls", nil},
		{405, "method_not_allowed", "", "POST", "/healthz", nil},
		{401, "unauthorized", "", "GET", "/v1/calls", nil},
		{401, "unauthorized", "rubbish", "GET", "/v1/calls", nil},
		{401, "unauthorized", "", "POST", "/v1/login", m{"login": "alice", "password": "wrong horse"}},
		{401, "unauthorized", "", "POST", "/v1/refresh", m{"refresh_token": "nope"}},
		{400, "bad_request", "", "POST", "/v1/login", m{"login": "alice", "password": "wrong horse", "otp": 1}},
		{400, "bad_request", "", "POST", "/v1/login", m{"login": "alice"}},
		{400, "bad_request", "", "POST", "/v1/login", m{"login": 1, "password": "x"}},
		{400, "bad_request", "", "POST", "/v1/login", nil},
		{413, "too_large", "", "POST", "/v1/login", m{"login": strings.Repeat("x", 70_000), "password": "x"}},
		{400, "bad_request", alice, "GET", "/v1/calls?limit=0", nil},
		{400, "bad_request", alice, "GET", "/v1/calls?limit=201", nil},
		{400, "bad_request", alice, "GET", "/v1/calls?cursor=x", nil},
		{400, "bad_request", alice, "GET", "/v1/calls?from=yesterday", nil},
		{400, "bad_request", alice, "GET", "/v1/calls?tenants=north", nil},
		{404, "not_found", alice, "GET", "/v1/calls/nope", nil},
		{404, "not_found", ann, "GET", "/v1/recordings/nope/audio", nil},
		{403, "forbidden", alice, "GET", "/v1/recordings", nil},
		{403, "forbidden", alice, "POST", "/v1/agents/alice/status", m{"presence": "available"}},
		{403, "forbidden", ann, "POST", "/v1/agents/alice/status", m{"presence": "available"}},
	} {
		t.Run(fmt.Sprintf("%s %.40s %d", c.method, c.url, c.status), func(t *testing.T) {
			err := apiclient.Call(w.ctx, w.base, c.token, c.method, c.url, c.in, nil)
			var r *apiclient.Refusal
			require.ErrorAs(t, err, &r)
			require.Equal(t, c.code, r.Code, "%v", r)
			require.Equal(t, c.status, r.Status, "%v", r)
		})
	}
}

// Every operation refuses those without a token, but for the two that give one.
func TestEveryOperationNeedsAToken(t *testing.T) {
	w := newWorld(t, nil)
	var doc struct {
		Paths map[string]map[string]struct{ Security []any }
	}
	w.get("", "/openapi.json", &doc)
	require.Greater(t, len(doc.Paths), 15)
	for path, methods := range doc.Paths {
		for method := range methods {
			if path == "/v1/login" || path == "/v1/refresh" {
				continue
			}
			w.httpRefused(401, "unauthorized", "", strings.ToUpper(method), strings.ReplaceAll(path, "{id}", "x"), nil)
		}
	}
}

func TestPlainPages(t *testing.T) {
	w := newWorld(t, nil)
	for path, want := range map[string]string{
		"/": "/v1/ws", "/healthz": "ok", "/readyz": "ready", "/asyncapi.yaml": "asyncapi: 3.0.0",
		"/metrics": "wirechief_actors_calls_active 0",
	} {
		resp, err := http.Get(w.base + path)
		require.NoError(t, err)
		body := readAll(t, resp)
		require.Equal(t, 200, resp.StatusCode, path)
		require.Contains(t, body, want)
		if path == "/" {
			require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
		}
		if path == "/metrics" {
			require.Contains(t, body, "wirechief_api_ws_clients 0")
			require.Contains(t, body, "# TYPE wirechief_api_http_requests_total counter")
		}
	}
}
