package b2bua

import (
	"errors"
	"fmt"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/sdp"
)

// local is our side of a leg's media. Codecs of the other side of the call come first, so that nothing is transcoded
// that need not be.
func (m *Machine) local(l *Leg) sdp.Local {
	first := sdp.PCMU
	for _, other := range m.legs {
		if other != l && other.agreed && other.media {
			first = other.chosen.Codec
		}
	}
	codecs := []sdp.Codec{first, sdp.PCMA}
	if first == sdp.PCMA {
		codecs[1] = sdp.PCMU
	}
	return sdp.Local{Addr: l.Local, Codecs: codecs}
}

// takeOffer keeps a description that wants our answer; it says now whether we can give one.
func (m *Machine) takeOffer(l *Leg, body []byte) error {
	offer, err := sdp.Parse(body, sdp.Limits{})
	if err != nil {
		return fmt.Errorf("reading the offer: %w", err)
	}
	if _, _, err := sdp.Answer(offer, m.local(l)); err != nil {
		return fmt.Errorf("answering the offer: %w", err)
	}
	if err := reachable(l, offer); err != nil {
		return err
	}
	l.offered = offer
	return nil
}

// ErrFamily: the far end's media address is of the family that ours is not, so that neither could hear the other.
var ErrFamily = errors.New("the media address is of another family than ours")

func reachable(l *Leg, far *sdp.Media) error {
	if a := far.Addr.Addr(); l.Local.IsValid() && !a.IsUnspecified() && a.Unmap().Is4() != l.Local.Addr().Unmap().Is4() {
		return fmt.Errorf("%w: %s", ErrFamily, a)
	}
	return nil
}

// ourSDP is what we say on a leg: the answer to an offer that waits for one, else an offer.
func (m *Machine) ourSDP(l *Leg) []byte {
	if l.offered == nil {
		return sdp.Offer(m.local(l))
	}
	body, chosen, err := sdp.Answer(l.offered, m.local(l))
	if err != nil { // takeOffer has tried it
		return sdp.Offer(m.local(l))
	}
	l.chosen, l.agreed, l.held = chosen, true, l.offered.Held
	l.offered = nil
	return body
}

// takeAnswer settles what we offered.
func (m *Machine) takeAnswer(l *Leg, body []byte) error {
	answer, err := sdp.Parse(body, sdp.Limits{})
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	chosen, err := sdp.Choose(m.local(l), answer)
	if err != nil {
		return fmt.Errorf("taking the answer: %w", err)
	}
	if err := reachable(l, answer); err != nil {
		return err
	}
	l.chosen, l.agreed, l.held = chosen, true, answer.Held
	return nil
}

// restore settles a loaded leg's media by the last description of the far end. The offer of a caller whom we have not
// answered still waits for our answer.
func (m *Machine) restore(l *Leg) {
	last, err := sdp.Parse(l.SIP.RemoteSDP, sdp.Limits{})
	if err != nil {
		return
	}
	if l.SIP.Role == leg.UAS && l.SIP.Phase < leg.PhaseAnswered {
		l.offered = last
		return
	}
	if _, chosen, err := sdp.Answer(last, m.local(l)); err == nil {
		l.chosen, l.agreed, l.held = chosen, true, last.Held
	}
}
