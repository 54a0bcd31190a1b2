package seat

import cc "github.com/wirechief/wirechief/callcenter"

// Unknown is the answer to an agent's message on behalf of a call the journal does not know or cannot read: it holds no
// offer (DESIGN 3: Release). False: the message asks for none.
func Unknown(t cc.TellCall) (Ask, bool) {
	var offer string
	if gone := (Ask{Cmd: cc.NewCommand(&cc.DeskCallChanged{Call: t.Call})}); t.Cmd.GetDeskProbe() != nil || t.Cmd.GetHold() != nil {
		return gone, true // the desk forgets it
	}
	switch c := t.Cmd.Message().(type) {
	case *cc.OfferGranted:
		offer = c.Offer
	case *cc.TokenProbe:
		offer = c.Offer
	case *cc.Withdraw:
		offer = c.Offer
	default:
		return Ask{}, false
	}
	return Ask{Cmd: cc.NewCommand(&cc.OfferEnded{
		Offer: offer, Call: t.Call, Outcome: cc.OfferOutcome_WITHDRAWN_MOVED,
	})}, true
}
