package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

const sippCalls = 10

// R7, R13, R16, R80, R82: SIPp calls and SIPp answers, over UDP with a phone that signs in (MD5), over TCP with a
// phone at a fixed contact; the agent sits at a WebSocket. Every call is offered there, rings, is answered and ends well,
// one after another, with the engine on one core and on all.
func TestCallsBySIPp(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			ip := host()
			port := freePort(t, ip)
			center := with(noWrapUp, func(c tree) {
				a := agent(c, "alice")
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
	alice := sit(e, "alice")
	alice.becomes("endpoint", true)
	alice.available()
	caller := sipp{e: e, network: tel.network, scenario: "caller.xml", ip: host()}
	caller.port = freePort(t, caller.ip)
	caller.args = []string{
		"-m", fmt.Sprint(sippCalls), "-l", "1", "-r", "20", "-d", "60",
		"-key", "number", north, "-key", "caller", "+15551230003",
	}
	calling := caller.run()
	for range sippCalls {
		offer := alice.offer()
		require.Equal(t, "+15551230003", offer.str("caller"))
		require.Equal(t, "north", offer.str("tenant"))
		require.Equal(t, "radio", offer.str("campaign"))
	}
	calling.finish()
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
