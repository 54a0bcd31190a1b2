package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

const sippCalls = 10

// R13, R16, R80, R82: SIPp calls and SIPp answers, over UDP with a phone that signs in (MD5), over TCP with a
// phone at a fixed contact; the agent has a phone only. Every call rings, is answered and ends well, one after another.
func TestCallsBySIPp(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			ip := host()
			port := freePort(t, ip)
			center := with(noWrapUp, func(c tree) {
				a := agent(c, "alice")
				a["phone_only"] = true
				if network == "tcp" {
					delete(a, "sip_user")
					delete(a, "sip_secret")
					a["contact"] = fmt.Sprintf("sip:101@%s:%d;transport=tcp", ip, port)
				}
			})
			for _, oneCore := range []bool{false, true} {
				callsBySIPp(t, start(t, settings{oneCore: oneCore, center: center}), sipp{network: network, ip: ip, port: port})
			}
		})
	}
}

func callsBySIPp(t *testing.T, e *engine, tel sipp) {
	t.Helper()
	tel.e, tel.scenario = e, "phone.xml"
	tel.args = []string{"-m", fmt.Sprint(sippCalls), "-key", "user", "101", "-rtp_echo"}
	if tel.network == "udp" {
		signIn := tel // on the port that the phone will have: what the engine rings is where a REGISTER came from
		signIn.scenario = "register.xml"
		signIn.args = []string{"-m", "1", "-key", "user", "101", "-au", "101", "-ap", "demo-phone-secret-101"}
		signIn.run().finish()
	}
	phone := tel.listening(tel.run())
	supervise(e, "alice", "available")
	caller := sipp{e: e, network: tel.network, scenario: "caller.xml", ip: host()}
	caller.port = freePort(t, caller.ip)
	caller.args = []string{
		"-m", fmt.Sprint(sippCalls), "-l", "1", "-r", "20", "-d", "60",
		"-key", "number", north, "-key", "caller", "+15551230003",
	}
	caller.run().finish()
	phone.finish()
	require.EqualValues(t, sippCalls, e.metric("wirechief_actors_calls_answered_total"))
	require.EqualValues(t, 0, e.metric("wirechief_actors_offers_failed_total"))
	calls := e.read(login(e, "dave"), "/v1/calls?phase=ended").list("calls")
	require.Len(t, calls, sippCalls)
	for _, c := range calls {
		require.Equal(t, "caller", c.str("end_cause"))
		require.Equal(t, "alice", c.str("owner"))
		require.Equal(t, "radio", c.str("campaign"))
	}
}

// supervise sets an agent's status as a supervisor does.
func supervise(e *engine, agentID, presence string) {
	e.t.Helper()
	code, body, _ := e.request("POST", login(e, "dave"), "/v1/agents/"+agentID+"/status", `{"presence":"`+presence+`"}`)
	require.Less(e.t, code, 300, body)
}
