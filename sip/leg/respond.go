package leg

import (
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// Phrase is the usual reason phrase of a code.
func Phrase(code int) string {
	switch code {
	case 100:
		return "Trying"
	case 180:
		return "Ringing"
	case 183:
		return "Session Progress"
	case 200:
		return "OK"
	case 302:
		return "Moved Temporarily"
	case 400:
		return "Bad Request"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 408:
		return "Request Timeout"
	case 413:
		return "Request Entity Too Large"
	case 415:
		return "Unsupported Media Type"
	case 420:
		return "Bad Extension"
	case 422:
		return "Session Interval Too Small"
	}
	return phraseRare(code)
}

func phraseRare(code int) string {
	switch code {
	case 480:
		return "Temporarily Unavailable"
	case 481:
		return "Call/Transaction Does Not Exist"
	case 483:
		return "Too Many Hops"
	case 486:
		return "Busy Here"
	case 487:
		return "Request Terminated"
	case 488:
		return "Not Acceptable Here"
	case 491:
		return "Request Pending"
	case 500:
		return "Server Internal Error"
	case 501:
		return "Not Implemented"
	case 503:
		return "Service Unavailable"
	case 600:
		return "Busy Everywhere"
	case 603:
		return "Decline"
	}
	switch code / 100 {
	case 1:
		return "Progress"
	case 2:
		return "OK"
	case 3:
		return "Redirected"
	case 4:
		return "Request Failure"
	case 5:
		return "Server Failure"
	}
	return "Global Failure"
}

func appendStatus(b []byte, code int, text string) []byte {
	if text == "" {
		text = Phrase(code)
	}
	b = append(b, "SIP/2.0 "...)
	b = strconv.AppendInt(b, int64(code), 10)
	b = append(b, ' ')
	b = append(b, text...)
	return append(b, "\r\n"...)
}

func appendVias(b []byte, vias []string) []byte {
	for _, v := range vias {
		b = appendLine(b, "Via", v)
	}
	return b
}

// buildResponse writes the response InCode to the request In, the same bytes each time.
func (s *State) buildResponse() []byte { return s.buildProvisionalOrFinal(int(s.InCode)) }

func (s *State) buildProvisionalOrFinal(code int) []byte {
	tx := &s.In
	b := appendStatus(make([]byte, 0, requestSize+len(s.LocalSDP)+len(s.InExtra)), code, s.InText)
	b = appendVias(b, tx.Vias)
	if s.Role == UAS && !s.reinviting() && code > 100 && code < 300 {
		for _, r := range s.RouteSet {
			b = append(b, "Record-Route: <"...)
			b = append(b, r...)
			b = append(b, ">\r\n"...)
		}
	}
	b = append(b, "From: "...)
	b = append(b, s.Remote...)
	b = append(b, s.RemoteParams...)
	b = appendTag(b, s.RemoteTag)
	b = append(b, "\r\nTo: "...)
	b = append(b, s.Local...)
	if code > 100 || s.reinviting() {
		b = appendTag(b, s.LocalTag)
	}
	b = append(b, "\r\nCall-ID: "...)
	b = append(b, s.CallID...)
	b = append(b, "\r\nCSeq: "...)
	b = strconv.AppendUint(b, uint64(tx.CSeq), 10)
	b = append(b, ' ')
	b = append(b, tx.Method...)
	b = append(b, "\r\n"...)
	if code > 100 && code < 300 {
		b = s.appendContact(b)
	}
	b = s.appendAgent(b, "Server")
	if code == 200 {
		b = appendAllow(b)
		b = s.appendSessionAnswer(b)
	}
	b = append(b, s.InExtra...)
	var body []byte
	if s.InBody {
		body = s.LocalSDP
	}
	return appendBody(b, typeSDP, body)
}

// reinviting: In is a request inside the established dialog, not the initial INVITE.
func (s *State) reinviting() bool {
	return s.Role == UAC || s.In.Dialog
}

// buildReply writes the response to a request that needs no transaction state: its own headers are echoed.
func (s *State) buildReply(m *sip.Request, src Dest, code int, extra string, body []byte) []byte {
	b := appendStatus(make([]byte, 0, requestSize+len(extra)), code, "")
	b = appendVias(b, viasOf(m, src))
	if f := m.From(); f != nil {
		b = append(b, "From: "...)
		b = appendAddress(b, f.DisplayName, &f.Address, f.Params)
	}
	if t := m.To(); t != nil {
		b = append(b, "To: "...)
		b = appendAddress(b, t.DisplayName, &t.Address, t.Params)
	}
	b = append(b, "Call-ID: "...)
	b = append(b, s.CallID...)
	b = append(b, "\r\nCSeq: "...)
	if c := m.CSeq(); c != nil {
		b = strconv.AppendUint(b, uint64(c.SeqNo), 10)
		b = append(b, ' ')
		b = append(b, clean(string(c.MethodName), 32)...)
	}
	b = append(b, "\r\n"...)
	b = s.appendAgent(b, "Server")
	b = append(b, extra...)
	return appendBody(b, typeSDP, body)
}

func appendAddress(b []byte, name string, u *sip.Uri, ps sip.HeaderParams) []byte {
	b = append(b, nameAddr(unescape(name), uriText(u))...)
	b = append(b, otherParams(ps)...)
	b = appendTag(b, tagOf(ps))
	return append(b, "\r\n"...)
}
