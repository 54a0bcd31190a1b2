package b2bua_test

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/sip/leg"
)

// peer is the far end of one leg: the caller, or an agent's phone. It knows a dialog as a user agent does.
type peer struct {
	uri    string
	dest   leg.Dest
	rtp    string // host:port
	caller bool
	callID string
	tag    string // theirs
	ourTag string
	cseq   uint32
	branch int
	ours   map[string]sip.Message // our last request or response by method or CSeq method
	vias   map[string]string      // branch of their last request by method
	last   string                 // what they sent last
}

func newPeer(n int, user string) *peer {
	host := fmt.Sprintf("198.51.100.%d", 10+n)
	return &peer{
		uri:  "sip:" + user + "@" + host + ":5060",
		dest: leg.Dest{Network: leg.NetworkUDP, Addr: netip.MustParseAddrPort(host + ":5060")},
		rtp:  host + ":40000", tag: "tag-" + user, ours: map[string]sip.Message{}, vias: map[string]string{},
	}
}

func newCaller() *peer {
	p := newPeer(0, "caller")
	p.caller, p.callID, p.cseq = true, "call-1@caller", 100
	return p
}

func newPhone(n int) *peer { return newPeer(n, "phone") }

func parse(tb tester, text string) sip.Message {
	m, err := sip.ParseMessage([]byte(text))
	require.NoError(tb, err, text)
	return m
}

// hears takes a message of ours.
func (p *peer) hears(tb tester, s leg.Send) {
	m := parse(tb, string(s.Data))
	p.callID = m.CallID().Value()
	switch m := m.(type) {
	case *sip.Request:
		p.ours[string(m.Method)] = m
		if tag, ok := m.From().Params.Get("tag"); ok {
			p.ourTag = tag
		}
	case *sip.Response:
		p.ours["response"] = m
		if tag, ok := m.To().Params.Get("tag"); ok && m.StatusCode > 100 {
			p.ourTag = tag
		}
	}
}

// request is one of theirs in the dialog; ACK and CANCEL take the INVITE's number, CANCEL its branch too.
func (p *peer) request(method, sdp, headers string) string {
	switch method {
	case "ACK", "CANCEL":
	default:
		p.cseq++
	}
	p.branch++
	branch := fmt.Sprintf("z9hG4bK-%s-%d", p.tag, p.branch)
	if method == "CANCEL" {
		branch = p.vias["INVITE"]
	}
	p.vias[method] = branch
	to := "<" + "sip:us@" + ourVia + ">"
	if p.ourTag != "" && method != "CANCEL" {
		to += ";tag=" + p.ourTag
	}
	p.last = fmt.Sprintf("%s sip:c@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nMax-Forwards: 70\r\n"+
		"From: <%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <%s>\r\n%s%s",
		method, ourVia, p.dest.Addr, branch, p.uri, p.tag, to, p.callID, p.cseq, method, p.uri, headers, withBody(sdp))
	return p.last
}

// info is a digit in the way of application/dtmf-relay.
func (p *peer) info(digit string) string {
	text := p.request("INFO", "Signal="+digit+"\r\nDuration=160\r\n", "")
	p.last = strings.Replace(text, "application/sdp", "application/dtmf-relay", 1)
	return p.last
}

func (p *peer) invite(tb tester, number, caller, sdp, headers string) *sip.Request {
	p.uri = "sip:" + strings.TrimPrefix(caller, "+") + "@" + p.dest.Addr.String()
	text := p.request("INVITE", sdp, headers)
	text = strings.Replace(text, "INVITE sip:c@"+ourVia, "INVITE sip:"+number+"@"+ourVia, 1)
	p.last = text
	return parse(tb, text).(*sip.Request)
}

// respond answers our last request of a method.
func (p *peer) respond(tb tester, code int, method, sdp, headers string) string {
	req, ok := p.ours[method].(*sip.Request)
	require.True(tb, ok, "there was no %s of ours", method)
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d Some Phrase\r\n", code)
	for _, h := range req.Headers() {
		switch h.Name() {
		case "Via", "From", "Call-ID", "CSeq":
			fmt.Fprintf(&b, "%s: %s\r\n", h.Name(), h.Value())
		case "To":
			to := h.Value()
			if !strings.Contains(to, "tag=") && code > 100 {
				to += ";tag=" + p.tag
			}
			fmt.Fprintf(&b, "To: %s\r\n", to)
		}
	}
	if code < 300 {
		fmt.Fprintf(&b, "Contact: <%s>\r\n", p.uri)
	}
	p.last = b.String() + headers + withBody(sdp)
	return p.last
}

func withBody(sdp string) string {
	if sdp == "" {
		return "Content-Length: 0\r\n\r\n"
	}
	return fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(sdp), sdp)
}

// body is a description by its name in the stories: codecs, then a direction, joined by "/".
func body(name, rtp string) string {
	if name == "" || name == "none" {
		return ""
	}
	if name == "bad" {
		return "this is no description\r\n"
	}
	host, port, _ := strings.Cut(rtp, ":")
	kinds, dir, _ := strings.Cut(name, "/")
	var pts []string
	for c := range strings.SplitSeq(kinds, "+") {
		pts = append(pts, map[string]string{"pcmu": "0", "pcma": "8", "g722": "9"}[c])
	}
	s := "v=0\r\no=- 7 7 IN IP4 " + host + "\r\ns=-\r\nc=IN IP4 " + host + "\r\nt=0 0\r\nm=audio " + port +
		" RTP/AVP " + strings.Join(pts, " ") + " 101\r\na=rtpmap:101 telephone-event/8000\r\n"
	if dir != "" {
		s += "a=" + dir + "\r\n"
	}
	return s
}
