package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// leads makes every talk long enough to owe a reason (R49).
func leads(c tree) {
	for _, x := range c["tenants"].([]any) {
		x.(tree)["lead_threshold_ms"] = 1
	}
}

// R35, R36, R38, R47: claim, take-over with epoch, focus, close with a reason.
func TestR36TakeOver(t *testing.T) {
	t.Parallel()
	e := start(t, settings{center: leads})
	alice, bob, near, far, id := talk(e, north)
	boss := sit(e, "dave")
	owned := bob.refused("owned", "bubble.claim", frame{"call": id})
	require.Equal(t, "alice", owned.str("details.owner"))
	bob.refused("not_yours", "focus", frame{"call": id})
	alice.refused("call_live", "bubble.close", frame{"call": id, "reason": "north-price"})
	far.hangUp()
	near.over()
	alice.expect("bubble.updated", "call.id", id, "call.media", "ended")
	bob.expect("bubble.updated", "call.id", id, "call.media", "ended")

	epoch := alice.call(id).num("owner_epoch")
	bob.ok("bubble.takeover", frame{"call": id, "epoch": epoch})
	taken := alice.expect("bubble.taken", "call", id)
	require.Equal(t, "bob", taken.str("by"))
	alice.becomes("focus", nil)
	bob.becomes("focus", id)
	changed := boss.refused("owner_changed", "bubble.takeover", frame{"call": id, "epoch": epoch})
	require.Equal(t, "bob", changed.str("details.owner"))
	alice.refused("not_yours", "bubble.close", frame{"call": id, "reason": "north-price"})
	boss.ok("bubble.takeover", frame{"call": id, "epoch": epoch + 1})
	bob.expect("bubble.taken", "by", "dave")
	alice.ok("bubble.takeover", frame{"call": id, "epoch": epoch + 2}) // and back the same way
	boss.expect("bubble.taken", "by", "alice")

	alice.ok("focus", frame{"call": nil})
	alice.expect("focus.changed", "call", nil)
	alice.expect("context.tenant", "tenant", nil)
	alice.ok("focus", frame{"call": id})
	alice.becomes("focus", id)
	alice.expect("context.tenant", "tenant", "north")

	alice.refused("reason_required", "bubble.close", frame{"call": id})
	alice.refused("reason_unknown", "bubble.close", frame{"call": id, "reason": "south-price"})
	alice.ok("bubble.close", frame{"call": id, "reason": "north-wrong"})
	bob.expect("bubble.closed", "call", id, "by", "alice", "reason", "north-wrong", "class", "not_lead")
	bob.refused("bubble_closed", "bubble.takeover", frame{"call": id, "epoch": epoch + 3})
	require.Equal(t, "not_lead", alice.call(id).str("class"))
	alice.becomes("focus", nil)
}

// R42, R47, R86: a booking clears the bubble at once, while the call goes on, and needs no reason.
func TestR47Booked(t *testing.T) {
	t.Parallel()
	e := start(t, settings{center: leads})
	alice, bob, near, far, id := talk(e, south)
	bob.refused("not_yours", "bubble.booked", frame{"call": id, "job": "j1"})
	alice.ok("bubble.booked", frame{"call": id, "customer": "c1", "location": "l1", "job": "j1"})
	alice.expect("bubble.cleared", "call", id, "because", "booked")
	bob.expect("bubble.cleared", "call", id)
	far.rtp.hears(700)
	require.True(t, near.up())
	alice.refused("link.final", "bubble.note", frame{"call": id, "customer": "c2"})
	far.hangUp()
	near.over()
	alice.expect("bubble.closed", "call", id, "class", "booked")
	got := alice.call(id)
	require.Equal(t, "booked", got.str("class"))
	require.Equal(t, "j1", got.str("job"))
}

// R45, R48.8: a note on the customer excuses the call: no reason is asked for.
func TestR45Note(t *testing.T) {
	t.Parallel()
	e := start(t, settings{center: leads})
	alice, bob, near, far, id := talk(e, north)
	near.hangUp()
	far.over()
	alice.expect("bubble.updated", "call.id", id, "call.media", "ended")
	alice.refused("reason_required", "bubble.close", frame{"call": id})
	alice.ok("bubble.note", frame{"call": id, "customer": "c1"})
	alice.expect("bubble.updated", "call.customer", "c1")
	alice.ok("bubble.close", frame{"call": id})
	bob.expect("bubble.closed", "call", id, "class", "excused_note")
}

// Resume: what happened while the socket was gone comes once and in order; nothing twice, nothing missing.
func TestResumeOfTheStream(t *testing.T) {
	t.Parallel()
	e := start(t, settings{})
	alice, bob, near, far, id := talk(e, north)
	bob.expect("bubble.shown", "call.id", id)
	bob.Lock()
	last := bob.last
	bob.Unlock()
	bob.leave()
	alice.ok("call.hold", frame{"call": id})
	alice.ok("call.resume", frame{"call": id})
	far.hangUp()
	near.over()
	alice.expect("bubble.updated", "call.id", id, "call.media", "ended")
	alice.ok("wrapup.finish", nil)
	alice.ok("bubble.close", frame{"call": id})
	alice.expect("bubble.closed", "call", id)

	again := connect(e, "bob", bob.token, last)
	require.Nil(t, again.snap, "resumed without a snapshot")
	again.expect("bubble.closed", "call", id, "by", "alice")
	for _, want := range []frame{
		{"type": "bubble.updated", "call.held": true}, {"type": "bubble.updated", "call.media": "ended"},
		{"type": "bubble.closed"},
	} {
		var pairs []any
		for k, v := range want {
			if k != "type" {
				pairs = append(pairs, k, v)
			}
		}
		require.Positive(t, again.had(want.str("type"), pairs...), "%v is missing:\n%s", want, again.story())
	}
	require.Equal(t, 1, again.had("bubble.closed", "call", id), "nothing comes twice")
	again.Lock()
	for _, ev := range again.events {
		require.Greater(t, ev.num("seq"), last)
	}
	again.Unlock()
	// A number from nowhere gets the whole picture.
	odd := connect(e, "bob", bob.token, 1<<40)
	require.NotNil(t, odd.snap)
}
