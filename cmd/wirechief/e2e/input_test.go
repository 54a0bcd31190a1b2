package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// picture is everything a supervisor can see; nothing of it may change by bad input.
func picture(e *engine, token string) string {
	e.t.Helper()
	var b strings.Builder
	for _, path := range []string{"/v1/calls", "/v1/agents", "/v1/recordings"} {
		code, body, _ := e.get(token, path)
		require.Equal(e.t, 200, code, body)
		b.WriteString(body)
	}
	return b.String()
}

// An engine with a talking call, and what it looks like.
func busy(t *testing.T) (e *engine, alice *desk, near, far *dialog, token, before string) {
	t.Helper()
	e = start(t, settings{})
	alice, _, near, far, _ = talk(e, north)
	token = login(e, "dave")
	return e, alice, near, far, token, picture(e, token)
}

// still checks that nothing has changed and the call goes on.
func still(e *engine, near, far *dialog, token, before string) {
	e.t.Helper()
	require.Equal(e.t, before, picture(e, token))
	require.True(e.t, near.up() && far.up())
	near.rtp.hears(440)
	far.rtp.hears(700)
}

// SIP that cannot be read, is too big, comes from nobody, or at the wrong place.
func TestBadSIP(t *testing.T) {
	t.Parallel()
	e, _, near, far, token, before := busy(t)
	u := newUA(t, e, "udp", "mallory")
	good := func(method, uri string) *message { return u.out(method, uri, "<sip:x@"+e.udp.String()+">") }
	video := strings.Replace(describe(far.rtp.local, "sendrecv"), "m=audio", "m=video", 1)
	at := "sip:" + north + "@" + e.udp.String()
	for name, c := range map[string]struct {
		m    *message
		code int
	}{
		"BYE without a call":                  {good("BYE", at), 481},
		"CANCEL of nothing":                   {good("CANCEL", at), 481},
		"re-INVITE without a call":            {tagged(good("INVITE", at)), 481},
		"a method we do not know":             {good("TELEPORT", at), 501},
		"a URI of another kind":               {good("INVITE", "mailto:a@example.org"), 416},
		"a call at its last hop":              {hops(good("INVITE", at), "0"), 483},
		"hops that are no number":             {hops(good("INVITE", at), "many"), 400},
		"an extension we do not have":         {headed(good("INVITE", at), "Require", "telepathy"), 420},
		"a body that is no session":           {bodied(good("INVITE", at), "v=0\r\nnonsense\r\n"), 488},
		"a media type we do not know":         {headed(bodied(good("INVITE", at), "hello"), "Content-Type", "text/plain"), 415},
		"video only":                          {bodied(good("INVITE", at), video), 488},
		"media at an address we cannot reach": {bodied(good("INVITE", at), audio("IP6 2001:db8::1", "0", "")), 488},
		"G.711 under a dynamic number":        {bodied(good("INVITE", at), audio("IP4 127.0.0.1", "97", "a=rtpmap:97 PCMU/8000\r\n")), 488},
		"a registration without password":     {good("REGISTER", "sip:"+e.udp.Addr().String()), 401},
	} {
		got := u.ask(c.m)
		require.Equal(t, c.code, got.code, "%s: %v", name, got)
	}
	// A BYE that guesses the Call-ID but not the tags.
	bye := far.within("BYE", 50)
	for i, h := range bye.headers {
		if h[0] == "From" {
			bye.headers[i][1] = "<sip:mallory@127.0.0.1>;tag=guess"
		}
		if h[0] == "Via" {
			bye.headers[i][1] = u.via()
		}
	}
	require.Equal(t, 481, u.ask(bye).code)
	for name, text := range map[string]string{
		"noise": "\x00\x01\x02 this is not SIP\r\n\r\n", "a response to nothing": "SIP/2.0 200 OK\r\nCall-ID: x\r\n\r\n",
		"oversized":      "INVITE " + at + " SIP/2.0\r\nX: " + strings.Repeat("a", 60_000) + "\r\n\r\n",
		"a false length": "INVITE " + at + " SIP/2.0\r\nContent-Length: -5\r\n\r\n",
	} {
		u.write(text)
		// The next good request is answered: nothing of the noise stays in the way.
		require.Equal(t, 200, u.ask(good("OPTIONS", "sip:"+e.udp.String())).code, name)
	}
	tcp := newUA(t, e, "tcp", "mallory")
	tcp.write("GARBAGE" + strings.Repeat("x", 70_000))
	again := newUA(t, e, "tcp", "mallory")
	require.Equal(t, 200, again.ask(again.out("OPTIONS", "sip:"+e.tcp.String(), "<sip:x@"+e.tcp.String()+">")).code)
	still(e, near, far, token, before)
}

// audio is an offer of one stream.
func audio(addr, formats, attributes string) string {
	return "v=0\r\no=- 1 1 IN " + addr + "\r\ns=-\r\nc=IN " + addr + "\r\nt=0 0\r\nm=audio 40000 RTP/AVP " + formats + "\r\n" + attributes
}

func tagged(m *message) *message {
	for i, h := range m.headers {
		if h[0] == "To" {
			m.headers[i][1] += ";tag=nobody"
		}
	}
	return m
}

func headed(m *message, name, value string) *message { m.add(name, value); return m }

func hops(m *message, left string) *message {
	for i, h := range m.headers {
		if h[0] == "Max-Forwards" {
			m.headers[i][1] = left
		}
	}
	return m
}

func bodied(m *message, body string) *message { m.body = body; return m }

// A phone with a wrong secret, an unknown one, and MD5, which the demo allows.
func TestRegistration(t *testing.T) {
	t.Parallel()
	e := start(t, settings{})
	alice := sit(e, "alice")
	require.Equal(t, 401, newUA(t, e, "udp", "101").register("wrong", "SHA-256").code)
	require.Equal(t, 401, newUA(t, e, "udp", "999").register("demo-phone-secret-101", "SHA-256").code)
	require.Equal(t, 401, newUA(t, e, "udp", "101").register("wrong", "MD5").code)
	require.Zero(t, alice.had("agent.status", "agent.endpoint", true))
	require.Equal(t, 200, newUA(t, e, "udp", "101").register("demo-phone-secret-101", "MD5").code)
	alice.becomes("endpoint", true)
}

// WebSocket input that is not what it should be.
func TestBadWebSocket(t *testing.T) {
	t.Parallel()
	e, alice, near, far, token, before := busy(t)
	id := near.callID()
	for name, c := range map[string]struct{ text, code string }{
		"no JSON":          {`{"id":`, "bad_request"},
		"no object":        {`[1]`, "bad_request"},
		"no id":            {`{"type":"ping"}`, "bad_request"},
		"an unknown type":  {`{"id":"1","type":"call.explode"}`, "unknown_type"},
		"an unknown field": {`{"id":"1","type":"ping","x":1}`, "bad_request"},
		"a missing field":  {`{"id":"1","type":"call.hold"}`, "bad_request"},
		"a wrong kind":     {`{"id":"1","type":"call.hold","call":7}`, "bad_request"},
		"a long text":      {`{"id":"1","type":"call.hold","call":"` + strings.Repeat("x", 600) + `"}`, "bad_request"},
		"another's call":   {`{"id":"1","type":"call.hangup","call":"100-00"}`, "not_found"},
		"two objects":      {`{"id":"1","type":"ping"}{"id":"2","type":"ping"}`, "bad_request"},
	} {
		c2 := dialWS(e, nil)
		require.NoError(t, c2.WriteJSON(frame{"id": "0", "type": "auth", "token": alice.token}))
		require.Equal(t, "ok", answerTo(t, c2, "0").str("type"))
		require.NoError(t, c2.WriteMessage(websocket.TextMessage, []byte(c.text)))
		got := answerTo(t, c2, "")
		require.Equal(t, c.code, got.str("code"), "%s: %v", name, got)
		require.NoError(t, c2.Close())
	}
	for name, c := range map[string]struct {
		kind  int
		data  string
		close int
	}{
		"a command before auth": {websocket.TextMessage, `{"id":"1","type":"call.hangup","call":"` + id + `"}`, 4401},
		"a false token":         {websocket.TextMessage, `{"id":"1","type":"auth","token":"a.b.c"}`, 4401},
		"a binary frame":        {websocket.BinaryMessage, "\x00\x01", websocket.CloseUnsupportedData},
		"an oversized frame":    {websocket.TextMessage, strings.Repeat("x", 70_000), websocket.CloseMessageTooBig},
	} {
		c2 := dialWS(e, nil)
		require.NoError(t, c2.WriteMessage(c.kind, []byte(c.data)))
		var err error
		for err == nil {
			_, _, err = c2.ReadMessage()
		}
		require.True(t, websocket.IsCloseError(err, c.close), "%s: %v", name, err)
		_ = c2.Close()
	}
	foreign := http.Header{"Origin": {"https://evil.example"}}
	_, resp, err := websocket.DefaultDialer.Dial("ws://"+e.http.String()+"/v1/ws", foreign)
	require.Error(t, err)
	require.Equal(t, 403, resp.StatusCode)
	_ = resp.Body.Close()
	still(e, near, far, token, before)
}

// answerTo reads until the answer with an id, any error if it is "".
func answerTo(t *testing.T, c *websocket.Conn, id string) frame {
	t.Helper()
	for {
		f := frame{}
		require.NoError(t, c.ReadJSON(&f))
		if f.str("type") == "error" || id != "" && f.str("id") == id {
			return f
		}
	}
}

// HTTP input that is not what it should be.
func TestBadHTTP(t *testing.T) {
	t.Parallel()
	e, alice, near, far, token, before := busy(t)
	hangup := "/v1/calls/" + near.callID() + "/hangup"
	for name, c := range map[string]struct {
		method, token, path, body string
		status                    int
		code                      string
	}{
		"nobody":              {"GET", "", "/v1/calls", "", 401, "unauthorized"},
		"a false token":       {"GET", "a.b.c", "/v1/calls", "", 401, "unauthorized"},
		"a wrong password":    {"POST", "", "/v1/login", `{"login":"alice","password":"x"}`, 401, "unauthorized"},
		"an unknown login":    {"POST", "", "/v1/login", `{"login":"nobody","password":"x"}`, 401, "unauthorized"},
		"no JSON":             {"POST", "", "/v1/login", `{"login":`, 400, "bad_request"},
		"an unknown field":    {"POST", "", "/v1/login", `{"login":"a","password":"b","c":1}`, 400, "bad_request"},
		"oversized":           {"POST", "", "/v1/login", `{"login":"` + strings.Repeat("a", 70_000) + `"}`, 413, "too_large"},
		"an unknown path":     {"GET", token, "/v1/nothing", "", 404, "not_found"},
		"an unknown method":   {"DELETE", token, "/v1/calls", "", 405, "method_not_allowed"},
		"an unknown call":     {"GET", token, "/v1/calls/100-00", "", 404, "not_found"},
		"an unknown filter":   {"GET", token, "/v1/calls?colour=red", "", 400, "bad_request"},
		"hang-up by a CSR":    {"POST", alice.token, "/v1/agents/bob/status", `{"presence":"available"}`, 403, "forbidden"},
		"a path out of here":  {"GET", token, "/v1/recordings/..%2f..%2fetc%2fpasswd/audio", "", 404, "not_found"},
		"a hang-up by nobody": {"POST", "", hangup, `{}`, 401, "unauthorized"},
	} {
		code, body, _ := e.request(c.method, c.token, c.path, c.body)
		require.Equal(t, c.status, code, "%s: %s", name, body)
		require.Equal(t, c.code, decode(t, body).str("code"), "%s: %s", name, body)
	}
	still(e, near, far, token, before)
}

// Past the admission limit an INVITE gets 503 with Retry-After, calls under way are not touched.
func TestAdmission(t *testing.T) {
	t.Parallel()
	e := start(t, settings{set: []string{"admission.max_calls=2", "admission.retry_after_s=7"}})
	u := caller(e)
	one, two := u.dial(north).connected(440), u.dial(south).connected(440)
	one.rtp.hearsMusic(440)
	third := u.dial(north).refused()
	require.Equal(t, 503, third.code)
	require.Equal(t, "7", third.get("Retry-After"))
	require.EqualValues(t, 1, e.metric("wirechief_actors_admission_refused_total"))
	require.True(t, one.up() && two.up())
	one.hangUp()
	two.hangUp()
	require.Len(t, e.read(login(e, "dave"), "/v1/calls").list("calls"), 2)
}
