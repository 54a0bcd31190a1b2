package leg

import "strconv"

// Session timers (RFC 4028). Refreshes go by re-INVITE with the unchanged SDP: phones refuse UPDATE.

// sessionGraceMs: the side that waits gives up this long before the end (RFC 4028 section 10).
const sessionGraceMs = 32_000

// sessionBusyMs: a refresh due while another INVITE is open waits this long.
const sessionBusyMs = 5_000

// appendSessionOffer writes the wish of an INVITE of ours.
func (s *State) appendSessionOffer(b []byte) []byte {
	want := s.SessionWishS
	if s.SessionS != 0 {
		want = s.SessionS
	}
	if want == 0 {
		return b
	}
	b = append(b, "Session-Expires: "...)
	b = strconv.AppendUint(b, uint64(max(want, s.SessionMinS)), 10)
	switch s.Refresher { // in our request we are the uac
	case RefresherUs:
		b = append(b, ";refresher=uac"...)
	case RefresherThem:
		b = append(b, ";refresher=uas"...)
	}
	b = append(b, "\r\nMin-SE: "...)
	b = strconv.AppendUint(b, uint64(max(MinSE, s.SessionMinS)), 10)
	return append(b, "\r\n"...)
}

// appendSessionAnswer writes what was agreed into our 2xx.
func (s *State) appendSessionAnswer(b []byte) []byte {
	if s.SessionS == 0 {
		return b
	}
	return s.appendSessionAgreed(b)
}

func (s *State) appendSessionAgreed(b []byte) []byte {
	if s.Refresher == RefresherThem {
		b = append(b, "Require: timer\r\n"...)
	}
	b = append(b, "Session-Expires: "...)
	b = strconv.AppendUint(b, uint64(s.SessionS), 10)
	if s.Refresher == RefresherThem {
		return append(b, ";refresher=uac\r\n"...)
	}
	return append(b, ";refresher=uas\r\n"...)
}

// agreeAsServer settles interval and refresher for a request of theirs we accept.
func (st *step) agreeAsServer(ask SessionAsk) {
	s := st.s
	expires := ask.ExpiresS
	if expires == 0 && ask.Supported {
		expires = s.SessionWishS
	}
	s.SessionS = expires
	switch {
	case expires == 0:
		s.Refresher = RefresherNone
	case ask.ExpiresS == 0, ask.Refresher == "uas", ask.Refresher == "" && !ask.Supported:
		s.Refresher = RefresherUs
	default:
		s.Refresher = RefresherThem
	}
	st.restartSession()
}

// agreeAsClient settles them from a 2xx to our INVITE.
func (st *step) agreeAsClient(ask SessionAsk) {
	s := st.s
	s.SessionS = ask.ExpiresS
	switch {
	case ask.ExpiresS == 0:
		s.Refresher = RefresherNone
	case ask.Refresher == "uas":
		s.Refresher = RefresherThem
	default:
		s.Refresher = RefresherUs
	}
	st.restartSession()
}

// restartSession counts the agreed interval anew.
func (st *step) restartSession() {
	s := st.s
	st.dirty()
	interval := int64(s.SessionS) * 1000
	switch s.Refresher {
	case RefresherUs:
		s.SessionAtMs = st.now + interval/2
	case RefresherThem:
		s.SessionAtMs = st.now + interval - min(sessionGraceMs, interval/3)
	default:
		s.SessionAtMs = 0
		st.disarm(TimerSession)
		return
	}
	st.arm(TimerSession, s.SessionAtMs)
}

// sessionDue refreshes the session, or ends it when the far end did not.
func (st *step) sessionDue() {
	s := st.s
	if s.Phase != PhaseAnswered && s.Phase != PhaseConfirmed {
		return
	}
	if s.Refresher == RefresherThem {
		st.bye("SIP;cause=408;text=\"Session timer expired\"")
		st.over(Ended{By: ByExpired, Code: 408})
		return
	}
	st.dirty()
	if s.Phase != PhaseConfirmed || s.inviteOpen() || s.In.Method != "" {
		s.SessionAtMs = st.now + sessionBusyMs
		st.arm(TimerSession, s.SessionAtMs)
		return
	}
	// Until the 2xx restarts it: a refused refresh is tried again before the interval ends.
	s.SessionAtMs = st.now + int64(s.SessionS)*1000/4
	st.arm(TimerSession, s.SessionAtMs)
	s.Invite = ClientTx{Method: "INVITE", Flags: TxRefresh}
	if v := s.SDPVersion; v != 0 && originVersion(s.LocalSDP) != v {
		s.Invite.Body = s.stampSDP(s.LocalSDP, false) // an offer since was refused
	}
	st.sendInvite(1)
}
