package figures_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/figures"
)

// R13, R77: a queue call on hold is no other call beside itself; its time is the token's, and ends with it.
func TestQueueCallOnHoldIsNoOtherCall(t *testing.T) {
	f, out := &cc.AgentFacts{}, &figures.Rows{}
	at := int64(1_000)
	for _, m := range []any{
		&cc.AgentCreated{Agent: "ann"}, &cc.PresenceChanged{Presence: cc.Presence_AVAILABLE},
		&cc.TokenGranted{Offer: "o", Call: "c", Queue: "q"}, &cc.TokenTalking{Offer: "o"},
		&cc.DeskChanged{Call: &cc.DeskCall{Call: "c", Class: cc.CallClass_QUEUE_CALL, State: cc.DeskCallState_DESK_HELD}},
		&cc.DeskChanged{Call: &cc.DeskCall{Call: "c", Class: cc.CallClass_QUEUE_CALL, State: cc.DeskCallState_DESK_ACTIVE}},
		&cc.TokenFreed{Offer: "o", Call: "c", Outcome: cc.OfferOutcome_ANSWERED},
	} {
		figures.FoldAgent(f, cc.NewEvent(m), at, out)
		at += 1_000
	}
	require.Empty(t, f.Other)
	require.Equal(t, cc.AgentTime_TIME_IDLE, figures.Activity(f))
}
