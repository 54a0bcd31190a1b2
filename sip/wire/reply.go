package wire

import (
	"encoding/base32"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/emiago/sipgo/sip"
)

// Echo is what an answer repeats of its request (RFC 3261 8.2.6).
type Echo struct {
	Vias                   []string // in order; the first is completed with received and rport
	From, To, CallID, CSeq string
}

// EchoOf takes the echo from a checked request.
func EchoOf(req *sip.Request) Echo {
	e := Echo{Vias: make([]string, 0, 4)}
	for _, h := range req.Headers() {
		switch v := h.(type) {
		case *sip.ViaHeader:
			e.Vias = append(e.Vias, v.Value())
		case *sip.FromHeader:
			e.From = v.Value()
		case *sip.ToHeader:
			e.To = v.Value()
		case *sip.CallIDHeader:
			e.CallID = string(*v)
		case *sip.CSeqHeader:
			e.CSeq = v.Value()
		}
	}
	return e
}

// EchoOfRaw takes the echo from a refused request, as far as it has one. ok is false without a readable top Via:
// such a request is not answered.
func EchoOfRaw(raw *Raw, lim Limits) (e Echo, top *sip.ViaHeader, ok bool) {
	for i := range raw.Fields {
		f := &raw.Fields[i]
		switch f.Name {
		case "Via":
			if top == nil {
				top = firstVia(f.Value)
				if top == nil {
					return e, nil, false
				}
			}
			if len(e.Vias) < lim.Vias {
				e.Vias = append(e.Vias, f.Value)
			}
		case "From":
			e.From = f.Value
		case "To":
			if e.To == "" {
				e.To = f.Value
			}
		case "Call-ID":
			e.CallID = f.Value
		case "CSeq":
			e.CSeq = f.Value
		}
	}
	return e, top, top != nil
}

// firstVia reads the first value of a Via line. Of a line with faulty parameters it gives the part before them.
func firstVia(line string) *sip.ViaHeader {
	var top *sip.ViaHeader
	parseVias(line, func(v *sip.ViaHeader) bool {
		top = v
		return false
	})
	if top == nil {
		head, _, _ := strings.Cut(line, ";")
		top, _ = parseVia(trim(head))
	}
	return top
}

// MarkVia completes the top Via of a request with where it came from (RFC 3261 18.2.1, RFC 3581 4).
func MarkVia(via *sip.ViaHeader, src netip.AddrPort) {
	rport, asked := via.Params.Get("rport")
	if asked && rport == "" {
		via.Params.Add("rport", strconv.Itoa(int(src.Port())))
	}
	if host := src.Addr().Unmap(); asked || strings.Trim(via.Host, "[]") != host.String() {
		via.Params.Add("received", host.String())
	}
}

// ReplyAddr is where the answer to a datagram goes: the source address, at the source port if the Via asks for it
// by rport, else at the port of sent-by (RFC 3261 18.2.2). The maddr parameter is ignored: it would
// let anyone aim our answers at a third party.
func ReplyAddr(via *sip.ViaHeader, src netip.AddrPort) netip.AddrPort {
	if via.Params.Has("rport") {
		return src
	}
	port := uint16(5060)
	if via.Port > 0 {
		port = uint16(via.Port)
	}
	return netip.AddrPortFrom(src.Addr(), port)
}

// ToTag derives the To tag of a stateless answer from the request, so that each retransmission gets the same
// (RFC 3261 8.2.7). The key keeps others from guessing it.
func ToTag(callID, fromTagged string, key uint64) string {
	var d xxhash.Digest
	d.ResetWithSeed(key)
	_, _ = d.WriteString(callID)
	_, _ = d.WriteString("\n")
	_, _ = d.WriteString(fromTagged)
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], d.Sum64())
	return StatelessTag + base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])
}

// StatelessTag begins every To tag made by ToTag: an ACK that carries it ends nothing we keep.
const StatelessTag = "sl-"

// Answer is a response without a transaction.
type Answer struct {
	Code   int
	Reason string
	ToTag  string // added to To unless it has one or Code is 100
	Server string // Server header, "" = none
	Extra  []Field
	Body   []byte

	Compact bool // short header names (RFC 3261 7.3.3), where every octet counts
}

// names of the echoed headers and Content-Length, full and compact.
var (
	fullNames    = [...]string{"Via", "From", "To", "Call-ID", "Content-Length"}
	compactNames = [...]string{"v", "f", "t", "i", "l"}
)

// Append writes the response to buf.
func (a *Answer) Append(buf []byte, e *Echo) []byte {
	buf = append(buf, "SIP/2.0 "...)
	buf = strconv.AppendInt(buf, int64(a.Code), 10)
	buf = append(buf, ' ')
	buf = append(buf, a.Reason...)
	buf = append(buf, "\r\n"...)
	names := &fullNames
	if a.Compact {
		names = &compactNames
	}
	for _, via := range e.Vias {
		buf = appendField(buf, names[0], via)
	}
	if e.From != "" {
		buf = appendField(buf, names[1], e.From)
	}
	if e.To != "" {
		buf = append(buf, names[2]...)
		buf = append(buf, ": "...)
		buf = append(buf, e.To...)
		if a.Code > 100 && a.ToTag != "" && !hasTag(e.To) {
			buf = append(buf, ";tag="...)
			buf = append(buf, a.ToTag...)
		}
		buf = append(buf, "\r\n"...)
	}
	if e.CallID != "" {
		buf = appendField(buf, names[3], e.CallID)
	}
	if e.CSeq != "" {
		buf = appendField(buf, "CSeq", e.CSeq)
	}
	for i := range a.Extra {
		buf = appendField(buf, a.Extra[i].Name, a.Extra[i].Value)
	}
	if a.Server != "" {
		buf = appendField(buf, "Server", a.Server)
	}
	buf = append(buf, names[4]...)
	buf = append(buf, ": "...)
	buf = strconv.AppendInt(buf, int64(len(a.Body)), 10)
	buf = append(buf, "\r\n\r\n"...)
	return append(buf, a.Body...)
}

func appendField(buf []byte, name, value string) []byte {
	buf = append(buf, name...)
	buf = append(buf, ": "...)
	buf = append(buf, value...)
	return append(buf, "\r\n"...)
}

// hasTag looks for a tag parameter after the URI of a To value.
func hasTag(to string) bool {
	if end := strings.LastIndexByte(to, '>'); end >= 0 {
		to = to[end:]
	}
	for part := range strings.SplitSeq(to, ";") {
		name, _, found := strings.Cut(part, "=")
		if found && strings.EqualFold(trim(name), "tag") {
			return true
		}
	}
	return false
}
