package b2bua_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
)

// A record keeps every command that its events came of, in order: a decision can be repeated from it.
func TestRecordKeepsFurtherCommands(t *testing.T) {
	w := newWorld(t)
	w.tell("invite")
	d := w.m.Step(b2bua.Timed{Moment: w.moment(), Input: b2bua.Ask{Cmd: cc.NewCommand(&cc.OfferGranted{
		Offer: "of-1", Agent: "anna", Queue: "sales", AnswerOn: cc.AnswerOn_ON_PHONE, Leg: "p1", Reachable: true,
	}), Crowded: true}})
	var r cc.Record
	require.NoError(t, r.UnmarshalVT(d.Record))
	require.Equal(t, "OfferGranted", r.Command.Name())
	require.Len(t, r.Further, 1)
	require.Equal(t, int32(486), r.Further[0].GetLegFailed().Code)
	var events []string
	for _, e := range r.Events {
		events = append(events, e.Name())
	}
	require.Equal(t, []string{"OfferMade", "OfferClosed", "CallerConnected"}, events)
}
