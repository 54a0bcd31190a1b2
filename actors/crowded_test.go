package actors_test

import (
	"context"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

// A node without a free media port does not make agents pay for it: they stay Available, the call keeps waiting.
func TestNoPortIsNotTheAgentsFault(t *testing.T) {
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{})
	require.NoError(t, err)
	defer phones.Close()
	center, dir := testCenter(2, phones.Contact), t.TempDir()
	n, err := actors.Start(actors.Settings{
		NodeID: 1, Journal: persistence.Options{Dir: dir + "/journal"}, SIP: wsip.Config{UDP: []string{"127.0.0.1:0"}},
		Media:  media.Config{Addr: netip.MustParseAddr("127.0.77.2"), PortMin: 30000, PortMax: 30005, RecordDir: dir + "/rec"},
		Center: func(*cc.Center) (*cc.Center, error) { return center, nil },
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, n.Close()) }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, a := range []string{"agent0", "agent1"} {
		require.NoError(t, n.AskAgent(ctx, a, &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	}
	callers, err := ua.NewCallers("127.0.0.1:0", sipAddr(n), "c")
	require.NoError(t, err)
	defer callers.Close()
	first := callers.Dial(testNumber, "+15550001") // two of the three port pairs
	await(ctx, t, first.Answered())
	second := callers.Dial(testNumber, "+15550002") // the third; none is left for the phone
	await(ctx, t, second.Answered())
	require.Equal(t, uint64(1), phones.Stats.Invites.Load())
	require.Equal(t, cc.Presence_AVAILABLE, agentSummary(t, n, "agent1").Presence)
	third := callers.Dial(testNumber, "+15550003")
	await(ctx, t, third.Ended())
	require.Equal(t, 503, third.Result().Final)
}
