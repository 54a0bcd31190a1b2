package leg

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Receive takes a message that belongs to this leg by its Call-ID. Retransmissions are recognised
// and get the same answer again.
func (s *State) Receive(msg sip.Message, src Dest, nowMs int64) Output {
	st := &step{s: s, now: nowMs}
	if s.Phase == PhaseNone || s.Phase == PhaseReleased {
		return st.out
	}
	switch m := msg.(type) {
	case *sip.Request:
		st.request(m, src)
	case *sip.Response:
		st.response(m, src)
	}
	return st.out
}

func (st *step) request(m *sip.Request, src Dest) {
	s := st.s
	c := m.CSeq()
	if c == nil || m.Via() == nil || string(c.MethodName) != string(m.Method) {
		if m.Method != sip.ACK && m.Via() != nil {
			st.reply(m, src, 400, "")
		}
		return
	}
	switch m.Method {
	case sip.ACK:
		st.ack(m)
		return
	case sip.CANCEL:
		st.cancel(m, src)
		return
	}
	if st.repeated(m, src) {
		return
	}
	switch {
	case !s.inDialog(m):
		st.reply(m, src, 481, "")
	case c.SeqNo < s.RemoteCSeq: // 12.2.2
		st.reply(m, src, 500, "")
	default:
		st.inDialog(m, src)
	}
}

// inDialog checks the tags. Before our INVITE is answered any tag of theirs may be the dialog's.
func (s *State) inDialog(m *sip.Request) bool {
	if toTag(m) != s.LocalTag {
		return false
	}
	return !s.established() || fromTag(m) == s.RemoteTag
}

// repeated answers a retransmission as before.
func (st *step) repeated(m *sip.Request, src Dest) bool {
	s := st.s
	cseq, branch := m.CSeq().SeqNo, branchOf(m)
	if s.In.Method == string(m.Method) && s.In.CSeq == cseq && s.In.Branch == branch {
		switch {
		case s.InCode != 0:
			st.respond()
		case m.Method == sip.INVITE:
			st.send(s.In.Reply, "100", s.buildProvisionalOrFinal(100))
		}
		return true
	}
	l := &s.Last
	if l.IsRepeatedBy(m) {
		var body []byte
		if l.SDP {
			body = s.LocalSDP
		}
		code := int(l.Code)
		st.send(repliedTo(m, src), strconv.Itoa(code), s.buildReply(m, src, code, st.extraFor(m, code), body))
		return true
	}
	// An INVITE already answered and acknowledged, late on the wire (RFC 6026). One that came by another way as well
	// (8.2.2.2) is refused by the endpoint, which keeps the branch.
	return m.Method == sip.INVITE && cseq == s.RemoteCSeq && cseq != 0
}

// remember notes how a request was answered, for its retransmissions.
func (st *step) remember(m *sip.Request, code int) {
	s := st.s
	st.dirty()
	s.RemoteCSeq = max(s.RemoteCSeq, m.CSeq().SeqNo)
	s.Last = LastRequest{
		Method: clean(string(m.Method), 32), CSeq: m.CSeq().SeqNo, Branch: branchOf(m), Code: uint16(code),
	}
}

// conclude answers a request at once.
func (st *step) conclude(m *sip.Request, src Dest, code int) {
	st.remember(m, code)
	st.reply(m, src, code, st.extraFor(m, code))
}

// extraFor gives the header lines a code calls for.
func (st *step) extraFor(m *sip.Request, code int) string {
	s := st.s
	switch {
	case code == 405 || code == 501:
		return "Allow: " + allowed + "\r\n"
	case code == 415 && m.Method == sip.INFO:
		return "Accept: " + typeDTMFRelay + ", " + typeDTMF + "\r\n"
	case code == 420:
		return "Unsupported: " + unsupported(m) + "\r\n"
	case code == 200 && m.Method == sip.OPTIONS:
		return "Allow: " + allowed + "\r\nAccept: " + typeSDP + "\r\nSupported: timer\r\n"
	case code == 200 && m.Method == sip.UPDATE:
		b := s.appendContact(nil)
		if s.SessionS != 0 {
			b = s.appendSessionAgreed(b)
		}
		return string(b)
	}
	return ""
}

// inDialog handles a new request of the far end within the dialog.
func (st *step) inDialog(m *sip.Request, src Dest) {
	s := st.s
	if m.Method != sip.BYE && s.Phase >= PhaseEnding {
		st.conclude(m, src, 481)
		return
	}
	if m.Method != sip.INVITE && unsupported(m) != "" {
		st.conclude(m, src, 420)
		return
	}
	switch m.Method {
	case sip.INVITE:
		st.offered(m, src)
	case sip.BYE:
		st.byeReceived(m, src)
	case sip.OPTIONS:
		st.conclude(m, src, 200)
	case sip.INFO:
		st.info(m, src)
	case sip.UPDATE:
		st.update(m, src)
	case sip.REFER, sip.MESSAGE, sip.NOTIFY, sip.SUBSCRIBE, sip.PRACK, sip.PUBLISH, sip.REGISTER:
		st.conclude(m, src, 405)
	default:
		st.conclude(m, src, 501)
	}
}

// byeReceived ends the leg; what was pending in either direction is over with it.
func (st *step) byeReceived(m *sip.Request, src Dest) {
	s := st.s
	st.conclude(m, src, 200)
	if s.In.Method != "" {
		if s.InCode < 200 {
			st.final(487, "", "")
		} else if s.InCode < 300 { // a BYE is as good as the ACK
			s.In = ServerTx{}
			st.disarm(TimerResponseResend, TimerAckTimeout)
		}
	}
	s.HangUpWanted = false
	switch {
	case s.established() && s.Invite.Method != "": // our re-INVITE dies with the dialog
		s.Invite = ClientTx{}
		st.disarm(TimerInviteResend, TimerInviteTimeout)
	case s.inviteOpen() && s.Invite.Flags&TxCancel == 0: // the BYE overtook a 2xx, or is a mistake
		s.Invite.Flags |= TxCancel
		if s.Invite.Code >= 100 {
			st.sendCancel()
		}
	}
	if s.Request.Method == "INFO" {
		st.clearRequest()
	}
	st.over(Ended{By: ByRemote, Code: 200, Reason: reasonOf(m)})
	st.settle()
}

// update handles UPDATE (RFC 3311): without SDP a session refresh, with SDP an offer as in a re-INVITE.
func (st *step) update(m *sip.Request, src Dest) {
	s := st.s
	if code, extra := unacceptable(m); code != 0 {
		st.remember(m, code)
		st.reply(m, src, code, extra)
		return
	}
	if sdpOf(m) != nil {
		st.offered(m, src)
		return
	}
	st.dirty()
	if c := contactOf(m); c != "" && s.Phase == PhaseConfirmed {
		s.RemoteTarget = c
		s.Dest = aim(s.RouteSet, s.RemoteTarget, st.heard(src), s.Symmetric)
	}
	if ask := sessionAsk(m); ask.ExpiresS != 0 && s.Phase == PhaseConfirmed {
		st.agreeAsServer(ask)
	}
	st.conclude(m, src, 200)
}

const (
	typeDTMFRelay = "application/dtmf-relay"
	typeDTMF      = "application/dtmf"
)

// info handles INFO: DTMF, or an empty keep-alive.
func (st *step) info(m *sip.Request, src Dest) {
	body := m.Body()
	if len(body) == 0 {
		st.conclude(m, src, 200)
		return
	}
	var d DTMF
	var ok bool
	switch t := head(contentType(m)); {
	case strings.EqualFold(t, typeDTMFRelay):
		d, ok = parseRelay(string(body))
	case strings.EqualFold(t, typeDTMF):
		d, ok = parseDigit(strings.TrimSpace(string(body)))
	default:
		st.conclude(m, src, 415)
		return
	}
	if !ok {
		st.conclude(m, src, 400)
		return
	}
	st.conclude(m, src, 200)
	st.emit(d)
}

// Durations of a digit by INFO, in ms: what is assumed when none is told, and the longest believed.
const (
	dtmfDefaultMs = 160
	dtmfMaxMs     = 10_000
)

func parseRelay(body string) (DTMF, bool) {
	if len(body) > 256 {
		return DTMF{}, false
	}
	var d DTMF
	ok := false
	ms := int64(dtmfDefaultMs)
	for line := range strings.Lines(body) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch v = strings.TrimSpace(v); strings.ToLower(strings.TrimSpace(k)) {
		case "signal":
			d, ok = parseDigit(v)
		case "duration":
			if n := seconds(v, dtmfMaxMs); n > 0 {
				ms = int64(n)
			}
		}
	}
	d.DurationMs = ms
	return d, ok
}

// parseDigit reads one digit; some phones send 10 and 11 for * and #.
func parseDigit(v string) (DTMF, bool) {
	d := DTMF{DurationMs: dtmfDefaultMs}
	switch v {
	case "10":
		v = "*"
	case "11":
		v = "#"
	}
	if len(v) != 1 {
		return d, false
	}
	c := v[0]
	if c >= 'a' && c <= 'd' {
		c -= 0x20
	}
	d.Digit = c
	return d, c >= '0' && c <= '9' || c == '*' || c == '#' || c >= 'A' && c <= 'D'
}
