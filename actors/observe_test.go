package actors

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
)

// What is logged of a call or agent names it and its tenant.
func TestLogNamesCallAgentAndTenant(t *testing.T) {
	var out bytes.Buffer
	n := &Node{log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	n.dir.Store(cc.NewDirectory(&cc.Center{Agents: []*cc.Agent{{Id: "ann", Tenants: []string{"north", "south"}}}}))
	call := &cc.CallState{Id: "c1", Tenant: "north", ArrivedMs: 1, AnsweredMs: 2}
	offer := &cc.Offer{Id: "o1", Agent: "ann"}
	for what, log := range map[string]func(){
		"call arrived":  func() { n.observe(call, []*cc.Event{cc.NewEvent(&cc.CallArrived{})}) },
		"offer made":    func() { n.observe(call, []*cc.Event{cc.NewEvent(&cc.OfferMade{Offer: offer})}) },
		"offer closed":  func() { n.observe(call, []*cc.Event{cc.NewEvent(&cc.OfferClosed{Offer: "o1", Agent: "ann"})}) },
		"call answered": func() { n.observe(call, []*cc.Event{cc.NewEvent(&cc.Answered{Agent: "ann"})}) },
		"call ended":    func() { n.observe(call, []*cc.Event{cc.NewEvent(&cc.CallEnded{})}) },
	} {
		out.Reset()
		log()
		require.Contains(t, out.String(), what)
		require.Contains(t, out.String(), "call=c1", what)
		require.Contains(t, out.String(), "tenant=north", what)
	}
	out.Reset()
	n.observeAgent(&cc.AgentState{Id: "ann"}, []*cc.Event{cc.NewEvent(&cc.PresenceChanged{Presence: cc.Presence_AVAILABLE})})
	require.Contains(t, out.String(), "agent=ann tenant=north,south presence=AVAILABLE")

	p := &mediaPort{n: n, recordings: map[string]string{"rec-1": "c1"}}
	out.Reset()
	p.failed("bridge", "c1", "l1", errors.New("no such leg"))
	p.failed("finishing", p.callOf("rec-1"), "rec-1", errors.New("disk full"))
	require.Equal(t, 2, bytes.Count(out.Bytes(), []byte("call=c1")))
}
