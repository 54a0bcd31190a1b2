package b2bua

import (
	"strconv"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/sip/leg"
)

// effect turns one effect of the call into leg commands, or lets it pass to the shell.
func (s *step) effect(e cc.Effect) {
	switch e := e.(type) {
	case cc.RingCaller:
		if l := s.m.leg(e.Leg); l != nil && l.SIP.Phase == leg.PhaseCalling { // else the leg repeats its 180 itself
			s.do(e.Leg, leg.Ring{})
		}
	case cc.ConnectCaller:
		s.connect(e.Leg)
	case cc.RejectCaller:
		s.do(e.Leg, leg.Reject{Code: e.Code, Reason: e.Reason})
	case cc.DialAgent:
		s.dial(e)
	case cc.EndLeg:
		if e.Elsewhere {
			s.hangUp(e.Leg, leg.HangUp{Reason: completedElsewhere})
		} else {
			s.end(e.Leg, e.Cause)
		}
	case cc.ResumeLeg:
		s.resume(e.Leg)
	case cc.Unbridge:
		if s.m.Uses(e.Caller) && s.m.Uses(e.Agent) { // else closing a leg has parted them
			s.release = append(s.release, e)
		}
	default:
		s.release = append(s.release, e)
	}
}

func (s *step) do(id string, c leg.Cmd) {
	if l := s.m.leg(id); l != nil {
		s.took(l, l.SIP.Do(c, s.at.NowMs))
	}
}

func (s *step) connect(id string) {
	l := s.m.leg(id)
	if l == nil {
		return
	}
	body := s.m.ourSDP(l)
	s.remote(l)
	s.took(l, l.SIP.Do(leg.Answer{SDP: body}, s.at.NowMs))
}

func (s *step) end(id string, cause cc.EndCause) {
	s.hangUp(id, leg.HangUp{Code: refusal(cause), Reason: reasonHeader(cause)})
}

// completedElsewhere keeps a phone from listing the call as missed (RFC 3326).
const completedElsewhere = `SIP;cause=200;text="Call completed elsewhere"`

func (s *step) hangUp(id string, how leg.HangUp) {
	if l := s.m.leg(id); l != nil {
		s.closeMedia(l)
		s.took(l, l.SIP.Do(how, s.at.NowMs))
	}
}

// refusal is the final response to a caller who was never answered.
func refusal(c cc.EndCause) int {
	switch c {
	case cc.EndCause_END_HOP_LIMIT:
		return 483
	case cc.EndCause_END_REJECTED_BY_TARGET:
		return 603
	case cc.EndCause_END_NODE_LOST:
		return 503
	}
	return 480
}

// reasonHeader says in the wire's words why the leg ends (RFC 3326).
func reasonHeader(c cc.EndCause) string {
	name, ok := strings.CutPrefix(c.String(), "END_")
	if !ok || c == cc.EndCause_END_NONE {
		return ""
	}
	return `wirechief;cause=` + strconv.Itoa(int(c)) + `;text="` + strings.ToLower(name) + `"`
}

// dial starts the leg to an agent's phone.
func (s *step) dial(e cc.DialAgent) {
	if s.crowded { // busy: nobody loses their status over it, and both are tried again (R81)
		s.tell(&cc.LegFailed{Leg: e.Leg, Code: 486, Detail: "no media port"})
		return
	}
	if s.phone == nil || !s.local.IsValid() || len(s.m.legs) >= MaxLegs {
		s.tell(&cc.LegFailed{Leg: e.Leg, Code: 480, Detail: "no contact"})
		return
	}
	c := s.m.Call
	l := &Leg{ID: e.Leg, Local: s.local, media: true}
	s.local = noAddr
	headers := []leg.Header{
		{Name: "X-Wirechief-Call", Value: c.Id},
		{Name: "X-Wirechief-Offer", Value: e.Offer},
		{Name: "X-Wirechief-Tenant", Value: c.Tenant},
	}
	if e.AutoAnswer {
		headers = append(headers,
			leg.Header{Name: "Call-Info", Value: "<sip:" + s.m.node.Via + ">;answer-after=0"},
			leg.Header{Name: "Alert-Info", Value: "<sip:" + s.m.node.Via + ">;info=alert-autoanswer"})
	}
	p := s.params(l, s.phone.Dest.Network)
	callID := s.env.IDs.Next("") + "@" + p.Via
	st, out := leg.Outbound(leg.OutboundParams{
		Params: p, CallID: callID, Target: s.phone.URI,
		From:    leg.Address{Name: callerName(c), URI: "sip:" + userPart(c.Caller) + "@" + p.Via},
		To:      leg.Address{URI: s.phone.URI},
		Headers: headers, SDP: s.m.ourSDP(l), Dest: s.phone.Dest,
	}, s.at.NowMs)
	l.SIP = st
	s.m.legs = append(s.m.legs, l)
	s.release = append(s.release, BindLeg{l.ID, callID})
	s.took(l, out)
}

// params are the parts of a leg that must stay the same when it is repeated; all derive from the step's seed.
func (s *step) params(l *Leg, network string) leg.Params {
	via := s.m.node.at(network)
	contact := "sip:" + l.ID + "@" + via
	if network != "" && network != leg.NetworkUDP {
		contact += ";transport=" + network
	}
	return leg.Params{
		LocalTag: s.env.IDs.Next(""), BranchSeed: s.env.IDs.Number(), SessionID: s.env.IDs.Number() >> 2,
		Contact: contact, Via: via, UserAgent: s.m.node.UserAgent,
	}
}

func callerName(c *cc.CallState) string {
	if c.CallerName != "" {
		return c.CallerName
	}
	if c.Caller == "" {
		return "Anonymous"
	}
	return c.Caller
}

// userPart keeps what may stand in the user part of a SIP URI (RFC 3261 25.1) as it is.
func userPart(s string) string {
	ok := func(r rune) rune {
		if r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || strings.ContainsRune("+-_.!~*'()", r) {
			return r
		}
		return -1
	}
	if s = strings.Map(ok, s); s == "" {
		return "anonymous"
	}
	return s
}
