package e2e

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// R98: sign-in makes nobody Available; a client that is gone for the grace period makes its agent Unavailable, its
// return gives the former status back.
func TestR98Presence(t *testing.T) {
	t.Parallel()
	e := start(t, settings{})
	boss := sit(e, "dave")
	tel := phone(e, "udp", "alice")
	alice := sit(e, "alice")
	alice.becomes("presence", "unavailable", "reason", "signed_in", "endpoint", true)
	call := caller(e).dial(north).connected(440)
	require.Zero(t, tel.calm(), "R98: nobody becomes Available by signing in")
	call.hangUp()
	alice.available()
	boss.expect("agent.status", "agent.id", "alice", "agent.presence", "available")
	alice.leave()
	boss.expect("agent.status", "agent.id", "alice", "agent.presence", "unavailable", "agent.reason", "connection_lost")
	alice = sit(e, "alice")
	alice.becomes("presence", "available")
	call = caller(e).dial(north)
	tel.ring().answer(700)
	call.connected(440).rtp.hears(700)
	alice.leave() // while talking: the call is not cut
	call.rtp.tone(500)
	call.rtp.hears(700)
	require.True(t, call.up())
}

// R8, R34, I12: who has no grant for a tenant is offered none of its calls and sees nothing of them.
func TestR8OtherTenant(t *testing.T) {
	t.Parallel()
	e := start(t, settings{center: func(c tree) { agent(c, "bob")["tenants"] = []string{"south"} }})
	_, bob, atAlice, atBob := two(e)
	first := caller(e).dial(north)
	near := atAlice.ring().answer(700)
	first.connected(440).rtp.hears(700)
	id := near.callID()
	second := caller(e).dial(north).connected(440) // bob is free, but not for this one
	second.rtp.hearsMusic(440, 700)
	require.Zero(t, atBob.calm())
	code, body, _ := e.get(bob.token, "/v1/calls/"+id)
	require.Equal(t, 404, code, body)
	code, body, _ = e.get(bob.token, "/v1/calls/"+id+"/timeline")
	require.NotEqual(t, 200, code, body)
	for _, cmd := range []string{"bubble.claim", "call.hangup", "call.hold", "bubble.close"} {
		got := bob.do(cmd, frame{"call": id})
		require.Equal(t, "error", got.str("type"), cmd)
		require.Equal(t, "not_found", got.str("code"), "%s: even that it exists is not told", cmd)
	}
	third := caller(e).dial(south)
	atBob.ring().answer(800)
	third.connected(440).rtp.hears(800)
	bob.expect("offer.made", "tenant", "south")
	bob.Lock()
	defer bob.Unlock()
	for _, ev := range bob.events {
		text, err := json.Marshal(ev.frame)
		require.NoError(t, err)
		require.NotContains(t, string(text), id)
		require.NotContains(t, string(text), "north")
	}
	require.True(t, near.up())
}
