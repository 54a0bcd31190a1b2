package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// noWrapUp frees agents at the end of their call.
func noWrapUp(c tree) { queue(c)["wrapup"] = tree{"mode": "none"} }

// with makes one change of several.
func with(changes ...func(tree)) func(tree) {
	return func(c tree) {
		for _, f := range changes {
			f(c)
		}
	}
}

// two sits alice and bob down, alice longer idle, both Available with their phones.
func two(e *engine) (alice, bob *desk, atAlice, atBob *ua) {
	e.t.Helper()
	atAlice, atBob = phone(e, "udp", "alice"), phone(e, "tcp", "bob")
	alice, bob = sit(e, "alice"), sit(e, "bob")
	alice.becomes("endpoint", true)
	bob.becomes("endpoint", true)
	alice.available()
	bob.available()
	return alice, bob, atAlice, atBob
}

func caller(e *engine) *ua { return newUA(e.t, e, "udp", "+15551230009") }

// R24, R25, R31, R98: a missed call goes to the next agent with its place, and the one who missed it is Unavailable.
func TestR24MissGoesToTheNextAgent(t *testing.T) {
	t.Parallel()
	forBothMachines(t, ringFor(5000), func(t *testing.T, e *engine) {
		alice, bob, atAlice, atBob := two(e)
		call := caller(e).dial(north)
		ring := atAlice.ring().alert()
		first := alice.offer()
		id := first.str("call")
		since := alice.call(id).str("enqueued_at")
		require.NotEmpty(t, since)
		ring.over()
		require.True(t, ring.cancelled, "the phone that missed the call stops ringing")
		alice.expect("offer.withdrawn", "offer", first.str("offer"), "outcome", "missed")
		alice.becomes("presence", "unavailable", "reason", "missed", "token", "free")

		answered := atBob.ring().answer(700)
		second := bob.offer()
		require.Equal(t, id, second.str("call"))
		require.NotEqual(t, first.str("offer"), second.str("offer"))
		require.GreaterOrEqual(t, second.num("wait_ms"), uint64(4500), "the wait goes on")
		call.connected(440).rtp.hears(700)
		answered.rtp.hears(440)
		require.Equal(t, since, alice.call(id).str("enqueued_at"), "R31: the call keeps its place")
		alice.refused("offer.gone", "offer.accept", frame{"offer": first.str("offer"), "call": id})
		answered.hangUp()
		call.over()
		bob.becomes("token", "wrapup")
		require.Equal(t, "agent", bob.call(id).str("end_cause"))
		require.Zero(t, atAlice.calm())
	})
}

// R25, R26: a reject in the client, and R81: what a phone's refusal means.
func TestR25Reject(t *testing.T) {
	t.Parallel()
	e := start(t, settings{center: func(c tree) { queue(c)["reoffer_after_ms"] = 1000 }})
	alice, bob, atAlice, atBob := two(e)
	call := caller(e).dial(north)
	ring := atAlice.ring().alert()
	offer := alice.offer()
	alice.ok("offer.reject", frame{"offer": offer.str("offer"), "call": offer.str("call")})
	ring.over()
	alice.expect("offer.withdrawn", "outcome", "rejected")
	alice.becomes("presence", "unavailable", "reason", "rejected")

	atBob.ring().say(486) // busy: no miss, and nobody is left
	bob.expect("offer.withdrawn", "outcome", "failed_busy")
	bob.becomes("presence", "available", "token", "free")
	call.connected(440).rtp.hearsMusic(440, 700) // no silence while nobody takes it
	alice.available()
	atAlice.ring().say(603)
	alice.expect("offer.withdrawn", "outcome", "rejected")
	alice.becomes("presence", "unavailable", "reason", "rejected")
	call.hangUp()
	require.EqualValues(t, 2, e.metric("wirechief_actors_offers_rejected_total"))
}

// R27, R28: the caller gives up while it rings.
func TestR27CallerGivesUp(t *testing.T) {
	t.Parallel()
	e := start(t, settings{})
	alice, bob, atAlice, atBob := two(e)
	call := caller(e).dial(south)
	ring := atAlice.ring().alert()
	offer := alice.offer()
	call.rang().cancel()
	ring.over()
	require.True(t, ring.cancelled)
	alice.expect("offer.withdrawn", "outcome", "caller_gave_up")
	alice.becomes("presence", "available", "token", "free")
	ids := frame{"offer": offer.str("offer"), "call": offer.str("call")}
	alice.refused("offer.gone", "offer.accept", ids)
	alice.refused("offer.gone", "offer.reject", ids)
	got := alice.call(offer.str("call"))
	require.Equal(t, "abandoned_unanswered", got.str("class"), "R48.5")
	require.Equal(t, "caller", got.str("end_cause"))
	require.Zero(t, bob.had("offer.made")+atBob.calm())
	require.EqualValues(t, 0, e.metric("wirechief_actors_offers_missed_total"))
}

// R13, R32: to leave Available refuses the offer that rings; with the token free it acts at once.
func TestR32StatusWhileRinging(t *testing.T) {
	t.Parallel()
	e := start(t, settings{})
	alice, bob, atAlice, atBob := two(e)
	call := caller(e).dial(north)
	ring := atAlice.ring().alert()
	alice.refused("reason_unknown", "status.set", frame{"presence": "unavailable", "reason": "missed-the-bus"})
	alice.refused("reason_system", "status.set", frame{"presence": "unavailable", "reason": "missed"})
	alice.ok("status.set", frame{"presence": "unavailable", "reason": "lunch"})
	ring.over()
	alice.expect("offer.withdrawn", "outcome", "refused_status")
	alice.becomes("presence", "unavailable", "reason", "lunch", "token", "free")
	got := atBob.ring().answer(700)
	call.connected(440)
	bob.ok("status.set", frame{"presence": "unavailable", "reason": "lunch"})
	bob.becomes("presence", "available", "next_presence", "unavailable", "token", "talking")
	got.hangUp()
	bob.becomes("token", "wrapup")
	bob.ok("wrapup.finish", nil)
	bob.becomes("presence", "unavailable", "reason", "lunch", "token", "free")
}

// R23, R82: an agent who answers in the client, with two clients. The phone is called with auto-answer at the accept.
func TestR23TwoClientsFirstAcceptWins(t *testing.T) {
	t.Parallel()
	forBothMachines(t, nil, func(t *testing.T, e *engine) {
		tel := phone(e, "udp", "carol")
		one, two := sit(e, "carol"), sit(e, "carol")
		one.becomes("endpoint", true)
		one.available()
		call := caller(e).dial(north)
		offer := one.offer()
		require.Equal(t, offer.str("offer"), two.offer().str("offer"))
		require.Equal(t, "client", offer.str("answer_on"))
		require.Zero(t, tel.calm(), "R82: the phone is quiet until the accept")
		ids := frame{"offer": offer.str("offer"), "call": offer.str("call")}
		two.ok("offer.accept", ids)
		one.expect("offer.withdrawn", "offer", offer.str("offer"), "outcome", "accepted_elsewhere")
		ring := tel.ring()
		require.Contains(t, ring.invite.get("Call-Info"), "answer-after=0")
		ring.answer(700)
		call.connected(440).rtp.hears(700)
		for _, d := range []*desk{one, two} {
			d.expect("call.updated", "call.phase", "bridged", "call.owner", "carol")
			d.becomes("token", "talking")
		}
		one.refused("offer.gone", "offer.accept", ids)
		require.Zero(t, two.had("offer.withdrawn", "outcome", "accepted_elsewhere"))
		two.ok("call.hangup", frame{"call": offer.str("call")})
		ring.over()
		call.over()
		require.Equal(t, "agent", one.call(offer.str("call")).str("end_cause"))
	})
}

// R82: the accepted offer fails when the phone does not answer: nobody is stuck and the call keeps its place.
func TestR82ConnectFails(t *testing.T) {
	t.Parallel()
	e := start(t, settings{center: func(c tree) {
		queue(c)["connect_timeout_ms"] = 1000
		agent(c, "bob")["role"] = "supervisor"
	}})
	tel := phone(e, "udp", "carol")
	carol := sit(e, "carol")
	carol.becomes("endpoint", true)
	carol.available()
	call := caller(e).dial(north)
	offer := carol.offer()
	carol.ok("offer.accept", frame{"offer": offer.str("offer"), "call": offer.str("call")})
	tel.ring().alert().over()
	carol.expect("offer.withdrawn", "outcome", "failed_connect")
	carol.becomes("presence", "unavailable", "reason", "endpoint_unreachable", "token", "free")
	call.connected(440).rtp.hearsMusic(440)
	waits := "/v1/calls/" + offer.str("call")
	require.Equal(t, "waiting", e.read(login(e, "bob"), waits).str("phase"))
	code, body, _ := e.get(carol.token, waits)
	require.Equal(t, 404, code, "R34: not offered any more and not answered yet: %s", body)
}

// R13, R15, R16, R33: nobody is free, the caller waits with music; the end of a call brings the next at once.
func TestR16OneQueueCallAtATime(t *testing.T) {
	t.Parallel()
	forBothMachines(t, noWrapUp, func(t *testing.T, e *engine) {
		tel := phone(e, "udp", "alice")
		alice := sit(e, "alice")
		alice.becomes("endpoint", true)
		first := caller(e).dial(north).connected(440) // alice is not Available: into the queue at once
		first.rtp.hearsMusic(440, 700)
		require.Zero(t, tel.calm(), "R13")
		second := newUA(t, e, "tcp", "+15551230010").dial(south).connected(500)
		second.rtp.hearsMusic(500, 700)
		alice.available()
		ring := tel.ring().answer(700)
		require.Equal(t, "+15551230009", alice.offer().str("caller"), "R66: who waited longest")
		first.rtp.hears(700)
		ring.rtp.hears(440)
		second.rtp.hearsMusic(500, 700)
		require.Zero(t, tel.calm(), "R16: one queue call at a time")
		require.EqualValues(t, 1, alice.e.read(alice.token, "/v1/queues").list("queues")[0].num("waiting"))
		first.hangUp()
		ring.over()
		next := tel.ring().answer(800)
		require.Equal(t, "+15551230010", alice.offer().str("caller"))
		second.rtp.hears(800)
		next.rtp.hears(500)
		next.hangUp()
		second.over()
		alice.becomes("token", "free")
	})
}
