package leg

import "strings"

// Outbound begins a leg by sending an INVITE.
func Outbound(p OutboundParams, nowMs int64) (*State, Output) {
	s := &State{
		Role: UAC, Phase: PhaseCalling,
		CallID:       cleanToken(p.CallID),
		Local:        nameAddr(p.From.Name, p.From.URI),
		Remote:       nameAddr(p.To.Name, p.To.URI),
		RemoteTarget: cleanURI(p.Target),
		Dest:         p.Dest,
		Symmetric:    p.Symmetric,
	}
	s.apply(p.Params)
	for _, r := range p.Route[:min(len(p.Route), MaxRoutes)] {
		s.RouteSet = append(s.RouteSet, cleanURI(r))
	}
	s.LocalSDP = s.stampSDP(p.SDP, false)
	s.Invite = ClientTx{Method: "INVITE", Extra: headerLines(p.Headers)}
	st := &step{s: s, now: nowMs}
	st.sendInvite(1)
	return s, st.out
}

// sendInvite sends Invite as a new transaction, its CSeq jump higher than the last.
func (st *step) sendInvite(jump uint32) {
	s := st.s
	st.dirty()
	s.LocalCSeq += jump
	tx := &s.Invite
	tx.CSeq, tx.Branch, tx.Via = s.LocalCSeq, s.nextBranch(), s.Via
	tx.Code, tx.RetryMs = 0, 0
	s.Offer = OfferLocal
	st.send(s.Dest, "INVITE", s.buildInvite(tx))
	st.armInvite()
}

// armInvite starts timers A (UDP) and B.
func (st *step) armInvite() {
	s := st.s
	first := int64(T1)
	if s.Invite.Flags&TxTakeover != 0 {
		first = TakeoverFirstRetransmitMs
	}
	st.disarm(TimerRetry)
	if !s.Dest.Reliable() {
		st.backoff(TimerInviteResend, first)
	}
	st.arm(TimerInviteTimeout, st.now+st.s.Invite.timeoutMs())
}

// timeoutMs is timer B, shorter for a probe.
func (t *ClientTx) timeoutMs() int64 {
	if t.Flags&TxProbe != 0 {
		return ProbeTimeoutMs
	}
	return TransactionTimeoutMs
}

// sendRequest sends Request as a new transaction.
func (st *step) sendRequest() {
	s := st.s
	st.dirty()
	tx := &s.Request
	s.LocalCSeq++
	tx.CSeq, tx.Branch, tx.Via, tx.Code = s.LocalCSeq, s.nextBranch(), s.Via, 0
	st.send(s.Dest, tx.Method, s.buildRequest(tx))
	st.armRequest()
}

// armRequest starts timers E (UDP) and F.
func (st *step) armRequest() {
	if !st.s.Dest.Reliable() {
		st.backoff(TimerRequestResend, T1)
	}
	st.arm(TimerRequestTimeout, st.now+TransactionTimeoutMs)
}

// bye sends BYE; what else was open in the dialog no longer matters (15.1.1).
func (st *step) bye(reason string) {
	s := st.s
	st.dirty()
	if s.In.Method != "" && s.InCode < 200 {
		st.final(487, "", "")
	}
	if s.Invite.RetryMs != 0 {
		s.Invite = ClientTx{}
	}
	s.Request = ClientTx{Method: "BYE", Extra: reasonLine(reason)}
	st.sendRequest()
}

func reasonLine(reason string) string {
	if strings.TrimSpace(reason) == "" {
		return ""
	}
	return headerLines([]Header{{"Reason", reason}})
}

// hangUp ends the leg as its phase needs.
func (st *step) hangUp(c HangUp) {
	s := st.s
	switch {
	case s.Phase >= PhaseEnding:
	case s.unanswered():
		code := c.Code
		if code == 0 {
			code = 480
		}
		st.reject(code, "", reasonLine(c.Reason))
	case s.Phase == PhaseAnswered: // no BYE before the ACK (15.1)
		st.dirty()
		s.HangUpWanted, s.HangUpReason = true, clean(c.Reason, MaxHeaderValue)
		st.over(Ended{By: ByLocal})
	case s.Phase == PhaseConfirmed:
		st.bye(c.Reason)
		st.over(Ended{By: ByLocal})
	default: // our INVITE is unanswered
		st.dirty()
		s.Invite.Flags |= TxCancel
		s.HangUpReason = clean(c.Reason, MaxHeaderValue)
		if s.Invite.Code >= 100 {
			st.sendCancel()
		}
		st.over(Ended{By: ByLocal})
	}
}

// sendCancel sends CANCEL for Invite: its branch and CSeq number, a transaction of its own (9.1).
func (st *step) sendCancel() {
	s := st.s
	st.dirty()
	s.Request = ClientTx{
		Method: "CANCEL", CSeq: s.Invite.CSeq, Branch: s.Invite.Branch, Via: s.Invite.Via,
		Extra: reasonLine(s.HangUpReason),
	}
	st.send(s.Dest, "CANCEL", s.buildRequest(&s.Request))
	st.armRequest()
	st.disarm(TimerInviteResend)
	st.arm(TimerInviteTimeout, st.now+TransactionTimeoutMs)
}
