package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/apiclient"
	cc "github.com/wirechief/wirechief/callcenter"
)

// R97, R89, R20, R21 from outside: what a supervisor does to an agent of their tenant and team, audited and with notice;
// a hand seen by those alone; the agent's other calls, which hold and are held.
func TestR97SupervisorsAndTheirTeams(t *testing.T) {
	w := newWorld(t, nil)
	c := w.node.Directory().Center.CloneVT()
	for _, a := range c.Agents {
		switch a.Id {
		case "alice", "sue":
			a.Teams = []string{"blue"}
		case "carol":
			a.Teams = []string{"red"}
		}
	}
	ted := c.Agents[3].CloneVT()
	ted.Id, ted.Login, ted.Name, ted.Teams = "ted", "ted", "Name ted", []string{"red"}
	ted.Role, ted.Tenants, ted.Queues = "supervisor", []string{"north"}, nil
	c.Agents = append(c.Agents, ted)
	require.NoError(t, w.node.ApplyCenter(w.ctx, c))

	alice, sue, boss := w.open("alice"), w.open("sue"), w.open("ted")
	bySue := func(method, path string, in any) {
		t.Helper()
		require.NoError(t, apiclient.Call(w.ctx, w.base, w.token("sue"), method, "/v1/agents/alice"+path, in, nil))
	}
	bySue("POST", "/status", m{"presence": "available"})
	w.expect(alice, "notice", has("what", "status"), has("by", "sue"), has("by_name", "Name sue"), has("presence", "available"))
	w.httpRefused(404, "not_found", w.token("ted"), "POST", "/v1/agents/alice/status", m{"presence": "offline"})
	w.httpRefused(404, "not_found", w.token("sue"), "POST", "/v1/agents/carol/status", m{"presence": "offline"})
	w.httpRefused(403, "forbidden", w.token("alice"), "PUT", "/v1/agents/alice/queues/nq", m{"member": false})
	w.httpRefused(404, "not_found", w.token("sue"), "PUT", "/v1/agents/alice/queues/sq", m{"member": true})

	caller := w.callers.Dial(north, "+15551234")
	w.await(caller.Answered())
	var o struct{ Call string }
	w.expect(alice, "offer.made").Into(&o)
	w.expect(alice, "call.updated", has("call.phase", "bridged"))
	w.do(alice, "hand.raise", m{"call": o.Call})
	w.expect(sue, "hand.raised", has("agent", "alice"), has("call", o.Call))
	bySue("POST", "/hand/lower", nil)
	w.expect(alice, "hand.lowered", has("by", "sue"))
	w.refused(alice, "no_hand", "hand.lower", m{"call": o.Call})

	side := func(state cc.DeskCallState) { // a colleague's call, of which only the desk knows
		require.NoError(t, w.node.AskAgent(w.ctx, "alice", &cc.DeskCallChanged{
			Call: "i1", Class: cc.CallClass_INTERNAL_CALL, State: state,
		}))
	}
	side(cc.DeskCallState_DESK_RINGING)
	w.expect(alice, "agent.status", says(`"class":"internal","state":"ringing"`), has("agent.activity", "on_queue_call"))
	w.refused(alice, "not_found", "call.accept", m{"call": "i1"})
	side(cc.DeskCallState_DESK_ACTIVE)
	w.expect(alice, "agent.status", has("agent.held", true), has("agent.activity", "on_internal"))
	side(cc.DeskCallState_DESK_CALL_UNKNOWN)
	w.do(alice, "call.resume", m{"call": o.Call})
	w.expect(alice, "agent.status", has("agent.held", nil), has("agent.activity", "on_queue_call"))

	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	bySue("PUT", "/queues/nq", m{"member": false, "until": until})
	w.expect(alice, "notice", has("what", "queue_removed"), has("queue_name", "Queue nq"), has("until", strings.Replace(until, "Z", ".000Z", 1)))
	w.expect(sue, "agent.status", has("agent.id", "alice"), says(`"queues_removed":["nq"]`))
	w.do(alice, "call.hangup", m{"call": o.Call})
	w.await(caller.Ended())
	w.expect(alice, "wrapup.started")
	bySue("POST", "/wrapup/finish", nil)
	w.expect(alice, "notice", has("what", "wrapup_ended"), has("by", "sue"))
	bySue("PUT", "/queues/nq", m{"member": true})
	w.expect(alice, "notice", has("what", "queue_reset"), has("by", "sue"))
	bySue("POST", "/status", m{"presence": "offline"})
	w.expect(alice, "notice", has("presence", "offline"))

	w.do(boss, "ping", nil)
	for _, f := range boss.Pending() {
		require.False(t, f.Type == "hand.raised" || f.Type == "agent.status" && says(`"id":"alice"`)(f), "of another team: %s", f.Raw)
	}
	v := w.node.Journal().View()
	defer v.Close()
	audited := 0
	for _, value := range v.Scan([]byte("audit/")) {
		require.Contains(t, string(value), `"agent":"sue"`)
		audited++
	}
	require.Equal(t, 6, audited)
}

// says: the frame has this in it.
func says(text string) func(apiclient.Frame) bool {
	return func(f apiclient.Frame) bool { return strings.Contains(string(f.Raw), text) }
}
