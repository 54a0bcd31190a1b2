package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// frame is one JSON object of the WebSocket or the HTTP API.
type frame map[string]any

// at is a value by its path, e.g. "agent.presence"; nil when it is not there.
func (f frame) at(path string) any {
	var v any = map[string]any(f)
	for key := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// str is a text by its path, "" when it is not there.
func (f frame) str(path string) string { s, _ := f.at(path).(string); return s }

func (f frame) num(path string) uint64 { n, _ := f.at(path).(float64); return uint64(n) }

// list is a list of objects by its path.
func (f frame) list(path string) (out []frame) {
	l, _ := f.at(path).([]any)
	for _, x := range l {
		out = append(out, frame(x.(map[string]any)))
	}
	return out
}

// passwords of the demo's agents.
var passwords = map[string]string{
	"alice": "demo-alice", "bob": "demo-bob-1", "carol": "demo-carol", "dave": "demo-dave",
}

// login signs an agent in over HTTP and gives the access token.
func login(e *engine, agentID string) string {
	e.t.Helper()
	code, body, _ := e.request("POST", "", "/v1/login",
		fmt.Sprintf(`{"login":%q,"password":%q}`, agentID, passwords[agentID]))
	require.Equal(e.t, 200, code, body)
	token := decode(e.t, body).str("access_token")
	require.NotEmpty(e.t, token, body)
	return token
}

func decode(t *testing.T, body string) frame {
	t.Helper()
	f := frame{}
	require.NoError(t, json.Unmarshal([]byte(body), &f), body)
	return f
}

// read fetches an object over HTTP.
func (e *engine) read(token, path string) frame {
	e.t.Helper()
	code, body, _ := e.get(token, path)
	require.Equal(e.t, 200, code, body)
	return decode(e.t, body)
}

// desk is one connected CSR client.
type desk struct {
	watch
	t     *testing.T
	e     *engine
	agent string
	token string
	conn  *websocket.Conn

	answers map[string]frame // by command id; guarded by watch
	events  []*event         // numbered frames, oldest first; guarded by watch
	last    uint64           // seq of the newest; guarded by watch
	snap    frame            // the newest snapshot; guarded by watch
	closed  error            // guarded by watch
}

// event is a numbered frame and whether a test has taken it.
type event struct {
	frame
	taken bool
}

// sit signs an agent in and connects a client; its snapshot is there.
func sit(e *engine, agentID string) *desk {
	e.t.Helper()
	return connect(e, agentID, login(e, agentID), 0)
}

// connect opens the WebSocket; from is the last seq seen, 0 for none.
func connect(e *engine, agentID, token string, from uint64) *desk {
	e.t.Helper()
	d := &desk{t: e.t, e: e, agent: agentID, token: token, answers: make(map[string]frame), last: from}
	d.conn = dialWS(e, nil)
	go d.listen()
	e.t.Cleanup(d.leave)
	auth := frame{"token": token}
	if from > 0 {
		auth["from"] = from
	}
	a := d.do("auth", auth)
	require.Equal(e.t, "ok", a.str("type"), a)
	if a.at("resumed") != true {
		d.await(e.t, "the snapshot", func() bool { return d.snap != nil })
	}
	return d
}

func dialWS(e *engine, h http.Header) *websocket.Conn {
	e.t.Helper()
	c, resp, err := websocket.DefaultDialer.Dial("ws://"+e.http.String()+"/v1/ws", h)
	require.NoError(e.t, err)
	_ = resp.Body.Close()
	return c
}

// leave closes the connection as a client that goes.
func (d *desk) leave() { _ = d.conn.Close() }

func (d *desk) listen() {
	for {
		kind, data, err := d.conn.ReadMessage()
		d.Lock()
		if err != nil {
			d.closed = err
			d.tell()
			d.Unlock()
			return
		}
		f := frame{}
		if kind != websocket.TextMessage || json.Unmarshal(data, &f) != nil {
			d.t.Errorf("%s got a frame that is no JSON text: %q", d.agent, data)
		}
		d.take(f)
		d.tell()
		d.Unlock()
	}
}

func (d *desk) take(f frame) {
	seq := f.num("seq")
	switch {
	case seq == 0:
		d.answers[f.str("id")] = f
		return
	case f.str("type") == "snapshot":
		d.snap = f
	default:
		// A frame names the one before it, so that a gap would show.
		if prev := f.num("prev"); prev != d.last {
			d.t.Errorf("%s got seq %d after %d, but it follows %d: %v", d.agent, seq, d.last, prev, f)
		}
		d.events = append(d.events, &event{frame: f})
	}
	d.last = seq
}

// do gives a command and awaits its answer.
func (d *desk) do(typ string, fields frame) frame {
	d.t.Helper()
	id := fresh()
	m := frame{"id": id, "type": typ}
	maps.Copy(m, fields)
	d.Lock()
	err := d.conn.WriteJSON(m)
	d.Unlock()
	require.NoError(d.t, err)
	var a frame
	d.await(d.t, "the answer to "+typ, func() bool {
		a = d.answers[id]
		return a != nil || d.closed != nil
	})
	require.NotNil(d.t, a, "%s lost its connection", d.agent)
	return a
}

// ok gives a command that must be taken.
func (d *desk) ok(typ string, fields frame) {
	d.t.Helper()
	a := d.do(typ, fields)
	require.Equal(d.t, "ok", a.str("type"), "%s by %s: %v", typ, d.agent, a)
}

// refused gives a command that must be refused with a code.
func (d *desk) refused(code, typ string, fields frame) frame {
	d.t.Helper()
	a := d.do(typ, fields)
	require.Equal(d.t, "error", a.str("type"), "%s by %s: %v", typ, d.agent, a)
	require.Equal(d.t, code, a.str("code"), a)
	require.NotEmpty(d.t, a.str("message"))
	return a
}

// expect awaits an event of a type for which the wanted values, path and value, hold, and takes it.
func (d *desk) expect(typ string, want ...any) frame {
	d.t.Helper()
	var got *event
	ok := d.reached(func() bool {
		for _, e := range d.events {
			if !e.taken && e.str("type") == typ && e.holds(want) {
				e.taken, got = true, e
				return true
			}
		}
		return false
	}, patience)
	if !ok {
		d.t.Fatalf("%s waited in vain for %s %v; got:\n%s", d.agent, typ, want, d.story())
	}
	return got.frame
}

func (f frame) holds(want []any) bool {
	for i := 0; i < len(want); i += 2 {
		if fmt.Sprint(f.at(want[i].(string))) != fmt.Sprint(want[i+1]) {
			return false
		}
	}
	return true
}

// story lists what came, for a failing test.
func (d *desk) story() string {
	d.Lock()
	defer d.Unlock()
	var b strings.Builder
	for _, e := range d.events {
		fmt.Fprintf(&b, "  %.400s\n", fmt.Sprint(e.frame))
	}
	return b.String()
}

// had says how many events of a type have come, taken or not.
func (d *desk) had(typ string, want ...any) (n int) {
	d.Lock()
	defer d.Unlock()
	for _, e := range d.events {
		if e.str("type") == typ && e.holds(want) {
			n++
		}
	}
	return n
}

// available makes the agent ready for calls.
func (d *desk) available() *desk {
	d.t.Helper()
	d.ok("status.set", frame{"presence": "available"})
	d.expect("agent.status", "agent.id", d.agent, "agent.presence", "available")
	return d
}

// offer awaits the next offer.
func (d *desk) offer() frame {
	d.t.Helper()
	return d.expect("offer.made")
}

// latest is the newest event that shows a call, nil before the first.
func (d *desk) latest(call string) frame {
	for _, e := range slices.Backward(d.events) {
		if e.str("call.id") == call {
			return e.frame
		}
	}
	return nil
}

func (d *desk) reachedOrFail(what string, cond func() bool) {
	d.t.Helper()
	if !d.reached(cond, patience) {
		d.t.Fatalf("%s waited in vain for %s; got:\n%s", d.agent, what, d.story())
	}
}

// call fetches a call as it is now.
func (d *desk) call(id string) frame {
	d.t.Helper()
	return d.e.read(d.token, "/v1/calls/"+id)
}

// becomes awaits that the newest state of the agent has these values.
func (d *desk) becomes(want ...any) {
	d.t.Helper()
	d.reachedOrFail(fmt.Sprint("own state ", want), func() bool {
		for _, e := range slices.Backward(d.events) {
			if e.str("type") == "agent.status" && e.str("agent.id") == d.agent {
				return frame(e.at("agent").(map[string]any)).holds(want)
			}
		}
		return frame(d.snap.at("agent").(map[string]any)).holds(want)
	})
}
