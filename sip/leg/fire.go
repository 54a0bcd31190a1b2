package leg

// Fire handles a timer. A fire with an old seq, or of a timer cancelled meanwhile, does nothing.
func (s *State) Fire(n TimerName, seq uint64, nowMs int64) Output {
	st := &step{s: s, now: nowMs}
	if n == TimerNone || n >= timerCount || !s.vol.armed[n] || s.vol.seq[n] != seq {
		return st.out
	}
	s.vol.armed[n] = false
	switch n {
	case TimerInviteResend:
		if s.inviteOpen() && s.Invite.Code == 0 {
			st.send(s.Dest, "INVITE", s.buildInvite(&s.Invite))
			st.again(n, 0)
		}
	case TimerInviteTimeout:
		st.inviteTimeout(408)
	case TimerRequestResend:
		if s.Request.Method != "" {
			st.send(s.Dest, s.Request.Method, s.buildRequest(&s.Request))
			st.again(n, T2)
		}
	case TimerRequestTimeout:
		st.requestTimeout()
	case TimerResponseResend:
		if s.ackOwed() {
			st.respond()
			st.again(n, T2)
		}
	case TimerAckTimeout:
		st.ackTimeout()
	case TimerProvisional:
		if s.unanswered() {
			st.repeatProvisional()
		}
	case TimerRetry:
		st.retry()
	case TimerSession:
		st.sessionDue()
	case TimerLinger:
		st.release()
	}
	return st.out
}

func (st *step) repeatProvisional() {
	s := st.s
	if s.InCode > 100 {
		st.respond()
	} else {
		st.send(s.In.Reply, "100", s.buildProvisionalOrFinal(100))
	}
	st.arm(TimerProvisional, st.now+ProvisionalRepeatMs)
}

// requestTimeout is timer F. A BYE nobody answers ends all the same; a CANCEL leaves its INVITE to time out.
func (st *step) requestTimeout() {
	s := st.s
	if s.Request.Method == "" {
		return
	}
	method := s.Request.Method
	st.clearRequest()
	if method == "INFO" {
		st.emit(InfoDone{Code: 408})
		st.bye("")
		st.over(Ended{By: ByTimeout, Code: 408})
	}
	st.settle()
}
