package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// The open offers of a call: one, or with ring_all a group. The first stands in its own field, where a call's only one
// always stood, the others in the order in which they were made.

// openCount is how many offers ring or connect.
func openCount(s *cc.CallState) int {
	if s.Offer == nil {
		return 0
	}
	return 1 + len(s.MoreOffers)
}

// Offers lists the open offers; the list is the caller's own, the offers are the state's.
func Offers(s *cc.CallState) []*cc.Offer {
	if s.Offer == nil {
		return nil
	}
	return append([]*cc.Offer{s.Offer}, s.MoreOffers...)
}

// findOffer is the first open offer that fits, nil if none does.
func findOffer(s *cc.CallState, fits func(*cc.Offer) bool) *cc.Offer {
	if s.Offer == nil || fits(s.Offer) {
		return s.Offer
	}
	if i := slices.IndexFunc(s.MoreOffers, fits); i >= 0 {
		return s.MoreOffers[i]
	}
	return nil
}

// Open is the open offer of an id, nil if it is not open.
func Open(s *cc.CallState, offer string) *cc.Offer {
	if offer == "" {
		return nil
	}
	return findOffer(s, func(o *cc.Offer) bool { return o.Id == offer })
}

// OfLeg is the open offer whose phone a leg leads to, nil if there is none.
func OfLeg(s *cc.CallState, leg string) *cc.Offer {
	if leg == "" {
		return nil
	}
	return findOffer(s, func(o *cc.Offer) bool { return o.Leg == leg })
}

// dropOffer takes an offer out of the open ones; the next takes the place of the first.
func dropOffer(s *cc.CallState, offer string) {
	switch {
	case s.Offer == nil:
	case s.Offer.Id != offer:
		s.MoreOffers = slices.DeleteFunc(s.MoreOffers, func(o *cc.Offer) bool { return o.Id == offer })
	case len(s.MoreOffers) == 0:
		s.Offer = nil
	default:
		s.Offer = s.MoreOffers[0]
		s.MoreOffers = slices.Delete(s.MoreOffers, 0, 1)
	}
	if len(s.MoreOffers) == 0 {
		s.MoreOffers = nil
	}
}

// mayJoin: one more agent may ring beside those who do (ring_all). Once somebody has accepted nobody does.
func mayJoin(s *cc.CallState) bool {
	return s.Phase == cc.CallPhase_OFFERED && !s.GroupClosed && openCount(s) < int(s.RingMax) &&
		findOffer(s, func(o *cc.Offer) bool { return o.Connecting }) == nil
}

// offerTimerName: each offer of a group has a timer of its own.
func offerTimerName(s *cc.CallState, o *cc.Offer) string {
	if s.RingMax > 0 {
		return TimerOffer + "/" + o.Id
	}
	return TimerOffer
}
