package leg

import "github.com/emiago/sipgo/sip"

// INVITEs inside the dialog, both ways (RFC 3261 14).

// reinvite sends an offer of the call's.
func (st *step) reinvite(c Reinvite) {
	s := st.s
	if s.Phase != PhaseConfirmed || s.inviteOpen() || s.In.Method != "" {
		st.emit(ReinviteFailed{Code: 491})
		return
	}
	s.Invite = ClientTx{Method: "INVITE", Extra: headerLines(c.Headers), Body: s.stampSDP(c.SDP, false)}
	if c.Probe {
		s.Invite.Flags |= TxProbe
	}
	st.sendInvite(1)
}

// urge shortens the wait for the end of what is open. The 2xx that began the dialog keeps its 64*T1 (13.3.1.4).
func (st *step) urge() {
	s := st.s
	switch {
	case s.Phase != PhaseConfirmed:
	case s.inviteOpen(), s.Invite.RetryMs != 0:
		if s.Invite.Flags&TxProbe == 0 {
			st.dirty()
			s.Invite.Flags |= TxProbe
		}
		if s.inviteOpen() {
			st.arm(TimerInviteTimeout, st.now+ProbeTimeoutMs)
		}
	case s.ackOwed():
		st.arm(TimerAckTimeout, st.now+ProbeTimeoutMs)
	}
}

// takeover moves the leg to this node (RELIABILITY 2.4, mode B).
func (st *step) takeover(c Takeover) {
	s := st.s
	if s.Phase >= PhaseEnded {
		return
	}
	st.dirty()
	if c.Contact != "" {
		s.Contact = cleanURI(c.Contact)
	}
	if c.Via != "" {
		s.Via = cleanToken(c.Via)
	}
	if c.Flow != "" {
		s.Dest.Flow = c.Flow
		s.In.Reply.Flow = c.Flow
	}
	s.BranchCount += TakeoverCSeqJump // branches of requests never replicated are not used again
	switch {
	case s.Phase == PhaseAnswered:
		st.resendAnswer()
	case s.Phase == PhaseConfirmed:
		if s.ackOwed() {
			st.resendAnswer()
		}
		s.Invite = ClientTx{
			Method: "INVITE", Extra: headerLines(c.Headers), Flags: TxTakeover | TxProbe,
			Body: s.stampSDP(s.sdpOr(c.SDP), true),
		}
		st.sendInvite(TakeoverCSeqJump)
	case s.Phase == PhaseEnding && s.Request.Method == "BYE":
		s.LocalCSeq += TakeoverCSeqJump - 1
		st.sendRequest()
	}
}

// sdpOr: a takeover always offers, at worst what was sent last (an empty INVITE may reopen the codecs).
func (s *State) sdpOr(sdp []byte) []byte {
	if len(sdp) > 0 {
		return sdp
	}
	return s.LocalSDP
}

// resendAnswer repeats an unacknowledged 2xx from here.
func (st *step) resendAnswer() {
	st.respond()
	st.backoff(TimerResponseResend, T1)
	st.arm(TimerAckTimeout, st.now+TransactionTimeoutMs)
}

// reinviteRefused handles a final refusal of our re-INVITE.
func (st *step) reinviteRefused(m *sip.Response, code int) {
	s := st.s
	tx := &s.Invite
	if s.Phase >= PhaseEnding {
		st.settle()
		return
	}
	refresh := tx.Flags&TxRefresh != 0
	switch {
	case gone(code):
		st.emit(ReinviteFailed{Code: code, Refresh: refresh})
		st.bye("")
		st.over(Ended{By: ByTimeout, Code: code})
		return
	case st.retryLater(m, code):
		return
	}
	st.emit(ReinviteFailed{Code: code, Refresh: refresh})
}

// retryLater schedules the re-INVITE again after 491 (14.1) or Retry-After.
func (st *step) retryLater(m *sip.Response, code int) bool {
	s := st.s
	tx := &s.Invite
	var delay int64
	switch ra := retryAfter(m); {
	case tx.Glare >= MaxGlareRetries:
		return false
	case code == 491:
		delay = s.glareDelayMs()
	case code/100 == 5 && ra > 0 && ra <= MaxRetryAfterS:
		delay = int64(ra) * 1000
	case code == 500 && value(m, "Retry-After", "") != "" && ra == 0:
		delay = glareStepMs
	default:
		return false
	}
	tx.Glare++
	tx.RetryMs = st.now + delay
	st.arm(TimerRetry, tx.RetryMs)
	return true
}

const glareStepMs = 10 // unit of the delays of 14.1

// glareDelayMs: the owner of the Call-ID waits 2.1 to 4 s, the other side 0 to 2 s, in units of 10 ms.
func (s *State) glareDelayMs() int64 {
	h := mix(s.BranchSeed ^ uint64(s.LocalCSeq)<<32 ^ uint64(s.Invite.Glare))
	if s.Role == UAC {
		return 2_100 + int64(h%191)*glareStepMs
	}
	return int64(1+h%200) * glareStepMs
}

// retry sends the waiting re-INVITE again.
func (st *step) retry() {
	s := st.s
	if s.Invite.RetryMs == 0 || s.Phase != PhaseConfirmed {
		return
	}
	if s.In.Method != "" {
		st.dirty()
		s.Invite.RetryMs = st.now + T1
		st.arm(TimerRetry, s.Invite.RetryMs)
		return
	}
	if s.Invite.Body != nil { // what was sent since must not have a higher o= version
		st.dirty()
		s.Invite.Body = s.stampSDP(s.Invite.Body, false)
	}
	st.sendInvite(1)
}

// raiseSession takes the Min-SE of a 422 (once for each raise) (RFC 4028 section 6).
func (st *step) raiseSession(m *sip.Response) bool {
	v := seconds(value(m, "Min-SE", ""), MaxSessionExpiresS)
	if v <= max(st.s.SessionMinS, MinSE) || st.s.Invite.Glare >= MaxGlareRetries {
		return false
	}
	st.s.Invite.Glare++
	st.s.SessionMinS = v
	return true
}

// offered takes a re-INVITE of theirs, or an UPDATE with an offer.
func (st *step) offered(m *sip.Request, src Dest) {
	s := st.s
	switch {
	case s.In.Method != "" && s.InCode < 200: // 14.2: one at a time
		st.remember(m, 500)
		st.reply(m, src, 500, "Retry-After: "+string(hexDigits[1+mix(uint64(s.RemoteCSeq))%9])+"\r\n")
		return
	case s.In.Method != "" || s.inviteOpen() || s.Phase != PhaseConfirmed:
		st.remember(m, 491)
		st.reply(m, src, 491, "")
		return
	}
	if code, extra := unacceptable(m); code != 0 {
		st.remember(m, code)
		st.reply(m, src, code, extra)
		return
	}
	st.take(m, src)
	s.In.Dialog = true
	s.Offer = OfferNone
	if s.In.SDP != nil {
		s.Offer = OfferRemote
	}
	st.emit(Offered{SDP: s.In.SDP, Same: s.In.SDP != nil && string(s.In.SDP) == string(s.RemoteSDP)})
}

// answerReinvite accepts the pending offer; the new Contact counts from now (12.2.2).
func (st *step) answerReinvite(sdp []byte) {
	s := st.s
	if s.Phase != PhaseConfirmed || s.In.Method == "" || s.InCode >= 200 {
		return
	}
	st.dirty()
	if s.In.SDP != nil {
		s.RemoteSDP = s.In.SDP
	}
	if s.In.Contact != "" {
		s.RemoteTarget = s.In.Contact
	}
	s.Dest = aim(s.RouteSet, s.RemoteTarget, st.heard(s.In.Reply), s.Symmetric)
	st.accept(s.sdpOr(sdp), nil)
}

// rejectReinvite refuses the pending offer.
func (st *step) rejectReinvite(code int) {
	s := st.s
	if s.Phase != PhaseConfirmed || s.In.Method == "" || s.InCode >= 200 {
		return
	}
	if code < 300 || code > 699 {
		code = 488
	}
	s.Offer = OfferAnswered
	st.final(code, "", "")
}
