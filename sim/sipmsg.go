package sim

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// sipMsg is what a phone reads of a message of the engine.
type sipMsg struct {
	method   string // of a request
	code     int    // of a response
	vias     []string
	branch   string
	from, to string
	callID   string
	cseq     uint32
	cmethod  string
	contact  string
	offer    string
	tenant   string
	auto     bool // asks the phone to answer by itself
	raw      []byte
}

// readMsg reads the headers a phone looks at; the engine writes them in one spelling.
func readMsg(data []byte) *sipMsg {
	m := &sipMsg{raw: data}
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	first, rest, _ := strings.Cut(string(head), "\r\n")
	if code, ok := strings.CutPrefix(first, "SIP/2.0 "); ok {
		m.code, _ = strconv.Atoi(code[:3])
	} else {
		m.method, _, _ = strings.Cut(first, " ")
	}
	for rest != "" {
		var l string
		l, rest, _ = strings.Cut(rest, "\r\n")
		name, value, _ := strings.Cut(l, ": ")
		switch name {
		case "Via":
			m.vias = append(m.vias, value)
		case "From":
			m.from = value
		case "To":
			m.to = value
		case "Call-ID":
			m.callID = value
		case "CSeq":
			n, method, _ := strings.Cut(value, " ")
			v, _ := strconv.ParseUint(n, 10, 32)
			m.cseq, m.cmethod = uint32(v), method
		case "Contact":
			m.contact = strings.Trim(value, "<>")
		case "X-Wirechief-Offer":
			m.offer = value
		case "Call-Info":
			m.auto = strings.Contains(value, "answer-after=0")
		case "X-Wirechief-Tenant":
			m.tenant = value
		}
	}
	if len(m.vias) > 0 {
		m.branch = param(m.vias[0], "branch")
	}
	return m
}

func param(value, name string) string {
	_, tail, ok := strings.Cut(value, ";"+name+"=")
	if !ok {
		return ""
	}
	v, _, _ := strings.Cut(tail, ";")
	return v
}

// hostOf is host and port of a SIP URI.
func hostOf(uri string) string {
	_, host, ok := strings.Cut(uri, "@")
	if !ok {
		host = strings.TrimPrefix(uri, "sip:")
	}
	host, _, _ = strings.Cut(host, ";")
	return strings.TrimSuffix(host, ">")
}

// answerTo builds a response to a request as a user agent does.
func answerTo(m *sipMsg, code int, tag, contact, sdp string) string {
	var b strings.Builder
	b.Grow(512 + len(sdp))
	b.WriteString("SIP/2.0 " + strconv.Itoa(code) + " Phrase\r\n")
	for _, v := range m.vias {
		b.WriteString("Via: " + v + "\r\n")
	}
	b.WriteString("From: " + m.from + "\r\nTo: " + m.to)
	if tag != "" && code > 100 && !strings.Contains(m.to, ";tag=") {
		b.WriteString(";tag=" + tag)
	}
	b.WriteString("\r\nCall-ID: " + m.callID + "\r\nCSeq: " + strconv.Itoa(int(m.cseq)) + " " + m.cmethod + "\r\n")
	if contact != "" && code < 300 {
		b.WriteString("Contact: <" + contact + ">\r\n")
	}
	b.WriteString(withBody(sdp))
	return b.String()
}

func withBody(sdp string) string {
	if sdp == "" {
		return "Content-Length: 0\r\n\r\n"
	}
	return "Content-Type: application/sdp\r\nContent-Length: " + strconv.Itoa(len(sdp)) + "\r\n\r\n" + sdp
}

// sdpOf is a description of G.711 at a port.
func sdpOf(host string, port int, version int, direction string) string {
	return fmt.Sprintf("v=0\r\no=- 7 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0 8 101\r\n"+
		"a=rtpmap:101 telephone-event/8000\r\na=%s\r\n", version, host, host, port, direction)
}
