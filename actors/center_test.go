package actors_test

import (
	"errors"
	"log/slog"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

// A node that comes back takes calls with the configuration in force before the file is built and compared with it; a
// file that cannot be built is logged and does not keep the calls waiting.
func TestFileIsComparedAfterTheStart(t *testing.T) {
	dir, center := t.TempDir(), testCenter(1, func(string) string { return "sip:a@127.0.0.1:9" })
	n := startNode(t, dir, center)
	require.NoError(t, n.Close())
	for name, fault := range map[string]error{"good": nil, "bad": errors.New("a file that cannot be built")} {
		t.Run(name, func(t *testing.T) {
			up, compared := make(chan struct{}), make(chan *cc.Center, 1)
			n, err := actors.Start(actors.Settings{
				NodeID: 1, Journal: persistence.Options{Dir: dir + "/journal"},
				SIP: wsip.Config{UDP: []string{"127.0.0.1:0"}},
				Media: media.Config{
					Addr: netip.MustParseAddr("127.0.0.1"), PortMin: 31000, PortMax: 32999, RecordDir: dir + "/rec",
				},
				Center: func(was *cc.Center) (*cc.Center, error) {
					<-up // the start does not wait for this
					compared <- was
					return center, fault
				},
				Compare: func(_, file *cc.Center) []string { return nil },
				Logger:  slog.New(slog.NewTextHandler(t.Output(), nil)),
			})
			require.NoError(t, err)
			require.True(t, n.Ready())
			close(up)
			require.Equal(t, center.Company, (<-compared).Company)
			require.NoError(t, n.Close())
		})
	}
}

// R80, R98: a phone that a new configuration gives or takes counts at once, and only for those whose phone it changed.
func TestAppliedPhones(t *testing.T) {
	var center *cc.Center
	f := newFloor(t, 3, func(c *cc.Center) {
		c.Agents[0].Contact, c.Agents[0].SipUser = "", "101" // not registered
		center = c
	})
	version := func(agent string) uint64 {
		v := f.n.Journal().View()
		defer v.Close()
		return v.StreamVersion(actors.AgentStream(agent))
	}
	endpoint := func(agent string) bool { return version(agent) > 0 && agentSummary(t, f.n, agent).Endpoint }
	f.until("as started", func() bool { return !endpoint("agent0") && endpoint("agent1") && endpoint("agent2") })
	before := version("agent2")
	center = center.CloneVT()
	center.Agents[0].Contact, center.Agents[0].SipUser = f.phones.Contact("agent0"), ""
	center.Agents[1].Contact, center.Agents[1].SipUser = "", "102"
	require.NoError(t, f.n.ApplyCenter(f.ctx, center))
	f.until("as applied", func() bool { return endpoint("agent0") && !endpoint("agent1") })
	require.Equal(t, before, version("agent2"), "nothing was said to agent2")
}

// R51: the engine itself lets no call reason go, whoever builds the configuration.
func TestR51NoReasonIsDeleted(t *testing.T) {
	var center *cc.Center
	f := newFloor(t, 0, func(c *cc.Center) {
		c.Reasons = []*cc.CallReason{{Id: "price", Tenant: "north", Name: "Price", Active: true}}
		center = c
	})
	center = center.CloneVT()
	center.Reasons[0].Tenant = "south"
	require.ErrorContains(t, f.n.ApplyCenter(f.ctx, center), cc.CodeBadCommand)
	center.Reasons = nil
	require.ErrorContains(t, f.n.ApplyCenter(f.ctx, center), cc.CodeBadCommand)
	require.NotNil(t, f.n.Directory().Reason("price"))
	center.Reasons = []*cc.CallReason{{Id: "price", Tenant: "north", Name: "Price"}}
	require.NoError(t, f.n.ApplyCenter(f.ctx, center))
	require.False(t, f.n.Directory().Reason("price").Active)
}

// R1: each entry of a number knows since when it says what it says, over configurations that leave it as it is.
func TestR1NumbersKnowSinceWhen(t *testing.T) {
	f := newFloor(t, 0, func(c *cc.Center) {
		c.Numbers = append(c.Numbers, &cc.Number{E164: "+18005550200", Role: cc.NumberRole_TRACKING, Tenant: "north"})
	})
	center := f.n.Directory().Center.CloneVT()
	first := center.Numbers[0].SinceMs
	require.NotZero(t, first)
	f.until("later", func() bool { return f.n.Journal().NowMs() > first })
	center.Numbers[0].SinceMs = 0 // nobody else is believed
	center.Numbers[1].Campaign = "spring"
	require.NoError(t, f.n.ApplyCenter(f.ctx, center))
	require.Equal(t, first, f.n.Directory().Number(testNumber).SinceMs)
	require.Greater(t, f.n.Directory().Number("+18005550200").SinceMs, first)
}
