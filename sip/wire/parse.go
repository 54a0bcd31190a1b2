package wire

import (
	"bytes"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Parsed is one message: its lines and, if Fault is nil, its checked form.
type Parsed struct {
	Raw   *Raw
	Msg   sip.Message // *sip.Request or *sip.Response; nil with a Fault
	Fault *Fault
}

// MaxCSeq is the largest CSeq number (RFC 3261 8.1.1.5).
const MaxCSeq = 1<<31 - 1

// Parse reads one message from a datagram. Octets after the body that Content-Length announces are dropped
// (RFC 3261 18.3); a Content-Length beyond the datagram is a fault.
func Parse(data []byte, lim Limits) Parsed {
	head, body, found := bytes.Cut(data, crlfcrlf)
	var frame *Fault
	if !found {
		head, frame = bytes.TrimSuffix(data, crlf), bad("No Empty Line After Headers")
	}
	if len(data) > lim.MessageBytes {
		return Parsed{Raw: &Raw{}, Fault: &Fault{Code: 513, Reason: "Message Too Large", Close: true}}
	}
	return parse(string(head), body, frame, lim)
}

func parse(head string, body []byte, frame *Fault, lim Limits) Parsed {
	raw, fault := scan(head, lim)
	p := Parsed{Raw: raw, Fault: fault}
	if p.Fault == nil {
		p.Fault = frame
	}
	n, lengthFault := contentLength(raw, lim)
	switch {
	case lengthFault != nil:
		if p.Fault == nil {
			p.Fault = lengthFault
		}
	case n > len(body) && p.Fault == nil:
		p.Fault = bad("Content-Length Beyond Datagram")
	case n >= 0 && n < len(body):
		body = body[:n]
	}
	if len(body) > 0 {
		raw.Body = bytes.Clone(body) // the read buffer is used again
	}
	if p.Fault == nil {
		p.Msg, p.Fault = raw.build(lim)
	}
	if p.Fault != nil {
		p.Msg = nil
	}
	return p
}

// builder gathers headers and what must be there once.
type builder struct {
	msg  sip.Message
	lim  Limits
	vias int
	once uint32 // bit per header that may stand once
}

// build makes the typed message and checks what RFC 3261 8.1.1, 8.2 and 20 ask of any message.
func (r *Raw) build(lim Limits) (sip.Message, *Fault) {
	b := builder{lim: lim}
	if r.Request {
		uri, fault := requestURI(r.URI)
		if fault != nil {
			return nil, fault
		}
		req := sip.NewRequest(sip.RequestMethod(r.Method), uri)
		b.msg = req
	} else {
		b.msg = sip.NewResponse(r.Status, r.Reason)
	}
	for i := range r.Fields {
		if fault := b.add(&r.Fields[i]); fault != nil {
			return nil, fault
		}
	}
	if fault := b.mandatory(r); fault != nil {
		return nil, fault
	}
	if len(r.Body) > 0 {
		b.msg.SetBody(r.Body)
	}
	return b.msg, nil
}

func requestURI(s string) (uri sip.Uri, fault *Fault) {
	ok, known := checkURI(s)
	if !ok {
		return uri, bad("Bad Request-URI")
	}
	if !known {
		return uri, &Fault{Code: 416, Reason: "Unsupported URI Scheme"}
	}
	if uriHasHeaders(s) && !strings.HasPrefix(strings.ToLower(s), "tel:") {
		return uri, bad("Headers In Request-URI") // RFC 3261 19.1.1 table 1
	}
	if err := sip.ParseUri(s, &uri); err != nil {
		return uri, bad("Bad Request-URI")
	}
	return uri, nil
}

// Bits of builder.once.
const (
	onceFrom = 1 << iota
	onceTo
	onceCallID
	onceCSeq
	onceMaxForwards
	onceContentType
	onceContentLength
	onceExpires
)

func (b *builder) first(bit uint32) *Fault {
	if b.once&bit != 0 {
		return bad("Header Given Twice")
	}
	b.once |= bit
	return nil
}

// add appends one header line in its typed form.
func (b *builder) add(f *Field) *Fault {
	switch f.Name {
	case "Via":
		return b.addVia(f.Value)
	case "From":
		na, ok := parseNameAddr(f.Value)
		if !ok {
			return bad("Bad From")
		}
		b.msg.AppendHeader(&sip.FromHeader{DisplayName: na.display, Address: na.uri, Params: na.params})
		return b.first(onceFrom)
	case "To":
		na, ok := parseNameAddr(f.Value)
		if !ok {
			return bad("Bad To")
		}
		b.msg.AppendHeader(&sip.ToHeader{DisplayName: na.display, Address: na.uri, Params: na.params})
		return b.first(onceTo)
	case "Contact":
		return b.addContact(f.Value)
	case "Route", "Record-Route":
		return b.addRoute(f)
	default:
		return b.addScalar(f)
	}
}

func (b *builder) addVia(value string) *Fault {
	var fault *Fault
	ok := parseVias(value, func(via *sip.ViaHeader) bool {
		if b.vias++; b.vias > b.lim.Vias {
			fault = bad("Too Many Via")
			return false
		}
		if branch, has := via.Params.Get("branch"); has && b.vias == 1 && branch == sip.RFC3261BranchMagicCookie {
			// A branch of nothing but the cookie would join all such requests in one transaction.
			fault = bad("Empty Via Branch")
			return false
		}
		b.msg.AppendHeader(via)
		return true
	})
	if fault == nil && !ok {
		return bad("Bad Via")
	}
	return fault
}

func (b *builder) addContact(value string) *Fault {
	if value == "*" {
		b.msg.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Wildcard: true, Host: "*"}})
		return nil
	}
	ok := splitList(value, ',', true, func(v string) bool {
		na, ok := parseNameAddr(v)
		if ok {
			b.msg.AppendHeader(&sip.ContactHeader{DisplayName: na.display, Address: na.uri, Params: na.params})
		}
		return ok
	})
	if !ok {
		return bad("Bad Contact")
	}
	return nil
}

func (b *builder) addRoute(f *Field) *Fault {
	ok := splitList(f.Value, ',', true, func(v string) bool {
		na, ok := parseNameAddr(v)
		if !ok {
			return false
		}
		if f.Name == "Route" {
			b.msg.AppendHeader(&sip.RouteHeader{Address: na.uri})
		} else {
			b.msg.AppendHeader(&sip.RecordRouteHeader{Address: na.uri})
		}
		return true
	})
	if !ok {
		return bad("Bad " + f.Name)
	}
	return nil
}

func (b *builder) addScalar(f *Field) *Fault {
	switch f.Name {
	case "Call-ID":
		if f.Value == "" || strings.ContainsAny(f.Value, " \t") {
			return bad("Bad Call-ID")
		}
		h := sip.CallIDHeader(f.Value)
		b.msg.AppendHeader(&h)
		return b.first(onceCallID)
	case "CSeq":
		number, method, _ := strings.Cut(f.Value, " ")
		n, ok := decimal(number, MaxCSeq)
		method = trim(method)
		if !ok || !isToken(method) {
			return bad("Bad CSeq")
		}
		b.msg.AppendHeader(&sip.CSeqHeader{SeqNo: uint32(n), MethodName: sip.RequestMethod(method)})
		return b.first(onceCSeq)
	case "Max-Forwards":
		n, ok := decimal(f.Value, 255)
		if !ok {
			return bad("Bad Max-Forwards")
		}
		h := sip.MaxForwardsHeader(n)
		b.msg.AppendHeader(&h)
		return b.first(onceMaxForwards)
	case "Content-Length":
		n, _ := decimal(f.Value, 1<<31) // checked by contentLength
		h := sip.ContentLengthHeader(n)
		b.msg.AppendHeader(&h)
		return b.first(onceContentLength)
	case "Content-Type":
		if f.Value == "" {
			return bad("Bad Content-Type")
		}
		h := sip.ContentTypeHeader(f.Value)
		b.msg.AppendHeader(&h)
		return b.first(onceContentType)
	case "Expires":
		b.msg.AppendHeader(sip.NewHeader(f.Name, f.Value)) // its reader clamps (RFC 3261 20.19)
		return b.first(onceExpires)
	default:
		b.msg.AppendHeader(sip.NewHeader(f.Name, f.Value))
		return nil
	}
}

// mandatory checks the headers every message has (RFC 3261 8.1.1) and that CSeq names the method. Max-Forwards, a
// From tag and a branch may be missing: RFC 2543 peers do not send them.
func (b *builder) mandatory(r *Raw) *Fault {
	const need = onceFrom | onceTo | onceCallID | onceCSeq
	if b.vias == 0 || b.once&need != need {
		return bad("Missing Via, From, To, Call-ID Or CSeq")
	}
	if r.Request && string(b.msg.CSeq().MethodName) != r.Method {
		return bad("CSeq Method Differs")
	}
	if !r.Request && b.vias > 1 {
		// Never ours to pass on: this engine ends every dialog (RFC 3261 8.1.3.3).
		return bad("Response With More Than One Via")
	}
	return nil
}
