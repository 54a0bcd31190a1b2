package leg

import (
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// The server side of an INVITE: our provisional and final responses, their ACK and CANCEL.

// unanswered: an INVITE of theirs began the leg and has no final response.
func (s *State) unanswered() bool {
	return s.Role == UAS && (s.Phase == PhaseCalling || s.Phase == PhaseEarly)
}

// progress sends a 1xx, with early SDP if there is any.
func (st *step) progress(code int, sdp []byte, hs []Header) {
	s := st.s
	if !s.unanswered() {
		return
	}
	st.dirty()
	s.Phase = PhaseEarly
	s.InCode, s.InText, s.InExtra = uint16(code), "", headerLines(hs)
	if len(sdp) > 0 {
		s.setLocalSDP(s.stampSDP(sdp, false))
		s.InBody = true
	} else {
		s.InBody = false
	}
	st.respond()
	st.arm(TimerProvisional, st.now+ProvisionalRepeatMs)
}

// setLocalSDP notes a description sent: it answers theirs, or is an offer.
func (s *State) setLocalSDP(sdp []byte) {
	s.LocalSDP = sdp
	switch s.Offer {
	case OfferRemote, OfferAnswered:
		s.Offer = OfferAnswered
	default:
		s.Offer = OfferLocal
	}
}

// respond sends the current response to In.
func (st *step) respond() {
	s := st.s
	st.send(s.In.Reply, strconv.Itoa(int(s.InCode)), s.buildResponse())
}

// accept sends 200 to the pending INVITE and repeats it until the ACK.
func (st *step) accept(sdp []byte, hs []Header) {
	s := st.s
	st.dirty()
	if len(sdp) > 0 {
		s.setLocalSDP(s.stampSDP(sdp, false))
	}
	s.InCode, s.InText, s.InExtra = 200, "", headerLines(hs)
	s.InBody = len(s.LocalSDP) > 0 && (s.In.Method == "INVITE" || s.In.SDP != nil)
	st.agreeAsServer(s.In.SE)
	st.respond()
	st.disarm(TimerProvisional)
	if s.In.Method != "INVITE" { // UPDATE: no ACK
		s.Last = LastRequest{Method: s.In.Method, CSeq: s.In.CSeq, Branch: s.In.Branch, Code: 200, SDP: s.InBody}
		s.In = ServerTx{}
		return
	}
	// Whatever the transport: the 2xx may have crossed a lossy hop (13.3.1.4).
	st.backoff(TimerResponseResend, T1)
	st.arm(TimerAckTimeout, st.now+TransactionTimeoutMs)
}

// answer accepts the INVITE that began the leg.
func (st *step) answer(c Answer) {
	if !st.s.unanswered() {
		return
	}
	st.s.Phase = PhaseAnswered
	st.accept(c.SDP, c.Headers)
}

// final sends a response of 300 and more to In.
func (st *step) final(code int, text, extra string) {
	s := st.s
	st.dirty()
	s.InCode, s.InText, s.InExtra, s.InBody = uint16(code), clean(text, MaxName), extra, false
	st.respond()
	st.disarm(TimerProvisional)
	if s.In.Method != "INVITE" {
		s.Last = LastRequest{Method: s.In.Method, CSeq: s.In.CSeq, Branch: s.In.Branch, Code: uint16(code)}
		s.In = ServerTx{}
		return
	}
	if !s.In.Reply.Reliable() {
		st.backoff(TimerResponseResend, T1)
	}
	st.arm(TimerAckTimeout, st.now+TransactionTimeoutMs)
}

// reject refuses the INVITE that began the leg.
func (st *step) reject(code int, text string, extra string) {
	if !st.s.unanswered() {
		return
	}
	if code < 300 || code > 699 {
		code = 480
	}
	st.final(code, text, extra)
	st.over(Ended{By: ByLocal, Code: code})
}

// ack handles an ACK for our final response.
func (st *step) ack(m *sip.Request) {
	s := st.s
	if !s.ackOwed() || m.CSeq() == nil || m.CSeq().SeqNo != s.In.CSeq || fromTag(m) != s.RemoteTag {
		return
	}
	st.dirty()
	st.disarm(TimerResponseResend, TimerAckTimeout)
	reinvite, code := s.In.Dialog, s.InCode
	s.In = ServerTx{}
	if code >= 300 {
		st.settle()
		return
	}
	ev := Confirmed{Reinvite: reinvite}
	if s.Offer == OfferLocal {
		if sdp := sdpOf(m); sdp != nil {
			s.RemoteSDP, ev.SDP = sdp, sdp
			s.Offer = OfferAnswered
		}
	}
	if s.HangUpWanted {
		s.HangUpWanted = false
		st.bye(s.HangUpReason)
		return
	}
	if s.Phase == PhaseAnswered {
		s.Phase = PhaseConfirmed
	}
	if s.Phase == PhaseConfirmed {
		st.emit(ev)
	}
	st.settle()
}

// cancel handles a CANCEL: it takes effect only before our final response (9.2).
func (st *step) cancel(m *sip.Request, src Dest) {
	s := st.s
	c := m.CSeq()
	if s.In.Method != "INVITE" || c == nil || c.SeqNo != s.In.CSeq || branchOf(m) != s.In.Branch {
		st.reply(m, src, 481, "")
		return
	}
	st.reply(m, src, 200, "")
	if s.InCode >= 200 {
		return
	}
	reinvite := s.In.Dialog
	st.final(487, "", "")
	if reinvite {
		st.emit(OfferWithdrawn{})
		return
	}
	st.over(Cancelled{Reason: reasonOf(m)})
}

// ackTimeout gives up waiting for an ACK: a 2xx nobody confirms is a call nobody hears (13.3.1.4).
func (st *step) ackTimeout() {
	s := st.s
	if !s.ackOwed() {
		return
	}
	st.dirty()
	st.disarm(TimerResponseResend)
	code := s.InCode
	s.In = ServerTx{}
	if code >= 300 {
		st.settle()
		return
	}
	reason := s.HangUpReason
	s.HangUpWanted = false
	st.bye(reason)
	st.over(Ended{By: ByNoAck})
}

// reply answers a request that leaves no transaction behind.
func (st *step) reply(m *sip.Request, src Dest, code int, extra string) {
	st.send(repliedTo(m, src), strconv.Itoa(code), st.s.buildReply(m, src, code, extra, nil))
}

func reasonOf(m sip.Message) string { return clean(value(m, "Reason", ""), MaxHeaderValue) }
