package wire

import "bytes"

// Framer cuts a byte stream into messages (RFC 3261 18.3). Feed it octets, then call Next until it has none. The
// caller owns one per connection; it is not for concurrent use.
type Framer struct {
	lim     Limits
	buf     []byte
	scanned int // octets of buf already searched for the end of the head
	headEnd int // length of the head with its empty line, 0 while unknown
	total   int // head plus body, valid once headEnd is known
	pings   int // complete CRLFCRLF keep-alives not yet taken
}

// NewFramer makes a Framer for one connection.
func NewFramer(lim Limits) *Framer { return &Framer{lim: lim.WithDefaults()} }

// Feed adds octets read from the connection; they are copied.
func (f *Framer) Feed(data []byte) { f.buf = append(f.buf, data...) }

// Pending reports whether a message has begun that is not complete. Blank octets between messages begin none.
func (f *Framer) Pending() bool { return len(f.buf) > 0 && len(bytes.Trim(f.buf, "\r\n")) > 0 }

// Pings returns and clears the number of CRLFCRLF keep-alives seen between messages (RFC 5626 3.5.1: each is
// answered by one CRLF).
func (f *Framer) Pings() int {
	n := f.pings
	f.pings = 0
	return n
}

// Next returns the next complete message. ok is false when more octets are needed. A Parsed with Fault.Close means
// that the boundary is lost.
func (f *Framer) Next() (p Parsed, ok bool) {
	f.skipBlank()
	if len(f.buf) == 0 {
		return p, false
	}
	if f.headEnd == 0 {
		end := bytes.Index(f.buf[f.scanned:], crlfcrlf)
		if end < 0 {
			if len(f.buf) > f.lim.MessageBytes {
				return f.lost(string(f.buf[:f.lim.MessageBytes])), true
			}
			f.scanned = max(0, len(f.buf)-3)
			return p, false
		}
		end += f.scanned
		if fault := f.measure(end); fault != nil {
			p := parse(string(f.buf[:end]), nil, fault, f.lim)
			p.Fault = fault
			f.drop(len(f.buf))
			return p, true
		}
	}
	if len(f.buf) < f.total {
		return p, false
	}
	p = parse(string(f.buf[:f.headEnd-len(crlfcrlf)]), f.buf[f.headEnd:f.total], nil, f.lim)
	f.drop(f.total)
	return p, true
}

// measure finds the length of the message whose head ends at end.
func (f *Framer) measure(end int) *Fault {
	raw, _ := scan(string(f.buf[:end]), f.lim)
	n, fault := contentLength(raw, f.lim)
	if fault != nil {
		return fault
	}
	if n < 0 {
		return badFrame("Content-Length Required") // RFC 3261 18.3 on streams
	}
	f.headEnd = end + len(crlfcrlf)
	f.total = f.headEnd + n
	if f.total > f.lim.MessageBytes {
		return &Fault{Code: 513, Reason: "Message Too Large", Close: true}
	}
	return nil
}

// lost answers for a head that grew past the limit.
func (f *Framer) lost(head string) Parsed {
	p := parse(head, nil, nil, f.lim)
	p.Msg, p.Fault = nil, &Fault{Code: 513, Reason: "Message Too Large", Close: true}
	f.drop(len(f.buf))
	return p
}

// skipBlank drops CRLF before a start line (RFC 3261 7.5) and counts keep-alives.
func (f *Framer) skipBlank() {
	if f.headEnd != 0 || f.scanned != 0 {
		return
	}
	n := 0
	for bytes.HasPrefix(f.buf[n:], crlfcrlf) {
		f.pings++
		n += len(crlfcrlf)
	}
	// A lone CRLF may be the first half of a ping; it is dropped once something else follows.
	if rest := f.buf[n:]; len(rest) > 2 && bytes.HasPrefix(rest, crlf) && rest[2] != '\r' {
		n += len(crlf)
	}
	if n > 0 {
		f.drop(n)
	}
}

// drop removes n octets from the front and lets go of a large buffer.
func (f *Framer) drop(n int) {
	rest := f.buf[n:]
	if len(rest) == 0 && cap(f.buf) > 16*1024 {
		f.buf = nil
	} else {
		f.buf = f.buf[:copy(f.buf, rest)]
	}
	f.scanned, f.headEnd, f.total = 0, 0, 0
}
