package e2e

import (
	"fmt"
	"strconv"
	"strings"
)

// message is a SIP message as our user agents read it; written apart from the engine's parser, so that both cannot
// share a mistake.
type message struct {
	method, uri string // of a request
	code        int    // of a response
	headers     [][2]string
	body        string
}

// parse cuts one message; nil when it is none. rest is what follows it in a stream.
func parse(data string) (m *message, rest string, whole bool) {
	head, after, ok := strings.Cut(data, "\r\n\r\n")
	if !ok {
		return nil, data, false
	}
	lines := strings.Split(head, "\r\n")
	m = &message{}
	if f := strings.SplitN(lines[0], " ", 3); len(f) == 3 && f[0] == "SIP/2.0" {
		m.code, _ = strconv.Atoi(f[1])
	} else if len(f) == 3 {
		m.method, m.uri = f[0], f[1]
	}
	for _, l := range lines[1:] {
		name, value, _ := strings.Cut(l, ":")
		m.headers = append(m.headers, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	n, _ := strconv.Atoi(m.get("Content-Length"))
	if len(after) < n {
		return nil, data, false
	}
	m.body = after[:n]
	return m, after[n:], true
}

// get is the first value of a header.
func (m *message) get(name string) string {
	for _, h := range m.headers {
		if strings.EqualFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

// cseq is the number and method of CSeq.
func (m *message) cseq() (int, string) {
	n, method, _ := strings.Cut(m.get("CSeq"), " ")
	i, _ := strconv.Atoi(n)
	return i, method
}

// tag of a From or To value.
func tag(v string) string { return param(v, "tag") }

// param of a header value; without its quotes.
func param(v, name string) string {
	for _, p := range strings.FieldsFunc(v, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
		if k, x, ok := strings.Cut(p, "="); ok && strings.EqualFold(k, name) {
			return strings.Trim(x, `"`)
		}
	}
	return ""
}

// inAngles is the URI of a name-addr.
func inAngles(v string) string {
	if _, after, ok := strings.Cut(v, "<"); ok {
		uri, _, _ := strings.Cut(after, ">")
		return uri
	}
	uri, _, _ := strings.Cut(v, ";")
	return uri
}

// String writes the message; Content-Length is added.
func (m *message) String() string {
	var b strings.Builder
	if m.method != "" {
		fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", m.method, m.uri)
	} else {
		fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", m.code, phrases[m.code])
	}
	for _, h := range m.headers {
		if strings.EqualFold(h[0], "Content-Length") {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if m.body != "" && m.get("Content-Type") == "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(m.body), m.body)
	return b.String()
}

func (m *message) add(name, value string) { m.headers = append(m.headers, [2]string{name, value}) }

var phrases = map[int]string{
	180: "Ringing", 200: "OK", 480: "Temporarily Unavailable", 481: "Gone", 486: "Busy Here", 487: "Request Terminated",
	603: "Decline",
}

// respond begins a response to a request.
func (m *message) respond(code int, toTag string) *message {
	r := &message{code: code}
	for _, h := range m.headers {
		switch strings.ToLower(h[0]) {
		case "via", "from", "call-id", "cseq", "record-route":
			r.add(h[0], h[1])
		case "to":
			if toTag != "" && tag(h[1]) == "" {
				h[1] += ";tag=" + toTag
			}
			r.add(h[0], h[1])
		}
	}
	return r
}
