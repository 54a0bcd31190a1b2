package wire

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Caps is what this element takes part in.
type Caps struct {
	Methods    []string // methods known at all; others are 501
	Allow      string   // the methods served, as Allow lists them
	Extensions []string // option tags for Require and Supported
	BodyTypes  []string // media types of an INVITE or UPDATE body
}

// Screen checks a well-formed request in the order of RFC 3261 8.2 and 16.3: method, hops, extensions, body. It says
// nothing of who may send it. ACK and CANCEL pass: nothing may be asked of them (8.2.2.3).
func Screen(req *sip.Request, caps *Caps) *Fault {
	method := string(req.Method)
	if !contains(caps.Methods, method) {
		return &Fault{Code: 501, Reason: "Not Implemented", Extra: []Field{{"Allow", caps.Allow}}}
	}
	if req.Method == sip.ACK || req.Method == sip.CANCEL {
		return nil
	}
	if exhausted(req) {
		return &Fault{Code: 483, Reason: "Too Many Hops"}
	}
	var refused []string
	for _, h := range req.Headers() {
		if h.Name() != "Require" && h.Name() != "Proxy-Require" {
			continue
		}
		for tag := range strings.SplitSeq(h.Value(), ",") {
			if tag = trim(tag); tag != "" && !contains(caps.Extensions, tag) {
				refused = append(refused, tag)
			}
		}
	}
	if refused != nil {
		return &Fault{Code: 420, Reason: "Bad Extension", Extra: []Field{{"Unsupported", strings.Join(refused, ", ")}}}
	}
	if req.Method == sip.INVITE || req.Method == sip.UPDATE {
		return screenBody(req, caps)
	}
	return nil
}

// exhausted: a call goes on from here, so an INVITE that may go no further is refused (RFC 3261 16.3, RFC 7332). All
// other requests end here, as those of a dialog do, whatever hops they have left.
func exhausted(req *sip.Request) bool {
	hops := req.MaxForwards()
	return req.Method == sip.INVITE && hops != nil && *hops == 0 && !req.To().Params.Has("tag")
}

func screenBody(req *sip.Request, caps *Caps) *Fault {
	accept := []Field{{"Accept", strings.Join(caps.BodyTypes, ", ")}}
	if len(req.Body()) > 0 {
		if h := req.GetHeader("content-encoding"); h != nil && !strings.EqualFold(h.Value(), "identity") {
			return &Fault{Code: 415, Reason: "Unsupported Media Type", Extra: []Field{{"Accept-Encoding", "identity"}}}
		}
		ct := req.ContentType()
		if ct == nil {
			return bad("Content-Type Missing") // RFC 3261 20.15
		}
		if !contains(caps.BodyTypes, mediaType(ct.Value())) {
			return &Fault{Code: 415, Reason: "Unsupported Media Type", Extra: accept}
		}
	}
	if !accepts(req, caps.BodyTypes) {
		return &Fault{Code: 406, Reason: "Not Acceptable", Extra: accept}
	}
	return nil
}

// accepts reports whether the sender's Accept leaves room for one of our body types; no Accept means SDP
// (RFC 3261 20.1).
func accepts(req *sip.Request, types []string) bool {
	given := false
	for _, h := range req.Headers() {
		if h.Name() != "Accept" {
			continue
		}
		given = true
		for part := range strings.SplitSeq(h.Value(), ",") {
			want := mediaType(part)
			if want == "*/*" || contains(types, want) {
				return true
			}
			if main, ok := strings.CutSuffix(want, "*"); ok {
				for _, t := range types {
					if strings.HasPrefix(t, main) {
						return true
					}
				}
			}
		}
	}
	return !given
}

func mediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.ToLower(trim(s))
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}
