package desk_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/apiclient"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
)

// With nobody connected nothing is followed and nothing is encoded; who comes back gets exactly what was missed, also
// what can be told only by knowing how it was before.
func TestHubWithoutClientsRestsAndLosesNothing(t *testing.T) {
	s, ctx := newShop(t, persistence.Options{}), within(t)
	for i := range 100 {
		s.call(answered(fmt.Sprintf("1-%d", i), "north"))
	}
	require.Zero(t, s.hub.Stats.Wakes.Load())
	alice := open(t, ctx, s, "alice")
	_, err := alice.Expect(ctx, "snapshot")
	require.NoError(t, err)
	require.Equal(t, uint64(1), s.hub.Stats.Wakes.Load())
	owned := answered("1-a", "north")
	owned.Owner, owned.Agent = "alice", "alice"
	s.call(owned)
	_, err = alice.Expect(ctx, "call.updated", apiclient.Field("call.id", "1-a"))
	require.NoError(t, err)
	last := alice.Last()
	leave(t, s, alice)

	encoded := s.hub.Stats.Encoded.Load()
	moved := answered("1-a", "north")
	moved.Owner, moved.Agent = "sue", "sue"
	s.call(moved, cc.NewEvent(&cc.Answered{Agent: "sue", OwnerEpoch: 2, Offer: "of-2"}))
	require.Equal(t, encoded, s.hub.Stats.Encoded.Load())
	again, err := apiclient.Reopen(ctx, s.server.URL, s.token("alice"), last)
	require.NoError(t, err)
	defer again.Close()
	_, err = again.Expect(ctx, "bubble.taken", apiclient.Field("by", "sue")) // told by who owned it before
	require.NoError(t, err)
	require.Equal(t, uint64(2), s.hub.Stats.Wakes.Load())
	require.NoError(t, again.Err(), "no gap")
}

// leave closes a client and waits until the hub has noticed.
func leave(t *testing.T, s *shop, c *apiclient.Client) {
	t.Helper()
	c.Close()
	require.Eventually(t, func() bool { return s.hub.Stats.Clients.Load() == 0 }, patience, tick)
}

// Who was away for longer than is read back gets a snapshot.
func TestHubThatSleptLongGivesASnapshot(t *testing.T) {
	s, ctx := newShop(t, persistence.Options{}), within(t)
	alice := open(t, ctx, s, "alice")
	_, err := alice.Expect(ctx, "snapshot")
	require.NoError(t, err)
	last := alice.Last()
	leave(t, s, alice)
	s.many(5_000)
	again, err := apiclient.Reopen(ctx, s.server.URL, s.token("alice"), last)
	require.NoError(t, err)
	defer again.Close()
	_, err = again.Expect(ctx, "snapshot")
	require.NoError(t, err)
}

// A frame is encoded once for all who get it, and not at all when nobody does.
func TestFrameIsEncodedOnceAndOnlyForWhomItConcerns(t *testing.T) {
	s, ctx := newShop(t, persistence.Options{}), within(t)
	alice, sue := open(t, ctx, s, "alice"), open(t, ctx, s, "sue")
	for i := range 20 {
		s.call(answered(fmt.Sprintf("1-s%d", i), "south"))
	}
	for i := range 3 {
		id := fmt.Sprintf("1-n%d", i)
		s.call(answered(id, "north"))
		for _, c := range []*apiclient.Client{alice, sue} {
			f, err := c.Expect(ctx, "bubble.updated", apiclient.Field("call.id", id))
			require.NoError(t, err)
			require.True(t, json.Valid(f.Raw))
		}
	}
	require.Equal(t, uint64(3), s.hub.Stats.Encoded.Load())
}

// Queues are counted while a client is connected, also one that has not signed in: the hub rests then.
func TestQueueCountsOfARestingHub(t *testing.T) {
	s, ctx := newShop(t, persistence.Options{}), within(t)
	s.counts = make(chan struct{})
	c, err := apiclient.Connect(ctx, s.server.URL, nil)
	require.NoError(t, err)
	defer c.Close()
	for range 2 { // the second is asked once the first was taken over
		select {
		case s.counts <- struct{}{}:
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		}
	}
	require.Zero(t, s.hub.Stats.Wakes.Load())
}

// The first snapshot shows a queue with its members, whether or not the matcher can be asked.
func TestSnapshotShowsMembers(t *testing.T) {
	for _, reachable := range []bool{true, false} {
		t.Run(fmt.Sprintf("matcher=%v", reachable), func(t *testing.T) {
			s, ctx := newShop(t, persistence.Options{}), within(t)
			if reachable {
				s.counts = make(chan struct{})
				close(s.counts)
			}
			alice := open(t, ctx, s, "alice")
			f, err := alice.Expect(ctx, "snapshot")
			require.NoError(t, err)
			var snap struct{ Queues []wire.QueueCounts }
			f.Into(&snap)
			require.Len(t, snap.Queues, 1)
			require.Equal(t, 2, snap.Queues[0].Members)
		})
	}
}

// Who is at a desk, from where, and why they left is in the log.
func TestDesksAreLogged(t *testing.T) {
	s, ctx := newShop(t, persistence.Options{}), within(t)
	alice := open(t, ctx, s, "alice")
	bob := open(t, ctx, s, "bob")
	leave := func(c *apiclient.Client, agent, reason string, cause func()) {
		cause()
		require.Eventually(t, func() bool {
			return regexp.MustCompile(`msg="desk disconnected" agent=` + agent + ` client=127.0.0.1:\d+ session=s-\w+ reason="` + reason).
				MatchString(s.log.String())
		}, patience, tick, "%s", reason)
		c.Close()
	}
	require.Regexp(t, `msg="desk connected" agent=alice client=127.0.0.1:\d+ session=s-\w+ resumes=false`, s.log.String())
	leave(alice, "alice", "(connection lost|closed by the client)", alice.Close)
	leave(bob, "bob", "signed out", func() {
		p, err := s.auth.Authenticate(s.tokens["bob"])
		require.NoError(t, err)
		require.NoError(t, s.auth.Logout(ctx, p, "127.0.0.1:1"))
	})
	c, err := apiclient.Connect(ctx, s.server.URL, nil)
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Do(ctx, "auth", map[string]any{"token": "no-token-of-ours"})
	require.NoError(t, err)
	require.Regexp(t, `msg="desk refused" agent="" client=127.0.0.1:\d+ reason=token_not_valid`, s.log.String())
	require.NotContains(t, s.log.String(), "no-token-of-ours")
}
