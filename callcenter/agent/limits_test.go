package agent

import (
	"errors"
	"fmt"
	"testing"

	cc "github.com/wirechief/wirechief/callcenter"
)

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *cc.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// TestLimits fills each list of the state to its limit: one more is refused or takes the place of the oldest.
func TestLimits(t *testing.T) {
	r := newRig(t, directory(t, nil))
	must := func(m any) {
		t.Helper()
		if _, err := r.do(m); err != nil {
			t.Fatal(err)
		}
	}
	for i := range MaxSessions {
		must(&cc.SessionOpened{Session: fmt.Sprint("s", i)})
	}
	_, err := r.do(&cc.SessionOpened{Session: "more"})
	wantCode(t, err, cc.CodeOverloaded)
	must(&cc.SessionOpened{Session: "s0"}) // a repeat is not one more
	_, err = r.do(&cc.SessionOpened{})
	wantCode(t, err, cc.CodeBadCommand)

	desk := func(i int) *cc.DeskCallChanged {
		call := fmt.Sprint("x", i)
		return &cc.DeskCallChanged{Call: call, Class: cc.CallClass_OUTBOUND_CALL, State: cc.DeskCallState_DESK_HELD}
	}
	for i := range MaxDeskCalls {
		c := desk(i)
		c.Emergency = true
		must(c)
	}
	more := desk(MaxDeskCalls)
	more.Emergency = true
	_, err = r.do(more)
	wantCode(t, err, cc.CodeDeskFull)
	_, err = r.do(&cc.DeskCallChanged{Call: "x", State: cc.DeskCallState_DESK_HELD})
	wantCode(t, err, cc.CodeBadCommand)

	must(&cc.EndpointChanged{Up: true})
	must(&cc.SetPresence{Presence: cc.Presence_AVAILABLE})
	_, err = r.do(&cc.Reserve{Queue: "sales", Tenant: "plumbing"})
	wantCode(t, err, cc.CodeBadCommand)
	for i := range MaxEndedOffers + 3 {
		offer := fmt.Sprint("o", i)
		must(&cc.Reserve{Offer: offer, Call: "c", Queue: "sales", Tenant: "plumbing"})
		must(&cc.OfferEnded{Offer: offer, Call: "c", Outcome: cc.OfferOutcome_CALLER_GAVE_UP})
	}
	ended := r.state.EndedOffers
	if len(ended) != MaxEndedOffers || ended[0] != "o3" || ended[MaxEndedOffers-1] != fmt.Sprint("o", MaxEndedOffers+2) {
		t.Fatalf("remembered: %v", ended)
	}
	_, err = r.do(&cc.Reserve{Offer: "o3", Call: "c", Queue: "sales", Tenant: "plumbing"})
	wantCode(t, err, cc.CodeOfferGone)
}

// TestRemovedAgent: with the configuration gone, what was begun still ends; nothing new is given (R15).
func TestRemovedAgent(t *testing.T) {
	r := newRig(t, directory(t, nil))
	for _, m := range []any{
		&cc.SessionOpened{Session: "s1"}, &cc.EndpointChanged{Up: true}, &cc.SetPresence{Presence: cc.Presence_AVAILABLE},
		&cc.Reserve{Offer: "o1", Call: "c1", Queue: "sales", Tenant: "plumbing"},
	} {
		if _, err := r.do(m); err != nil {
			t.Fatal(err)
		}
	}
	r.dir = cc.NewDirectory(&cc.Center{})
	for _, m := range []any{
		&cc.Reserve{Offer: "o1", Call: "c1"}, &cc.OfferEnded{Offer: "o1", Call: "c1", Outcome: cc.OfferOutcome_ANSWERED},
		&cc.LeftCall{Offer: "o1", Call: "c1"}, &cc.SetPresence{Presence: cc.Presence_OFFLINE},
		&cc.SessionClosed{Session: "s1"},
	} {
		if _, err := r.do(m); err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.do(&cc.Reserve{Offer: "o2", Call: "c2", Queue: "sales", Tenant: "plumbing"})
	wantCode(t, err, cc.NotMember)
	_, err = r.do(&cc.SetPresence{Presence: cc.Presence_AVAILABLE})
	wantCode(t, err, cc.CodeNotFound)
}

// TestForeign: a command of a call is refused, an event of a call changes nothing.
func TestForeign(t *testing.T) {
	r := newRig(t, directory(t, nil))
	_, err := r.do(&cc.Arrive{Call: "c1"})
	wantCode(t, err, cc.CodeBadCommand)
	Apply(r.state, cc.NewEvent(&cc.CallArrived{Call: "c1"}), 5)
	Apply(r.state, &cc.Event{}, 5)
	r.check()
	if r.state.String() != New("ann", "acme").String() {
		t.Fatalf("changed: %v", r.state)
	}
}
