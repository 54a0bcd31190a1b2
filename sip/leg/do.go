package leg

// Do carries out a command of the call.
func (s *State) Do(c Cmd, nowMs int64) Output {
	st := &step{s: s, now: nowMs}
	if s.Phase == PhaseNone || s.Phase == PhaseReleased {
		return st.out
	}
	switch c := c.(type) {
	case Ring:
		st.progress(180, c.SDP, c.Headers)
	case Progress:
		st.progress(183, c.SDP, c.Headers)
	case Answer:
		st.answer(c)
	case Reject:
		st.reject(c.Code, c.Reason, headerLines(c.Headers))
	case HangUp:
		st.hangUp(c)
	case Reinvite:
		st.reinvite(c)
	case Urge:
		st.urge()
	case AnswerReinvite:
		st.answerReinvite(c.SDP)
	case RejectReinvite:
		st.rejectReinvite(c.Code)
	case Takeover:
		st.takeover(c)
	case Rebind:
		st.rebind(c.To)
	case Info:
		st.sendInfo(c)
	case TransportError:
		st.transportError()
	}
	return st.out
}

// rebind moves requests and open responses to another connection of the same transport.
func (st *step) rebind(to Dest) {
	s := st.s
	if to.Network != s.Dest.Network || to == s.Dest {
		return
	}
	st.dirty()
	s.Dest = to
	if s.In.Method != "" && s.In.Reply.Network == to.Network {
		s.In.Reply = to
	}
}

// sendInfo sends INFO, one request at a time.
func (st *step) sendInfo(c Info) {
	s := st.s
	if s.Phase != PhaseConfirmed || s.Request.Method != "" || len(c.Body) > MaxHeaderValue {
		st.emit(InfoDone{Code: 491})
		return
	}
	s.Request = ClientTx{Method: "INFO", Type: clean(c.ContentType, MaxName), Body: c.Body}
	st.sendRequest()
}

// transportError: what waits for a response gets none.
func (st *step) transportError() {
	s := st.s
	if s.Request.Method != "" {
		info := s.Request.Method == "INFO"
		st.clearRequest()
		if info {
			st.emit(InfoDone{Code: 503})
		}
	}
	switch {
	case s.inviteOpen() && s.established(): // as a 503: the dialog itself stays (14.1)
		st.dirty()
		refresh := s.Invite.Flags&TxRefresh != 0
		s.Invite = ClientTx{}
		s.Offer = OfferAnswered
		st.disarm(TimerInviteResend, TimerInviteTimeout)
		if s.Phase < PhaseEnding {
			st.emit(ReinviteFailed{Code: 503, Refresh: refresh})
		}
	case s.inviteOpen():
		st.inviteTimeout(503)
		return
	case s.unanswered():
		st.dirty()
		s.In = ServerTx{}
		st.over(Ended{By: ByTransport, Code: 503})
	case s.Phase >= PhaseEnding && s.ackOwed():
		st.dirty()
		s.In = ServerTx{}
		s.HangUpWanted = false
		st.disarm(TimerResponseResend, TimerAckTimeout)
	}
	st.settle()
}
