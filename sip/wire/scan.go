package wire

import (
	"bytes"
	"strings"
)

// Raw is a scanned message: lines, not yet meaning. Even with a Fault it holds what could be read, so that a
// refusal can echo Via, From, To, Call-ID and CSeq.
type Raw struct {
	Request bool
	Method  string
	URI     string
	Version string
	Status  int
	Reason  string
	Fields  []Field
	Body    []byte
}

// Get returns the first value of a header by its canonical name, and whether there is one.
func (r *Raw) Get(name string) (string, bool) {
	for i := range r.Fields {
		if r.Fields[i].Name == name {
			return r.Fields[i].Value, true
		}
	}
	return "", false
}

var (
	crlf     = []byte("\r\n")
	crlfcrlf = []byte("\r\n\r\n")
)

// scan reads start line and header lines of head (without the empty line). The first fault found is returned;
// scanning goes on after it.
func scan(head string, lim Limits) (*Raw, *Fault) {
	r := &Raw{Fields: make([]Field, 0, 16)}
	line, rest, _ := strings.Cut(head, "\r\n")
	fault := r.startLine(line)
	if len(line) > lim.LineBytes && fault == nil {
		fault = &Fault{Code: 414, Reason: "Request-URI Too Long"}
	}
	note := func(f *Fault) {
		if fault == nil {
			fault = f
		}
	}
	for rest != "" {
		line, rest = nextHeader(rest)
		if len(line) > lim.LineBytes {
			note(bad("Header Line Too Long"))
			continue
		}
		if len(r.Fields) >= lim.Headers {
			note(bad("Too Many Headers"))
			break
		}
		colon := strings.IndexByte(line, ':')
		if colon < 0 {
			note(bad("Header Without Colon"))
			continue
		}
		name := strings.TrimRight(line[:colon], " \t")
		if !isToken(name) {
			note(bad("Bad Header Name"))
			continue
		}
		value := trim(line[colon+1:])
		if strings.IndexByte(value, '\n') >= 0 || strings.IndexByte(value, '\r') >= 0 {
			// Kept out of Fields: echoing a bare CR or LF would let the sender write our header lines.
			note(bad("Bare CR Or LF In Header"))
			continue
		}
		r.Fields = append(r.Fields, Field{Canonical(name), value})
	}
	return r, fault
}

// nextHeader cuts one logical header line off s, joining folded lines by one space (RFC 3261 7.3.1).
func nextHeader(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\r\n")
	if rest == "" || rest[0] != ' ' && rest[0] != '\t' {
		return line, rest
	}
	var b strings.Builder
	b.WriteString(strings.TrimRight(line, " \t"))
	for rest != "" && (rest[0] == ' ' || rest[0] == '\t') {
		var more string
		more, rest, _ = strings.Cut(rest, "\r\n")
		b.WriteByte(' ')
		b.WriteString(trim(more))
	}
	return b.String(), rest
}

// startLine reads a Request-Line or Status-Line (RFC 3261 7.1, 7.2). Single spaces only: tolerating more is how
// one element sees another request than the next.
func (r *Raw) startLine(line string) *Fault {
	if len(line) >= 4 && strings.EqualFold(line[:4], "SIP/") {
		return r.statusLine(line)
	}
	r.Request = true
	method, rest, ok := strings.Cut(line, " ")
	if !ok || !isToken(method) {
		return bad("Bad Request-Line")
	}
	r.Method = method
	cut := strings.LastIndexByte(rest, ' ')
	if cut < 0 {
		return bad("Bad Request-Line")
	}
	r.URI, r.Version = rest[:cut], rest[cut+1:]
	if strings.IndexByte(r.URI, ' ') >= 0 || r.URI == "" {
		return bad("Bad Request-Line")
	}
	if !strings.HasPrefix(strings.ToUpper(r.Version), "SIP/") {
		return bad("Bad Request-Line")
	}
	if !strings.EqualFold(r.Version, "SIP/2.0") {
		return &Fault{Code: 505, Reason: "Version Not Supported"}
	}
	return nil
}

func (r *Raw) statusLine(line string) *Fault {
	version, rest, _ := strings.Cut(line, " ")
	code, reason, _ := strings.Cut(rest, " ")
	status, ok := decimal(code, 699)
	if !strings.EqualFold(version, "SIP/2.0") || !ok || len(code) != 3 || status < 100 {
		return bad("Bad Status-Line")
	}
	r.Version, r.Status, r.Reason = version, int(status), reason
	return nil
}

// contentLength gives the value of Content-Length, -1 if there is none. Two of them are a fault even if equal:
// the next element may take the other one.
func contentLength(r *Raw, lim Limits) (int, *Fault) {
	n := -1
	for i := range r.Fields {
		if r.Fields[i].Name != "Content-Length" {
			continue
		}
		if n >= 0 {
			return -1, badFrame("Multiple Content-Length")
		}
		v, ok := decimal(r.Fields[i].Value, 1<<31)
		if !ok {
			return -1, badFrame("Bad Content-Length")
		}
		if v > uint64(lim.MessageBytes) {
			// A datagram cannot hold it; a stream would have to read it away first.
			return -1, &Fault{Code: 400, Reason: "Content-Length Too Large", Close: true}
		}
		n = int(v)
	}
	return n, nil
}

// IsKeepAlive reports whether a datagram is only a keep-alive: CRLF, CRLFCRLF or a few NUL octets.
func IsKeepAlive(data []byte) bool {
	return len(data) <= 4 && len(bytes.Trim(data, "\r\n\x00")) == 0
}
