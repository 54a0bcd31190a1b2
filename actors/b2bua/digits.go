package b2bua

import (
	"fmt"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/sip/leg"
)

// MaxDigits bounds the digits of one leg that wait for the answer to the one before; a leg has one INFO open at a time.
const MaxDigits = 32

// allows are what a far end that sent an Allow says of itself; one without any may have sent none.
const allows = leg.AllowsUpdate | leg.AllowsInfo | leg.AllowsRefer | leg.AllowsOptions | leg.AllowsPrack

// pressed passes a digit that came by INFO on to the other side of the talk, as INFO: its RTP never was, so that the
// media plane has none to relay. A far end that says it takes no INFO, and one that refuses it, gets none, and neither
// does anybody while no one listens; the shell counts them.
func (s *step) pressed(from *Leg, d leg.DTMF) {
	c := s.m.Call
	id := c.LegCaller
	if from.ID == id {
		id = c.LegAgent
	}
	l := s.m.leg(id)
	switch {
	case l == nil || c.Phase != cc.CallPhase_BRIDGED || c.Held,
		l.SIP.PeerCaps&allows != 0 && l.SIP.PeerCaps&leg.AllowsInfo == 0, len(l.digits) >= MaxDigits:
		s.release = append(s.release, DigitLost{id})
	default:
		l.digits = append(l.digits, d)
		s.nextDigit(l)
	}
}

// nextDigit sends the oldest digit that waits, if no request is open.
func (s *step) nextDigit(l *Leg) {
	if len(l.digits) == 0 || l.SIP.Request.Method != "" {
		return
	}
	d := l.digits[0]
	l.digits = l.digits[1:]
	s.took(l, l.SIP.Do(leg.Info{
		ContentType: "application/dtmf-relay", Body: fmt.Appendf(nil, "Signal=%c\r\nDuration=%d\r\n", d.Digit, d.DurationMs),
	}, s.at.NowMs))
}

// passed takes the answer to a digit.
func (s *step) passed(l *Leg, code int) {
	if code >= 300 {
		s.release = append(s.release, DigitLost{l.ID})
	}
	s.nextDigit(l)
}
