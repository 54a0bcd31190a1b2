package leg

// Resume continues a leg from its State after a restart, at the same address: timers are armed again
// and the pending transaction of each direction is repeated, the same bytes. It never begins one.
// Deadlines that were absolute stay; transaction timeouts count from now.
func (s *State) Resume(nowMs int64) Output {
	st := &step{s: s, now: nowMs}
	s.vol.armed = [timerCount]bool{}
	if s.Phase == PhaseNone || s.Phase == PhaseReleased {
		return st.out
	}
	if s.Phase == PhaseEnded {
		st.arm(TimerLinger, max(nowMs, s.EndedAtMs+s.lingerMs()))
		return st.out
	}
	st.resumeClient()
	switch {
	case s.ackOwed():
		st.respond()
		if s.InCode < 300 || !s.In.Reply.Reliable() {
			st.backoff(TimerResponseResend, T1)
		}
		st.arm(TimerAckTimeout, nowMs+TransactionTimeoutMs)
	case s.unanswered():
		st.repeatProvisional()
	}
	if s.SessionAtMs != 0 && s.Phase < PhaseEnding {
		st.arm(TimerSession, max(nowMs, s.SessionAtMs))
	}
	return st.out
}

func (st *step) resumeClient() {
	s := st.s
	switch {
	case s.Invite.RetryMs != 0:
		st.arm(TimerRetry, max(st.now, s.Invite.RetryMs))
	case !s.inviteOpen():
	case s.Invite.Code == 0:
		st.send(s.Dest, "INVITE", s.buildInvite(&s.Invite))
		st.armInvite()
	case s.established() || s.Invite.Flags&TxCancel != 0:
		st.arm(TimerInviteTimeout, st.now+s.Invite.timeoutMs())
	}
	if s.Request.Method != "" {
		st.send(s.Dest, s.Request.Method, s.buildRequest(&s.Request))
		st.armRequest()
	}
}
