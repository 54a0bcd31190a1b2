package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// talk brings a caller and alice together; bob is there too.
func talk(e *engine, number string) (alice, bob *desk, near, far *dialog, id string) {
	e.t.Helper()
	alice, bob, atAlice, _ := two(e)
	bob.ok("status.set", frame{"presence": "unavailable", "reason": "break"})
	far = caller(e).dial(number)
	near = atAlice.ring().alert().answer(700)
	far.connected(440)
	id = near.callID()
	alice.expect("call.updated", "call.id", id, "call.phase", "bridged")
	far.rtp.hears(700)
	near.rtp.hears(440)
	return alice, bob, near, far, id
}

// R20, R59: on hold the caller hears music, the agent nothing of them, and both are back after it.
func TestHoldAndResume(t *testing.T) {
	t.Parallel()
	forBothMachines(t, nil, func(t *testing.T, e *engine) {
		alice, bob, near, far, id := talk(e, north)
		bob.refused("not_yours", "call.hold", frame{"call": id})
		alice.ok("call.hold", frame{"call": id})
		alice.expect("call.updated", "call.held", true)
		far.rtp.hearsMusic(440, 700)
		require.True(t, near.up())
		alice.becomes("token", "talking") // R16: hold frees nobody
		alice.ok("call.resume", frame{"call": id})
		alice.expect("call.updated", "call.held", false)
		far.rtp.hears(700)
		near.rtp.hears(440)
		alice.refused("not_found", "call.resume", frame{"call": "100-00000000000000000000000000000000"})
	})
}

// The agent's own phone puts the caller on hold and takes them back.
func TestHoldByThePhone(t *testing.T) {
	t.Parallel()
	e := start(t, settings{})
	alice, _, near, far, _ := talk(e, north)
	require.Equal(t, 200, near.ask("INVITE", describe(near.rtp.local, "sendonly")).code)
	alice.expect("call.updated", "call.held", true)
	far.rtp.hearsMusic(440, 700)
	require.Equal(t, 200, near.ask("INVITE", describe(near.rtp.local, "sendrecv")).code)
	alice.expect("call.updated", "call.held", false)
	far.rtp.hears(700)
	near.rtp.hears(440)
}

// Hang-up by each side: BYE to the other, wrap-up, the cause in the call.
func TestHangUpByEachSide(t *testing.T) {
	t.Parallel()
	for name, hangUp := range map[string]func(alice *desk, near, far *dialog, id string){
		"caller": func(_ *desk, near, far *dialog, _ string) { far.hangUp(); near.over() },
		"phone":  func(_ *desk, near, far *dialog, _ string) { near.hangUp(); far.over() },
		"client": func(alice *desk, near, far *dialog, id string) {
			alice.ok("call.hangup", frame{"call": id})
			near.over()
			far.over()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := start(t, settings{})
			alice, _, near, far, id := talk(e, south)
			hangUp(alice, near, far, id)
			alice.becomes("token", "wrapup")
			want := "agent"
			if name == "caller" {
				want = name
			}
			got := alice.call(id)
			require.Equal(t, want, got.str("end_cause"))
			require.Equal(t, "ended", got.str("media"))
			require.Equal(t, "shown", got.str("desk"), "R34: grey until closed")
			alice.refused("call_ended", "call.hangup", frame{"call": id})
		})
	}
}

// R32: timed wrap-up is mandatory, runs to its deadline, and then the next call comes.
func TestR32TimedWrapUp(t *testing.T) {
	t.Parallel()
	e := start(t, settings{center: func(c tree) {
		queue(c)["wrapup"] = tree{"mode": "timed", "length_ms": 6000, "extensions": 0}
	}})
	alice, _, near, far, id := talk(e, north)
	far.hangUp()
	near.over()
	began := alice.expect("wrapup.started", "call", id)
	require.Equal(t, "timed", began.str("mode"))
	alice.refused("wrapup_mandatory", "wrapup.finish", nil)
	alice.refused("extend_limit", "wrapup.extend", nil)
	next := caller(e).dial(north).connected(440) // waits: alice is not eligible
	ended := alice.expect("wrapup.ended")
	require.Equal(t, "system", ended.str("by"))
	ring := near.u.ring().answer(700) // R33: by itself
	next.rtp.hears(700)
	offer := alice.expect("offer.made", "call", ring.callID())
	require.Greater(t, offer.num("seq"), ended.num("seq"), "R32: nothing is offered before the deadline")
	require.LessOrEqual(t, began.str("until"), ended.str("at"))
	alice.refused("no_wrapup", "wrapup.finish", nil)
}

// R32: with timed_early the agent extends it and ends it.
func TestR32TimedEarlyWrapUp(t *testing.T) {
	t.Parallel()
	e := start(t, settings{})
	alice, _, near, far, _ := talk(e, north)
	alice.refused("no_wrapup", "wrapup.finish", nil)
	near.hangUp()
	far.over()
	until := alice.expect("wrapup.started").str("until")
	alice.ok("wrapup.extend", nil)
	require.Greater(t, alice.expect("wrapup.extended").str("until"), until)
	alice.ok("wrapup.finish", nil)
	require.Empty(t, alice.expect("wrapup.ended").str("by"))
	alice.becomes("token", "free")
}
