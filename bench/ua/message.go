package ua

import (
	"bytes"
	"net/netip"
	"strconv"
)

// message is a received SIP message, cut as far as user agents need; the fields point into the datagram.
type message struct {
	method     []byte // of a request
	uri        []byte
	code       int // of a response
	callID     []byte
	from, to   []byte // header values
	cseq       []byte
	cseqMethod []byte
	contact    []byte // URI
	vias       [][]byte
	record     [][]byte
	body       []byte
}

var crlf = []byte("\r\n")

// parse cuts a datagram; ok is false when it is no SIP message.
func parse(d []byte, m *message) bool {
	*m = message{vias: m.vias[:0], record: m.record[:0]}
	line, rest, ok := bytes.Cut(d, crlf)
	if !ok || !m.first(line) {
		return false
	}
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, crlf)
		if len(line) == 0 {
			m.body = rest
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok {
			m.header(bytes.TrimSpace(name), bytes.TrimSpace(value))
		}
	}
	return len(m.callID) > 0 && len(m.cseqMethod) > 0
}

func (m *message) first(line []byte) bool {
	if after, ok := bytes.CutPrefix(line, []byte("SIP/2.0 ")); ok && len(after) >= 3 {
		code, err := strconv.Atoi(string(after[:3]))
		m.code = code
		return err == nil
	}
	f := bytes.Fields(line)
	if len(f) != 3 {
		return false
	}
	m.method, m.uri = f[0], f[1]
	return true
}

func (m *message) header(name, value []byte) {
	switch {
	case is(name, "via", "v"):
		m.vias = append(m.vias, value)
	case is(name, "record-route", ""):
		m.record = append(m.record, value)
	case is(name, "from", "f"):
		m.from = value
	case is(name, "to", "t"):
		m.to = value
	case is(name, "call-id", "i"):
		m.callID = value
	case is(name, "contact", "m"):
		m.contact = inAngles(value)
	case is(name, "cseq", ""):
		n, method, _ := bytes.Cut(value, []byte(" "))
		m.cseq, m.cseqMethod = n, bytes.TrimSpace(method)
	}
}

func is(name []byte, long, short string) bool {
	return bytes.EqualFold(name, []byte(long)) || short != "" && bytes.EqualFold(name, []byte(short))
}

func inAngles(v []byte) []byte {
	if i := bytes.IndexByte(v, '<'); i >= 0 {
		if j := bytes.IndexByte(v[i:], '>'); j > 0 {
			return v[i+1 : i+j]
		}
	}
	v, _, _ = bytes.Cut(v, []byte(";"))
	return v
}

// mediaAddr is where a session description wants its audio; invalid when it does not say.
func mediaAddr(sdp []byte) netip.AddrPort {
	var addr netip.Addr
	var port uint64
	for line := range bytes.SplitSeq(sdp, []byte("\n")) {
		line = bytes.TrimRight(line, "\r")
		if after, ok := bytes.CutPrefix(line, []byte("m=audio ")); ok {
			p, _, _ := bytes.Cut(after, []byte(" "))
			port, _ = strconv.ParseUint(string(p), 10, 16)
		}
		if after, ok := bytes.CutPrefix(line, []byte("c=IN IP4 ")); ok {
			addr, _ = netip.ParseAddr(string(after))
		}
	}
	if !addr.IsValid() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr, uint16(port))
}
