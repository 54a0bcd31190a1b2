package leg

import (
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// The client side: responses to our INVITE, BYE, CANCEL and INFO.

func (st *step) response(m *sip.Response, src Dest) {
	s := st.s
	c := m.CSeq()
	if c == nil || fromTag(m) != s.LocalTag {
		return
	}
	if c.MethodName == sip.INVITE {
		st.inviteResponse(m, src, c.SeqNo)
		return
	}
	tx := &s.Request
	if tx.Method != string(c.MethodName) || tx.CSeq != c.SeqNo || s.branch(tx.Branch) != branchOf(m) {
		return
	}
	st.requestResponse(m)
}

func (st *step) inviteResponse(m *sip.Response, src Dest, cseq uint32) {
	s := st.s
	tx := &s.Invite
	ours := tx.Method != "" && tx.CSeq == cseq && s.branch(tx.Branch) == branchOf(m)
	switch {
	case ours && s.inviteOpen():
		switch {
		case m.StatusCode < 200:
			st.provisional(m)
		case m.StatusCode < 300:
			st.success(m, src)
		default:
			st.refused(m)
		}
	case m.StatusCode >= 300:
		if ours { // repeated: our ACK was lost
			st.send(s.Dest, "ACK", s.buildRefusedAck(tx))
		}
	case m.StatusCode < 200:
	case cseq == s.AckedInvite && toTag(m) == s.RemoteTag:
		st.sendAck()
	case s.Role == UAC && cseq == s.AckedInvite, ours && !s.established():
		st.endFork(m, src, cseq)
	}
}

func (st *step) sendAck() {
	s := st.s
	st.send(s.Dest, "ACK", s.buildAck(s.dialog(), s.AckedInvite, s.branch(s.AckBranch)))
}

// provisional handles a 1xx: no more retransmission, and a held CANCEL may go.
func (st *step) provisional(m *sip.Response) {
	s := st.s
	first := s.Invite.Code == 0
	if first || uint16(m.StatusCode) > s.Invite.Code {
		s.Invite.Code = uint16(min(max(m.StatusCode, 100), 199))
		if s.Invite.durableCode() != 0 {
			st.dirty()
		}
	}
	st.disarm(TimerInviteResend)
	if s.Invite.Flags&TxCancel != 0 {
		if first {
			st.sendCancel()
		}
		return
	}
	if s.established() { // a re-INVITE: its timeout stays, or the far end could block the dialog
		return
	}
	st.disarm(TimerInviteTimeout)
	if m.StatusCode == 100 {
		if first {
			st.emit(Trying{})
		}
		return
	}
	st.early(m)
}

// early reports an 18x.
func (st *step) early(m *sip.Response) {
	s := st.s
	sdp := sdpOf(m)
	if s.Phase != PhaseEarly || !s.Rang || sdp != nil {
		st.dirty()
	}
	s.Phase, s.Rang = PhaseEarly, true
	if tag := toTag(m); s.RemoteTag != tag {
		st.dirty()
		s.RemoteTag = tag
	}
	if sdp != nil {
		s.RemoteSDP = sdp
	}
	if m.StatusCode == 183 {
		st.emit(EarlyMedia{SDP: sdp})
		return
	}
	st.emit(Ringing{Code: m.StatusCode, SDP: sdp})
}

// success handles the 2xx that ends our open INVITE.
func (st *step) success(m *sip.Response, src Dest) {
	s := st.s
	st.dirty()
	st.disarm(TimerInviteResend, TimerInviteTimeout)
	tx := s.Invite
	s.Invite = ClientTx{}
	first := !s.established()
	s.AckedInvite, s.AckBranch, s.AckAuth = tx.CSeq, s.nextBranch(), tx.Auth
	if first {
		s.RemoteTag = toTag(m)
		s.RouteSet = reversed(routes(m)) // UAC: reversed (12.1.2)
		s.PeerCaps = capsOf(m)
		st.clearRequest() // a CANCEL that came too late
	} else if tx.Body != nil {
		s.LocalSDP = tx.Body
	}
	if c := contactOf(m); c != "" {
		s.RemoteTarget = c
	}
	s.Dest = aim(s.RouteSet, s.RemoteTarget, st.heard(src), s.Symmetric)
	sdp := sdpOf(m)
	if sdp != nil {
		s.RemoteSDP = sdp
	}
	s.Offer = OfferAnswered
	st.sendAck()
	if s.Phase >= PhaseEnding {
		if first {
			st.bye(s.HangUpReason)
		}
		st.settle()
		return
	}
	s.Phase = PhaseConfirmed
	st.agreeAsClient(sessionAsk(m))
	if first {
		st.emit(Answered{SDP: s.RemoteSDP})
		return
	}
	st.emit(ReinviteDone{SDP: s.RemoteSDP, Refresh: tx.Flags&TxRefresh != 0})
}

// heard is where the far end was last heard: it may have reconnected, but a leg keeps its transport.
func (st *step) heard(src Dest) Dest {
	d := st.s.Dest
	if d.Reliable() && src.Network != d.Network || !d.Reliable() && !src.Addr.IsValid() {
		return d
	}
	return src
}

func reversed(l []string) []string {
	out := make([]string, 0, min(len(l), MaxRoutes))
	for i := len(l) - 1; i >= 0 && len(out) < MaxRoutes; i-- {
		out = append(out, l[i])
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// endFork ends a second answer to a forked INVITE, or one after we gave up: ACK and BYE in its own
// dialog, with nothing kept; each repetition of the 2xx gets the same two.
func (st *step) endFork(m *sip.Response, src Dest, cseq uint32) {
	s := st.s
	d := dialog{tag: toTag(m), target: contactOf(m), routes: reversed(routes(m))}
	if d.target == "" {
		d.target = s.RemoteTarget
	}
	d.dest = orHop(aim(d.routes, d.target, st.heard(src), s.Symmetric), d.routes, d.target, s.Symmetric)
	st.send(d.dest, "ACK", s.buildAck(d, cseq, s.forkBranch(d.tag, "ACK")))
	st.send(d.dest, "BYE", s.buildBye(d, cseq+1, s.forkBranch(d.tag, "BYE")))
}

// refused handles a final response of 300 and more to our open INVITE.
func (st *step) refused(m *sip.Response) {
	s := st.s
	tx := &s.Invite
	st.dirty()
	st.disarm(TimerInviteResend, TimerInviteTimeout)
	code := min(m.StatusCode, 699)
	tx.Code = uint16(code)
	s.FinalTag = toTag(m)
	st.send(s.Dest, "ACK", s.buildRefusedAck(tx))
	if s.Phase < PhaseEnding && (st.authorize(tx, m) || code == 422 && st.raiseSession(m)) {
		st.sendInvite(1)
		return
	}
	if s.established() {
		s.Offer = OfferAnswered
		st.reinviteRefused(m, code)
		return
	}
	if s.Request.Method == "CANCEL" {
		st.clearRequest()
	}
	st.over(Failed{
		Code: code, Phrase: clean(m.Reason, MaxName), Reason: reasonOf(m),
		RetryAfterS: retryAfter(m), Contact: contactOf(m), Rang: s.Rang,
	})
	st.settle()
}

func (st *step) clearRequest() {
	st.dirty()
	st.s.Request = ClientTx{}
	st.disarm(TimerRequestResend, TimerRequestTimeout)
}

// requestResponse handles a response to our BYE, CANCEL or INFO.
func (st *step) requestResponse(m *sip.Response) {
	s := st.s
	tx := &s.Request
	if m.StatusCode < 200 {
		if st.s.vol.armed[TimerRequestResend] {
			st.backoff(TimerRequestResend, T2) // 17.1.2.2: Proceeding repeats at T2
		}
		return
	}
	if tx.Method != "CANCEL" && st.authorize(tx, m) {
		st.sendRequest()
		return
	}
	method := tx.Method
	st.clearRequest()
	if method == "INFO" {
		st.emit(InfoDone{Code: m.StatusCode})
		if gone(m.StatusCode) {
			st.over(Ended{By: ByTimeout, Code: m.StatusCode})
		}
	}
	st.settle()
}

// gone: the far end has no such dialog, or does not answer in it (12.2.1.2).
func gone(code int) bool { return code == 481 || code == 408 }

// inviteTimeout is timer B, or no final response to a cancelled INVITE.
func (st *step) inviteTimeout(code int) {
	s := st.s
	if !s.inviteOpen() {
		return
	}
	st.dirty()
	st.disarm(TimerInviteResend, TimerInviteTimeout)
	refresh := s.Invite.Flags&TxRefresh != 0
	s.Invite.Code = uint16(code)
	if !s.established() {
		st.over(Failed{Code: code, Rang: s.Rang, Local: true})
		st.settle()
		return
	}
	s.Invite = ClientTx{}
	if s.Phase < PhaseEnding {
		st.emit(ReinviteFailed{Code: code, Refresh: refresh})
		st.bye("SIP;cause=" + strconv.Itoa(code))
		st.over(Ended{By: ByTimeout, Code: code})
	}
	st.settle()
}
