package agent

import (
	"testing"

	cc "github.com/wirechief/wirechief/callcenter"
)

// BenchmarkOffer is what one unanswered offer costs the agent: Reserve, then OfferEnded.
func BenchmarkOffer(b *testing.B) {
	r := newRig(b, directory(b, nil))
	for _, m := range []any{
		&cc.SessionOpened{Session: "s1"}, &cc.EndpointChanged{Up: true}, &cc.SetPresence{Presence: cc.Presence_AVAILABLE},
	} {
		if _, err := r.do(m); err != nil {
			b.Fatal(err)
		}
	}
	policy := r.dir.Queue("sales").Offer
	var offers [2 * MaxEndedOffers][2]*cc.Command
	for i := range offers {
		id := string(rune('a' + i))
		offers[i][0] = cc.NewCommand(&cc.Reserve{Offer: id, Call: "c", Queue: "sales", Tenant: "plumbing", Policy: policy})
		offers[i][1] = cc.NewCommand(&cc.OfferEnded{Offer: id, Call: "c", Outcome: cc.OfferOutcome_CALLER_GAVE_UP})
	}
	env := cc.Env{Dir: r.dir, IDs: cc.NewIDs([]byte("seed"))}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		for _, c := range offers[i%len(offers)] {
			if _, err := Decide(r.state, c, env); err != nil {
				b.Fatal(err)
			}
		}
		i++
	}
}

// BenchmarkRefused is a Reserve that finds the token taken: the matcher's view was behind.
func BenchmarkRefused(b *testing.B) {
	r := newRig(b, directory(b, nil))
	c := cc.NewCommand(&cc.Reserve{Offer: "o", Call: "c", Queue: "sales", Tenant: "plumbing"})
	env := cc.Env{Dir: r.dir, IDs: cc.NewIDs([]byte("seed"))}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decide(r.state, c, env); err == nil {
			b.Fatal("granted to an agent who is offline")
		}
	}
}
