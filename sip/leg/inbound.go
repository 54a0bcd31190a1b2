package leg

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Inbound begins a leg from an INVITE outside any dialog, already authenticated. An INVITE the leg
// cannot accept is refused in the Output (Ended with ByRefused).
func Inbound(req *sip.Request, src Dest, p Params, nowMs int64) (*State, Output) {
	s := &State{
		Role: UAS, Phase: PhaseCalling,
		RemoteTag: fromTag(req),
		PeerCaps:  capsOf(req),
		Symmetric: p.Symmetric,
		RouteSet:  routes(req), // UAS: as received (RFC 3261 12.1.1)
		Dest:      src,
	}
	s.apply(p)
	if id := req.CallID(); id != nil {
		s.CallID = cleanToken(id.Value())
	}
	if f := req.From(); f != nil {
		s.Remote = nameAddr(unescape(f.DisplayName), uriText(&f.Address))
		s.RemoteParams = otherParams(f.Params)
	}
	if t := req.To(); t != nil {
		s.Local = nameAddr(unescape(t.DisplayName), uriText(&t.Address))
	}
	st := &step{s: s, now: nowMs}
	st.dirty()
	st.take(req, src)
	if code, extra := unacceptable(req); code != 0 {
		st.refuse(code, extra)
		return s, st.out
	}
	s.RemoteTarget = s.In.Contact
	s.RemoteSDP, s.In.SDP = s.In.SDP, nil // the first offer counts at once, and is stored once
	if s.RemoteSDP != nil {
		s.Offer = OfferRemote
	}
	s.Dest = aim(s.RouteSet, s.RemoteTarget, src, s.Symmetric)
	if p.Trying {
		st.send(s.In.Reply, "100", s.buildProvisionalOrFinal(100))
	}
	st.arm(TimerProvisional, nowMs+ProvisionalRepeatMs)
	return s, st.out
}

// apply takes over what every leg is given.
func (s *State) apply(p Params) {
	s.LocalTag = cleanToken(p.LocalTag)
	s.BranchSeed = p.BranchSeed
	s.SDPID = p.SessionID
	s.Contact = cleanURI(p.Contact)
	s.Via = cleanToken(p.Via)
	s.UserAgent = clean(p.UserAgent, MaxName)
	if !p.NoSessionTimer {
		s.SessionWishS = DefaultSessionExpiresS
		if p.SessionExpiresS != 0 {
			s.SessionWishS = min(max(p.SessionExpiresS, MinSE), MaxSessionExpiresS)
		}
	}
	s.SetCredentials(p.Credentials)
}

// take makes req the pending request of the far end.
func (st *step) take(req *sip.Request, src Dest) {
	s := st.s
	st.dirty()
	s.In = ServerTx{
		Method:  string(req.Method),
		Branch:  branchOf(req),
		Vias:    viasOf(req, src),
		Reply:   replyTo(req, src),
		Contact: contactOf(req),
		SDP:     sdpOf(req),
		SE:      sessionAsk(req),
	}
	if c := req.CSeq(); c != nil {
		s.In.CSeq = c.SeqNo
		s.RemoteCSeq = c.SeqNo
	}
	s.InCode, s.InExtra, s.InText, s.InBody = 0, "", "", false
}

// unacceptable checks an INVITE or UPDATE for what no leg can handle; extra are header lines of the refusal.
func unacceptable(req *sip.Request) (code int, extra string) {
	vias, rr, contact := 0, 0, contactOf(req)
	for _, h := range req.Headers() {
		switch h.(type) {
		case *sip.ViaHeader:
			vias++
		case *sip.RecordRouteHeader:
			rr++
		}
	}
	switch {
	case vias > MaxVias:
		return 483, ""
	case vias == 0, rr > MaxRoutes, req.From() == nil, req.To() == nil, req.CSeq() == nil, req.CallID() == nil:
		return 400, ""
	case len(contact) >= MaxURI, contact == "" && req.Method == sip.INVITE: // mandatory (8.1.1.8)
		return 400, ""
	}
	if u := unsupported(req); u != "" {
		return 420, "Unsupported: " + u + "\r\n"
	}
	if body := req.Body(); len(body) > 0 {
		switch {
		case len(body) > MaxSDP:
			return 413, ""
		case !strings.EqualFold(head(contentType(req)), typeSDP), value(req, "Content-Encoding", "e") != "":
			return 415, "Accept: " + typeSDP + "\r\nAccept-Encoding: identity\r\n"
		}
	}
	if ask := sessionAsk(req); ask.ExpiresS != 0 && ask.ExpiresS < MinSE {
		return 422, "Min-SE: " + strconv.Itoa(MinSE) + "\r\n"
	}
	return 0, ""
}

// refuse ends a leg whose INVITE cannot be accepted.
func (st *step) refuse(code int, extra string) {
	st.final(code, "", extra)
	st.over(Ended{By: ByRefused, Code: code})
}
