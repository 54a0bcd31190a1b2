package b2bua

import (
	"net/netip"
	"slices"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/sip/leg"
)

var noAddr netip.AddrPort

// arrive takes a new INVITE: the leg first, so that it can be answered, then the call.
func (s *step) arrive(in Arrival) {
	l := &Leg{ID: in.Cmd.Leg, Local: in.Local, media: true}
	p := s.params(l, in.Src.Network)
	st, out := leg.Inbound(in.Req, in.Src, p, s.at.NowMs)
	l.SIP = st
	for _, e := range out.Events {
		if ended, ok := e.(leg.Ended); ok {
			s.release = append(s.release, Refused{Err: cc.Errorf(CodeSIP, "refused with %d", ended.Code),
				Code: ended.Code, Headers: saidWhy(out.Send)})
			return
		}
	}
	if len(st.RemoteSDP) > 0 {
		if err := s.m.takeOffer(l, st.RemoteSDP); err != nil {
			s.release = append(s.release, Refused{Err: cc.Errorf(CodeSIP, "%v", err), Code: 488})
			return
		}
	}
	s.first = cc.NewCommand(in.Cmd)
	decided, err := call.Decide(s.m.Call, s.first, s.env)
	if err != nil {
		s.release = append(s.release, Refused{Err: err})
		return
	}
	s.m.legs = append(s.m.legs, l)
	s.release = append(s.release, BindLeg{l.ID, st.CallID})
	s.took(l, out)
	s.events = append(s.events, decided.Events...)
	for _, e := range decided.Effects {
		s.effect(e)
	}
}

// saidWhy takes from a leg's refusal the headers that tell the far end how to do better.
func saidWhy(sends []leg.Send) (out []leg.Header) {
	if len(sends) == 0 {
		return nil
	}
	head, _, _ := strings.Cut(string(sends[len(sends)-1].Data), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "Min-SE", "Unsupported", "Accept", "Allow", "Supported":
			out = append(out, leg.Header{Name: name, Value: value})
		}
	}
	return out
}

// took hands out what a leg step gave and turns its events into commands to the call.
func (s *step) took(l *Leg, out leg.Output) {
	if out.Changed || l.saved == nil {
		s.touch(l)
	}
	for _, m := range out.Send {
		s.release = append(s.release, Send{l.ID, m})
	}
	for _, t := range out.Timers {
		s.release = append(s.release, LegTimer{l.ID, t})
	}
	for _, e := range out.Events {
		if l.ID == s.m.Call.LegCaller {
			s.callerEvent(l, e)
		} else {
			s.agentEvent(l, e)
		}
	}
	if onlyAbsorbs(l.SIP) && s.m.leg(l.ID) != nil {
		s.forget(l)
	}
}

// onlyAbsorbs: a dialog that was up and is over keeps its leg for half a minute only to answer repetitions. That much
// the endpoint does for a Call-ID it no longer routes (silence, and the 200 again to a repeated BYE), and thousands of
// ended calls need not stay in memory for it. An INVITE that was refused, cancelled or never
// answered keeps its leg: a final response or ACK may have to be repeated, a late 200 hung up.
func onlyAbsorbs(l *leg.State) bool {
	wasUp := l.Role == leg.UAS && l.InCode < 300 || l.Role == leg.UAC && l.AckedInvite != 0
	return l.Phase == leg.PhaseEnded && wasUp
}

func (s *step) forget(l *Leg) {
	s.closeMedia(l)
	if l.saved != nil {
		s.gone = append(s.gone, l.ID)
	}
	s.release = append(s.release, DropLeg{l.ID, l.SIP.CallID, l.SIP.Last})
	s.m.remove(l.ID)
}

func (s *step) touch(l *Leg) {
	if slices.Contains(s.changed, l) {
		return
	}
	s.changed = append(s.changed, l)
}

func (s *step) callerEvent(l *Leg, e leg.Event) {
	switch e := e.(type) {
	case leg.Cancelled:
		s.closeMedia(l)
		s.tell(&cc.LegEnded{Leg: l.ID, Detail: "cancel"})
	default:
		s.commonEvent(l, e)
	}
}

func (s *step) agentEvent(l *Leg, e leg.Event) {
	switch e := e.(type) {
	case leg.Ringing:
		s.tell(&cc.LegRang{Leg: l.ID})
	case leg.EarlyMedia:
		s.tell(&cc.LegRang{Leg: l.ID})
	case leg.Answered:
		if err := s.m.takeAnswer(l, e.SDP); err != nil {
			s.closeMedia(l)
			s.took(l, l.SIP.Do(leg.HangUp{}, s.at.NowMs))
			s.tell(&cc.LegFailed{Leg: l.ID, Code: 488, Detail: err.Error()})
			return
		}
		s.remote(l)
		s.tell(&cc.LegAnswered{Leg: l.ID})
	case leg.Failed:
		s.closeMedia(l)
		s.tell(&cc.LegFailed{Leg: l.ID, Code: int32(e.Code), Detail: e.Phrase})
	default:
		s.commonEvent(l, e)
	}
}

// commonEvent: what an established leg of either side may tell.
func (s *step) commonEvent(l *Leg, e leg.Event) {
	switch e := e.(type) {
	case leg.Ended:
		s.closeMedia(l)
		if e.By != leg.ByLocal {
			s.tell(&cc.LegEnded{Leg: l.ID, Lost: e.By != leg.ByRemote, Detail: e.By.String()})
		}
	case leg.Offered:
		s.offered(l, e)
	case leg.Confirmed:
		s.agreed(l, e.SDP)
		s.lives(l)
	case leg.ReinviteDone:
		s.agreed(l, e.SDP)
		s.lives(l)
	case leg.ReinviteFailed:
		if l.SIP.Phase == leg.PhaseConfirmed { // the dialog stands: a refusal is a sign of life too
			s.lives(l)
		}
	case leg.DTMF:
		s.pressed(l, e)
	case leg.InfoDone:
		s.passed(l, e.Code)
	case leg.Released:
		s.forget(l)
	}
}

// offered answers a re-INVITE: hold and resume by the phone, a new address, or a mere refresh.
func (s *step) offered(l *Leg, e leg.Offered) {
	if len(e.SDP) > 0 {
		if err := s.m.takeOffer(l, e.SDP); err != nil {
			s.took(l, l.SIP.Do(leg.RejectReinvite{Code: 488}, s.at.NowMs))
			return
		}
	}
	was := l.held
	body := s.m.ourSDP(l)
	if len(e.SDP) > 0 { // else the far end's side comes with its ACK
		s.remote(l)
	}
	s.took(l, l.SIP.Do(leg.AnswerReinvite{SDP: body}, s.at.NowMs))
	s.holds(l, was)
}

// agreed takes the answer to an offer of ours, if the message carried one.
func (s *step) agreed(l *Leg, body []byte) {
	if len(body) == 0 {
		return
	}
	was := l.held
	if err := s.m.takeAnswer(l, body); err == nil {
		s.remote(l)
		s.holds(l, was)
	}
}

// holds tells the call that the agent pressed hold or resume on the phone.
func (s *step) holds(l *Leg, was bool) {
	if l.ID != s.m.Call.LegCaller && was != l.held {
		s.tell(&cc.LegHeld{Leg: l.ID, Held: l.held})
	}
}

// lives tells that a leg which was asked for a sign of life gave one.
func (s *step) lives(l *Leg) {
	if l.back != notAsked {
		l.back = notAsked
		s.tell(&cc.LegAnswered{Leg: l.ID})
	}
}

// remote tells the media plane what was agreed.
func (s *step) remote(l *Leg) {
	if l.agreed && l.media {
		s.release = append(s.release, MediaRemote{l.ID, l.chosen})
	}
}

func (s *step) closeMedia(l *Leg) {
	if l.media {
		l.media = false
		s.release = append(s.release, CloseMedia{l.ID})
	}
}

// probe asks a silent leg for a sign of life (R85). A re-INVITE of ours that is open serves as well; an INVITE of
// theirs was one.
func (s *step) probe(id string) {
	l := s.m.leg(id)
	if l == nil || l.SIP.Phase != leg.PhaseConfirmed || l.back != notAsked || l.SIP.In.Method != "" {
		return
	}
	l.back = askedSilent
	if asking(l) {
		s.took(l, l.SIP.Do(leg.Urge{}, s.at.NowMs))
		return
	}
	s.took(l, l.SIP.Do(leg.Reinvite{SDP: s.m.ourSDP(l), Probe: true}, s.at.NowMs))
}

// asking: a re-INVITE of ours is open, or will be sent again. A refused one is kept only to repeat its ACK.
func asking(l *Leg) bool {
	tx := &l.SIP.Invite
	return tx.Method != "" && (tx.Code < 300 || tx.RetryMs != 0)
}

// resume re-INVITEs an answered leg after a restart (RELIABILITY: CSeq jumps, the dialog stays). A re-INVITE that was
// open when the process ended has been repeated already and serves as well.
func (s *step) resume(id string) {
	l := s.m.leg(id)
	if l == nil || l.SIP.Phase != leg.PhaseConfirmed && l.SIP.Phase != leg.PhaseAnswered {
		return
	}
	l.back = askedResumed
	via := s.m.node.at(l.SIP.Dest.Network)
	unacked := l.SIP.In.Method == "INVITE" && l.SIP.InCode/100 == 2
	if unacked || asking(l) && l.SIP.Via == via {
		s.took(l, l.SIP.Do(leg.Urge{}, s.at.NowMs)) // the ACK to our repeated 200, or the answer, is the sign
		return
	}
	s.took(l, l.SIP.Do(leg.Takeover{SDP: s.m.ourSDP(l), Contact: l.SIP.Contact, Via: via}, s.at.NowMs))
}

// unsent: a message of the leg did not reach the network. Silent and out of reach is lost (R85); a leg resumed after a
// restart may still come back by itself, over a new connection, or falls silent.
func (s *step) unsent(l *Leg) {
	asked := l.back
	l.back = notAsked
	s.took(l, l.SIP.Do(leg.TransportError{}, s.at.NowMs))
	if asked == askedSilent && l.SIP.Phase == leg.PhaseConfirmed {
		s.closeMedia(l)
		s.took(l, l.SIP.Do(leg.HangUp{}, s.at.NowMs))
		s.tell(&cc.LegEnded{Leg: l.ID, Lost: true, Detail: "unreachable"})
	}
}

// restart brings a loaded call back to life: routes and ports first, then each leg's pending transaction, then the
// call's own say.
func (s *step) restart() {
	for _, l := range append([]*Leg(nil), s.m.legs...) {
		s.release = append(s.release, BindLeg{l.ID, l.SIP.CallID})
		if l.HasMedia() {
			l.media = true
			s.release = append(s.release, OpenMedia{l.ID, l.Local})
		}
		s.m.restore(l)
		if l.SIP.Phase == leg.PhaseConfirmed || l.SIP.Phase == leg.PhaseAnswered {
			s.remote(l)
		}
		s.took(l, l.SIP.Resume(s.at.NowMs))
	}
	for _, l := range append([]*Leg(nil), s.m.legs...) {
		c := s.m.Call
		if l.ID != c.LegCaller && l.ID != c.LegAgent && call.OfLeg(c, l.ID) == nil || c.Phase == cc.CallPhase_ENDED {
			s.end(l.ID, s.m.Call.EndCause) // its end was decided, but perhaps never sent
		}
	}
	for _, e := range call.Resume(s.m.Call, s.at.NowMs) {
		s.effect(e)
	}
	if s.m.Call.Phase != cc.CallPhase_ENDED {
		_ = s.ask(cc.NewCommand(&cc.Recovered{}))
	}
}
