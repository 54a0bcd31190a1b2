package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// forBothMachines runs a scenario against an engine with one core and one with all, side by side.
func forBothMachines(t *testing.T, center func(tree), scenario func(t *testing.T, e *engine)) {
	t.Helper()
	for _, oneCore := range []bool{false, true} {
		name := "all cores"
		if oneCore {
			name = "one core"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenario(t, start(t, settings{oneCore: oneCore, center: center}))
		})
	}
}

// The whole way of one call: R1, R7, R13, R29, R32, R34, R47, R48, R56, R60, R61.
func TestOneCallAllTheWay(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			forBothMachines(t, nil, func(t *testing.T, e *engine) { oneCall(t, e, network) })
		})
	}
}

func oneCall(t *testing.T, e *engine, network string) {
	alice := sit(e, "alice")
	require.Equal(t, "alice", alice.snap.str("agent.id"))
	tel := phone(e, network, "alice")
	alice.becomes("endpoint", true)
	alice.available()
	boss, bob := sit(e, "dave"), sit(e, "bob")

	call := newUA(t, e, network, "+15551230001").dial(south)
	ring := tel.ring().alert()
	offer := alice.offer()
	for path, want := range map[string]string{
		"caller": "+15551230001", "number": south, "tenant": "south", "tenant_name": "Southside Heating",
		"campaign": "web", "campaign_name": "Web search", "queue": "desk", "queue_name": "Desk",
		"greeting": "Thank you for calling Southside Heating.", "channel": "voice", "agent": "alice", "answer_on": "phone",
	} {
		require.Equal(t, want, offer.str(path), "R7: the offer says %s", path)
	}
	id := offer.str("call")
	require.Equal(t, ring.callID(), id)
	call.rang()
	alice.becomes("token", "reserved")
	boss.expect("bubble.shown", "call.id", id, "call.phase", "offered")
	require.Zero(t, bob.had("bubble.shown"), "R34: before the answer others do not see it")

	ring.answer(700)
	call.connected(440)
	shown := alice.expect("call.updated", "call.id", id, "call.phase", "bridged")
	require.Equal(t, "alice", shown.str("call.owner"), "R29: the bubble is claimed by the answer")
	bob.expect("bubble.shown", "call.id", id, "call.owner", "alice")
	alice.becomes("token", "talking", "focus", id)
	for what, header := range map[string]string{
		"phone's Contact": ring.invite.get("Contact"), "phone's Via": ring.invite.get("Via"),
		"caller's Contact": call.final.get("Contact"),
	} {
		require.Contains(t, header, tel.engine.String(), "%s is where we listen over %s", what, network)
	}
	alice.expect("context.tenant", "tenant", "south")
	call.rtp.hears(700)
	ring.rtp.hears(440)
	call.rtp.digits <- 7
	ring.rtp.digit(7)

	call.hangUp()
	ring.over()
	require.Equal(t, "timed_early", alice.expect("wrapup.started").str("mode"))
	alice.becomes("token", "wrapup")
	alice.expect("bubble.updated", "call.id", id, "call.media", "ended", "call.desk", "shown")
	alice.ok("wrapup.finish", nil)
	alice.becomes("token", "free")

	meta, wav := e.recording(boss, id)
	sound := decodeWAV(t, wav)
	require.Positive(t, tones(sound.left, 440), "R60: the caller is on the left")
	require.Positive(t, tones(sound.right, 700), "R60: the agent is on the right")
	require.Zero(t, tones(sound.left, 700)+tones(sound.right, 440), "channels do not mix")
	require.InDelta(t, len(sound.left), int(meta.num("duration_ms"))*8, 160)

	alice.ok("bubble.close", frame{"call": id}) // R47: a short call needs no reason
	alice.expect("bubble.closed", "call", id, "by", "alice", "class", "excused_short")
	bob.expect("bubble.closed", "call", id)
	got := alice.call(id)
	require.Equal(t, "caller", got.str("end_cause"))
	require.Equal(t, "closed", got.str("desk"))
	history(t, e, boss, id)
}

// history checks that one request gives all that has happened to the call, in order.
func history(t *testing.T, e *engine, d *desk, id string) {
	t.Helper()
	var events []string
	version := uint64(0)
	for _, r := range e.read(d.token, "/v1/calls/"+id+"/timeline").list("records") {
		require.Equal(t, version+1, r.num("version"))
		version++
		for _, ev := range r.list("events") {
			events = append(events, ev.str("type"))
		}
	}
	at := 0
	for _, want := range []string{
		"call_arrived", "call_queued", "offer_made", "offer_rang", "caller_connected", "answered", "call_ended", "classified",
		"recording_finished", "bubble_closed", "classified",
	} {
		for at < len(events) && events[at] != want {
			at++
		}
		require.Less(t, at, len(events), "%s is missing, or at another place, in %v", want, events)
		at++
	}
}

// R2: an unknown number gets 404, is counted, and leaves no call behind.
func TestR2UnknownNumber(t *testing.T) {
	t.Parallel()
	e := start(t, settings{})
	for _, network := range []string{"udp", "tcp"} {
		u := newUA(t, e, network, "+15551230002")
		require.Equal(t, 404, u.dial("+19998887777").refused().code)
	}
	require.EqualValues(t, 2, e.metric("wirechief_actors_unknown_number_total"))
	require.Empty(t, e.read(login(e, "alice"), "/v1/calls").list("calls"))
}
