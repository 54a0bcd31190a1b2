package leg

// step is one input being worked on.
type step struct {
	s   *State
	now int64
	out Output
}

// dirty notes that the durable state changes in this step.
func (st *step) dirty() { st.out.Changed = true }

func (st *step) emit(e Event) { st.out.Events = append(st.out.Events, e) }

func (st *step) send(to Dest, what string, data []byte) {
	switch {
	case what[0] >= '1' && what[0] <= '6':
		if s := st.s; to == s.In.Reply && len(s.In.Vias) > 0 {
			to = orSentBy(to, s.In.Vias[0])
		}
	case st.s.established():
		to = orHop(to, st.s.RouteSet, st.s.RemoteTarget, st.s.Symmetric)
	}
	st.out.Send = append(st.out.Send, Send{To: to, Data: data, What: what})
}

func (st *step) arm(n TimerName, atMs int64) {
	v := &st.s.vol
	v.seq[n]++
	v.armed[n] = true
	st.out.Timers = append(st.out.Timers, Timer{Name: n, Seq: v.seq[n], AtMs: atMs})
}

func (st *step) disarm(names ...TimerName) {
	v := &st.s.vol
	for _, n := range names {
		if v.armed[n] {
			v.armed[n] = false
			st.out.Timers = append(st.out.Timers, Timer{Name: n, Seq: v.seq[n], Cancel: true})
		}
	}
}

// backoff arms a retransmission timer with its first interval.
func (st *step) backoff(n TimerName, first int64) {
	st.s.vol.interval[n] = first
	st.arm(n, st.now+first)
}

// again doubles the interval of a retransmission timer, up to limit (0 = none).
func (st *step) again(n TimerName, limit int64) {
	iv := st.s.vol.interval[n] * 2
	if limit > 0 && iv > limit {
		iv = limit
	}
	st.backoff(n, iv)
}

// over ends the leg for the call; e is the one terminal event and comes only once.
func (st *step) over(e Event) {
	if st.s.Phase >= PhaseEnding {
		return
	}
	st.dirty()
	st.s.Phase = PhaseEnding
	st.disarm(TimerProvisional, TimerRetry, TimerSession)
	st.emit(e)
}

// inviteOpen: an INVITE of ours is out, no final response yet.
func (s *State) inviteOpen() bool {
	return s.Invite.Method != "" && s.Invite.Code < 300 && s.Invite.RetryMs == 0
}

// ackOwed: a final response of ours to an INVITE waits for its ACK.
func (s *State) ackOwed() bool { return s.In.Method == "INVITE" && s.InCode >= 200 }

// settle moves a finished leg on: PhaseEnded once no transaction is open, Released when nothing can repeat.
func (st *step) settle() {
	s := st.s
	if s.Phase != PhaseEnding || s.inviteOpen() || s.Request.Method != "" || s.ackOwed() || s.HangUpWanted {
		return
	}
	st.dirty()
	s.Phase = PhaseEnded
	s.EndedAtMs = st.now
	if s.Dest.Reliable() {
		st.release()
		return
	}
	st.arm(TimerLinger, s.EndedAtMs+s.lingerMs())
}

// lingerMs is how long an ended leg must still answer repetitions: timers D and J, else I and K.
func (s *State) lingerMs() int64 {
	if s.Last.Method == "BYE" || s.Invite.Code >= 300 {
		return TransactionTimeoutMs
	}
	return T4
}

func (st *step) release() {
	if st.s.Phase == PhaseReleased {
		return
	}
	st.dirty()
	st.s.Phase = PhaseReleased
	for n := TimerNone + 1; n < timerCount; n++ {
		st.disarm(n)
	}
	st.emit(Released{})
}
