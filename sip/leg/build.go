package leg

import "strconv"

const (
	allowed     = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"
	maxForwards = 70
	// requestSize is what a request without SDP usually needs, so that building allocates once.
	requestSize = 640
)

// viaName is the transport as a Via spells it.
func viaName(network string) string {
	switch network {
	case NetworkTCP:
		return "TCP"
	case NetworkTLS:
		return "TLS"
	case NetworkWS:
		return "WS"
	case NetworkWSS:
		return "WSS"
	}
	return "UDP"
}

// dialog is where and as whom a request goes: the leg's dialog, or a fork's that is being ended.
type dialog struct {
	tag    string   // remote tag, "" before there is one
	target string   // remote target
	routes []string // route set
	dest   Dest
}

func (s *State) dialog() dialog {
	d := dialog{tag: s.RemoteTag, target: s.RemoteTarget, routes: s.RouteSet, dest: s.Dest}
	if !s.established() {
		d.tag = ""
	}
	return d
}

// established: there is a confirmed dialog, so requests carry the remote tag.
func (s *State) established() bool { return s.Role == UAS || s.AckedInvite != 0 }

// requestURI of a request in d; with a strict router it is the first route (RFC 3261 12.2.1.1).
func (d dialog) requestURI() string {
	if len(d.routes) > 0 && !looseRouting(d.routes[0]) {
		return d.routes[0]
	}
	return d.target
}

// appendRequest writes the request line and all headers every request has.
func (s *State) appendRequest(b []byte, d dialog, method string, cseq uint32, branch, via string) []byte {
	b = append(b, method...)
	b = append(b, ' ')
	b = append(b, d.requestURI()...)
	b = append(b, " SIP/2.0\r\nVia: SIP/2.0/"...)
	b = append(b, viaName(d.dest.Network)...)
	b = append(b, ' ')
	b = append(b, via...)
	b = append(b, ";branch="...)
	b = append(b, branch...)
	b = append(b, ";rport\r\n"...)
	b = d.appendRoutes(b)
	b = append(b, "Max-Forwards: "...)
	b = strconv.AppendInt(b, maxForwards, 10)
	b = append(b, "\r\nFrom: "...)
	b = append(b, s.Local...)
	b = append(b, ";tag="...)
	b = append(b, s.LocalTag...)
	b = append(b, "\r\nTo: "...)
	b = append(b, s.Remote...)
	b = appendTag(b, d.tag)
	b = append(b, "\r\nCall-ID: "...)
	b = append(b, s.CallID...)
	b = append(b, "\r\nCSeq: "...)
	b = strconv.AppendUint(b, uint64(cseq), 10)
	b = append(b, ' ')
	b = append(b, method...)
	return append(b, "\r\n"...)
}

func (d dialog) appendRoutes(b []byte) []byte {
	list := d.routes
	strict := len(list) > 0 && !looseRouting(list[0])
	if strict {
		list = list[1:]
	}
	for _, r := range list {
		b = append(b, "Route: <"...)
		b = append(b, r...)
		b = append(b, ">\r\n"...)
	}
	if strict {
		b = append(b, "Route: <"...)
		b = append(b, d.target...)
		b = append(b, ">\r\n"...)
	}
	return b
}

func appendTag(b []byte, tag string) []byte {
	if tag == "" {
		return b
	}
	b = append(b, ";tag="...)
	return append(b, tag...)
}

func (s *State) appendContact(b []byte) []byte {
	b = append(b, "Contact: <"...)
	b = append(b, s.Contact...)
	return append(b, ">\r\n"...)
}

// appendAgent writes User-Agent for a request, Server for a response.
func (s *State) appendAgent(b []byte, name string) []byte {
	if s.UserAgent == "" {
		return b
	}
	return appendLine(b, name, s.UserAgent)
}

func appendAllow(b []byte) []byte {
	return append(b, "Allow: "+allowed+"\r\nSupported: timer\r\n"...)
}

// appendBody ends the headers and adds the body.
func appendBody(b []byte, ctype string, body []byte) []byte {
	if len(body) > 0 {
		b = appendLine(b, "Content-Type", ctype)
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, body...)
}

const typeSDP = "application/sdp"

// buildInvite writes tx, our INVITE or re-INVITE, the same bytes each time.
func (s *State) buildInvite(tx *ClientTx) []byte {
	d := s.dialog()
	b := make([]byte, 0, requestSize+len(s.LocalSDP)+len(tx.Extra))
	b = s.appendRequest(b, d, "INVITE", tx.CSeq, s.branch(tx.Branch), tx.Via)
	b = s.appendContact(b)
	b = s.appendAgent(b, "User-Agent")
	b = appendAllow(b)
	b = s.appendSessionOffer(b)
	b = append(b, tx.Auth...)
	b = append(b, tx.Extra...)
	body := tx.Body
	if body == nil {
		body = s.LocalSDP
	}
	return appendBody(b, typeSDP, body)
}

// buildRequest writes tx, a BYE, INFO or CANCEL of ours. A CANCEL repeats Via and routes of its INVITE (9.1).
func (s *State) buildRequest(tx *ClientTx) []byte {
	b := s.appendRequest(make([]byte, 0, requestSize+len(tx.Body)), s.dialog(), tx.Method, tx.CSeq, s.branch(tx.Branch), tx.Via)
	b = s.appendAgent(b, "User-Agent")
	b = append(b, tx.Auth...)
	b = append(b, tx.Extra...)
	return appendBody(b, tx.Type, tx.Body)
}

// buildAck writes the ACK for the 2xx of our last INVITE: a request of its own (13.2.2.4).
func (s *State) buildAck(d dialog, cseq uint32, branch string) []byte {
	b := s.appendRequest(make([]byte, 0, requestSize), d, "ACK", cseq, branch, s.Via)
	b = s.appendAgent(b, "User-Agent")
	b = append(b, s.AckAuth...)
	return appendBody(b, "", nil)
}

// buildRefusedAck writes the ACK for a final response other than 2xx: part of the INVITE transaction (17.1.1.3).
func (s *State) buildRefusedAck(tx *ClientTx) []byte {
	d := s.dialog()
	d.tag = s.FinalTag
	b := s.appendRequest(make([]byte, 0, requestSize), d, "ACK", tx.CSeq, s.branch(tx.Branch), tx.Via)
	b = append(b, tx.Auth...)
	return appendBody(b, "", nil)
}

// buildBye writes the BYE that ends a forked answer.
func (s *State) buildBye(d dialog, cseq uint32, branch string) []byte {
	b := s.appendRequest(make([]byte, 0, requestSize), d, "BYE", cseq, branch, s.Via)
	b = s.appendAgent(b, "User-Agent")
	return appendBody(b, "", nil)
}
