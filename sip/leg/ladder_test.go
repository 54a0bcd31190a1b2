package leg

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// ladder plays the far end, the clock and the shell for one leg, and checks after every step what
// must hold whatever the script: what is sent parses, Changed tells the truth, records round-trip,
// the terminal event comes once.
type ladder struct {
	t      rapid.TB
	s      *State
	now    int64
	timers [timerCount]Timer
	armed  [timerCount]bool

	peer     Dest
	peerTag  string
	callID   string
	invite   string // branch of their last INVITE
	branches []string
	sent     [][]byte
	requests map[string]*sip.Request // our last request by method
	cseqs    [][2]string             // what request each CSeq number was
	version  int                     // highest o= version sent
	over     int
	released int
	secret   Credentials
}

var peerAddr = netip.MustParseAddrPort("192.0.2.10:5060")

func newLadder(t rapid.TB) *ladder {
	return &ladder{
		t: t, now: 1_000_000, peerTag: "peer", callID: "call-1@peer", requests: map[string]*sip.Request{},
		peer: Dest{Network: NetworkUDP, Addr: peerAddr},
	}
}

func testParams() Params {
	return Params{
		LocalTag: "ours", BranchSeed: 42, SessionID: 77, Contact: "sip:c-1@192.0.2.1:5060", Via: "192.0.2.1:5060",
		UserAgent: "Wirechief",
	}
}

func sdpNamed(name string) []byte {
	if name == "" || name == "none" {
		return nil
	}
	return []byte("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n" +
		"m=audio 4000 RTP/AVP 0\r\na=" + name + "\r\n")
}

// sdpName is the short form of a description: its mark and its o= line's numbers.
func sdpName(b []byte) string {
	if len(b) == 0 {
		return "none"
	}
	i := bytes.LastIndex(b, []byte("a="))
	f := bytes.Fields(b[bytes.Index(b, []byte("o=")):]) //nolint:gocritic // every description has one
	return fmt.Sprintf("%s/%s.%s", bytes.TrimSpace(b[i+2:]), f[1], f[2])
}

func (l *ladder) step(what func() Output) Output {
	before := l.s.Marshal(nil)
	old := l.s.Clone()
	out := what()
	l.check(before, old, out)
	return out
}

func (l *ladder) check(before []byte, old *State, out Output) {
	t := l.t
	after := l.s.Marshal(nil)
	require.True(t, out.Changed || bytes.Equal(before, after), "what changes must be journaled")
	var back State
	require.NoError(t, back.Unmarshal(after))
	require.Equal(t, after, back.Marshal(nil))
	moved := *old
	if d := Delta(old, l.s, nil); len(d) > 0 {
		require.NoError(t, moved.ApplyDelta(d))
	}
	require.Equal(t, after, moved.Marshal(nil))
	for _, tm := range out.Timers {
		l.timers[tm.Name], l.armed[tm.Name] = tm, !tm.Cancel
	}
	for _, e := range out.Events {
		switch e.(type) {
		case Cancelled, Failed, Ended:
			l.over++
		case Released:
			l.released++
		}
	}
	require.LessOrEqual(t, l.over, 1)
	require.LessOrEqual(t, l.released, l.over)
	require.Equal(t, l.over == 1, l.s.Phase >= PhaseEnding)
	require.Equal(t, l.released == 1, l.s.Phase == PhaseReleased)
	if l.released == 1 {
		require.Equal(t, [timerCount]bool{}, l.armed, "no timer outlives the leg")
	}
	for _, snd := range out.Send {
		l.checkSent(snd)
	}
}

func (l *ladder) checkSent(snd Send) {
	m, err := sip.ParseMessage(snd.Data)
	require.NoError(l.t, err, "%s", snd.Data)
	require.NotNil(l.t, m.Via())
	require.Equal(l.t, len(m.Body()), int(*m.ContentLength()))
	_, version, _ := strings.Cut(sdpName(sdpOf(m)), ".")
	v, _ := strconv.Atoi(version)
	if r, ok := m.(*sip.Request); ok {
		l.requests[string(r.Method)] = r
		l.checkRequest(r, v)
	}
	l.version = max(l.version, v)
}

// checkRequest: one CSeq number of a dialog is one request with one branch; numbers and o= versions
// only grow.
func (l *ladder) checkRequest(r *sip.Request, version int) {
	if r.Method == sip.ACK || r.Method == sip.CANCEL {
		return
	}
	key, branch := fmt.Sprint(r.CSeq().SeqNo, toTag(r)), branchOf(r)
	for _, s := range l.cseqs {
		if s[0] == key {
			require.Equal(l.t, s[1], branch, "CSeq %s used twice", key)
			return
		}
		require.NotEqual(l.t, s[1], branch, "branch used twice")
	}
	l.cseqs = append(l.cseqs, [2]string{key, branch})
	if r.Method == sip.INVITE {
		require.GreaterOrEqual(l.t, version, l.version, "o= version went back")
	}
}

func (l *ladder) request(method string, a args, extra string) *sip.Request {
	tag := a.str("totag", "ours")
	if l.s == nil || method == "CANCEL" {
		tag = a.str("totag", "")
	}
	branch := a.str("branch", "p"+a.str("cseq", "1")+method)
	switch method {
	case "INVITE":
		l.invite = branch
	case "CANCEL":
		branch = a.str("branch", l.invite)
	}
	via := fmt.Sprintf("Via: SIP/2.0/%s 192.0.2.10:5060;branch=%s%s\r\n",
		viaName(l.peer.Network), branch, a.str("via", ";rport"))
	var b strings.Builder
	fmt.Fprintf(&b, "%s sip:c-1@192.0.2.1:5060 SIP/2.0\r\n%s", method, via)
	from := a.str("from", "\"Alice\" <sip:alice@peer.example>")
	fmt.Fprintf(&b, "From: %s;tag=%s\r\n", from, a.str("fromtag", l.peerTag))
	b.WriteString("To: <sip:100@wirechief.example>")
	if tag != "" {
		b.WriteString(";tag=" + tag)
	}
	fmt.Fprintf(&b, "\r\nCall-ID: %s\r\nCSeq: %s %s\r\nMax-Forwards: 70\r\n", l.callID, a.str("cseq", "1"), method)
	if method == "INVITE" || method == "UPDATE" {
		fmt.Fprintf(&b, "Contact: <%s>\r\n", a.str("contact", "sip:alice@192.0.2.10:5060"))
	}
	b.WriteString(extra)
	l.body(&b, a)
	return l.parse(b.String()).(*sip.Request)
}

func (l *ladder) body(b *strings.Builder, a args) {
	body, ctype := string(sdpNamed(a.str("sdp", ""))), typeSDP
	if d := a.str("dtmf", ""); d != "" {
		body, ctype = "Signal="+d+"\r\nDuration=100\r\n", typeDTMFRelay
	}
	if c := a.str("type", ""); c != "" {
		body, ctype = "body", c
	}
	if body != "" {
		fmt.Fprintf(b, "Content-Type: %s\r\n", ctype)
	}
	fmt.Fprintf(b, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

// respond builds their response to our last request of a method.
func (l *ladder) respond(code int, a args, extra string) *sip.Response {
	method := a.str("to", "INVITE")
	req := l.requests[method]
	require.NotNil(l.t, req, "no %s was sent", method)
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", code, Phrase(code))
	fmt.Fprintf(&b, "%s\r\n%s\r\n", req.Via().String(), req.From().String())
	to := req.To().String()
	if code > 100 && !strings.Contains(to, ";tag=") {
		to += ";tag=" + a.str("totag", l.peerTag)
	}
	fmt.Fprintf(&b, "%s\r\n%s\r\n%s\r\n", to, req.CallID().String(), req.CSeq().String())
	if code > 100 && code < 300 && method == "INVITE" {
		fmt.Fprintf(&b, "Contact: <%s>\r\n", a.str("contact", "sip:bob@192.0.2.10:5060"))
	}
	b.WriteString(extra)
	l.body(&b, a)
	return l.parse(b.String()).(*sip.Response)
}

func (l *ladder) parse(text string) sip.Message {
	m, err := sip.ParseMessage([]byte(text))
	require.NoError(l.t, err, "%s", text)
	return m
}

// due fires the timers that are due until the given time, in order, and collects what they give.
func (l *ladder) due(until int64, each func(TimerName, Output)) {
	for {
		next := TimerNone
		for n := TimerNone + 1; n < timerCount; n++ {
			if l.armed[n] && l.timers[n].AtMs <= until && (next == TimerNone || l.timers[n].AtMs < l.timers[next].AtMs) {
				next = n
			}
		}
		if next == TimerNone {
			l.now = max(l.now, until)
			return
		}
		l.now = max(l.now, l.timers[next].AtMs)
		l.armed[next] = false
		each(next, l.step(func() Output { return l.s.Fire(next, l.timers[next].Seq, l.now) }))
	}
}

// branch gives branches short names in the order they are first seen.
func (l *ladder) branch(b string) string {
	if !strings.HasPrefix(b, branchCookie) {
		return b
	}
	for i, known := range l.branches {
		if known == b {
			return "b" + strconv.Itoa(i+1)
		}
	}
	l.branches = append(l.branches, b)
	return "b" + strconv.Itoa(len(l.branches))
}

type args map[string]string

func (a args) str(k, def string) string {
	if v, ok := a[k]; ok {
		return v
	}
	return def
}
