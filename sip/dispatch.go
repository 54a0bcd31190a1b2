package sip

import (
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/wire"
)

// handle decides what becomes of one message, on its lane.
func (e *Endpoint) handle(l *lane, in *inbound) {
	r := e.routes.get(in.callID)
	req, ok := in.msg.(*sip.Request)
	if ok && e.merged(in, req, r) {
		return
	}
	if r.state == routeBound {
		e.Stats.ToSinks.Add(1)
		e.cfg.Handler.Message(r.sink, in.msg, in.src)
		return
	}
	if !ok {
		if !e.pings.response(in.callID, in.msg.(*sip.Response), e.cfg.Now()) {
			e.Stats.StrayResponses.Add(1)
		}
		return
	}
	switch r.state {
	case routePending:
		e.whilePending(l, in, req, r)
	case routeGone:
		e.afterwards(l, in, req, r)
	default:
		e.fresh(l, in, req)
	}
}

// mergedTag begins the To tags of 482.
const mergedTag = wire.StatelessTag + "m-"

// merged refuses an INVITE that reached us by two ways the second time, and takes the ACK for that: its Call-ID and CSeq
// are those of the call, whose own ACK it is not.
func (e *Endpoint) merged(in *inbound, req *sip.Request, r route) bool {
	if req.Method == sip.ACK {
		tag, _ := req.To().Params.Get("tag")
		return strings.HasPrefix(tag, mergedTag)
	}
	if !r.began.mergedWith(req) {
		return false
	}
	e.Stats.Merged.Add(1)
	by := beganBy(req)
	tag := strings.TrimPrefix(wire.ToTag(in.callID, by.fromTag+by.branch, e.tagKey), wire.StatelessTag)
	e.answer(in, req, wire.Answer{Code: 482, Reason: "Loop Detected", ToTag: mergedTag + tag})
	return true
}

// whilePending takes messages of a Call-ID whose INVITE the handler has, but has not decided on.
func (e *Endpoint) whilePending(l *lane, in *inbound, req *sip.Request, r route) {
	if req.Method == sip.INVITE && req.CSeq().SeqNo <= r.began.cseq {
		e.Stats.Absorbed.Add(1)
		e.trying(in, req) // the first 100 was lost
		return
	}
	if outside(req) {
		e.fresh(l, in, req)
		return
	}
	if !e.park(l, in) {
		e.stray(in, r)
	}
}

// afterwards takes messages of a Call-ID that is over: nothing in them is new, but for an INVITE with a higher CSeq
// outside a dialog, which is another try of the same caller.
func (e *Endpoint) afterwards(l *lane, in *inbound, req *sip.Request, r route) {
	switch {
	case req.Method == sip.ACK:
		if r.final != nil {
			r.final.ack(e)
		}
		e.Stats.Absorbed.Add(1)
	case r.bye.IsRepeatedBy(req):
		e.Stats.Absorbed.Add(1)
		e.answer(in, req, wire.Answer{Code: int(r.bye.Code), Reason: leg.Phrase(int(r.bye.Code))})
	case outside(req), req.Method == sip.INVITE && !hasToTag(req) && req.CSeq().SeqNo > r.began.cseq:
		e.fresh(l, in, req)
	case req.Method == sip.INVITE && !hasToTag(req):
		e.Stats.Absorbed.Add(1)
		if r.final != nil {
			_ = e.Send(in.reply, r.final.data) // repeated by its sender if lost
		}
	default:
		e.stray(in, r)
	}
}

// stray ends a request that belongs to nothing: 481 inside a dialog and for CANCEL, silence for ACK.
func (e *Endpoint) stray(in *inbound, r route) {
	req, ok := in.msg.(*sip.Request)
	if !ok {
		e.Stats.StrayResponses.Add(1)
		return
	}
	e.Stats.StrayRequests.Add(1)
	if req.Method == sip.ACK {
		if r.final != nil {
			r.final.ack(e)
		}
		return
	}
	e.answer(in, req, wire.Answer{Code: 481, Reason: "Call/Transaction Does Not Exist"})
}

// fresh takes a request of a Call-ID nothing is known of. What may be done by whom:
//
//	method            trunk          registered source   anyone else
//	INVITE            passes         digest
//	REGISTER          digest
//	OPTIONS           200            200                 dropped
//	ACK CANCEL BYE    waits for its INVITE, then 481 (ACK: nothing)
//	in a dialog       481            481                 481
//	others known      405            405                 405
//	methods unknown   501            501                 501
//
// Answers to datagrams of anyone else stay within what they sent.
func (e *Endpoint) fresh(l *lane, in *inbound, req *sip.Request) {
	switch req.Method {
	case sip.ACK, sip.CANCEL, sip.BYE:
		if tag, _ := req.To().Params.Get("tag"); strings.HasPrefix(tag, wire.StatelessTag) && req.Method == sip.ACK {
			return // for an answer of ours that left nothing behind
		}
		if !e.park(l, in) {
			e.stray(in, route{})
		}
		return
	case sip.OPTIONS:
		if !in.known {
			e.Stats.Denied.Add(1)
			return
		}
	}
	if f := wire.Screen(req, &e.caps); f != nil {
		e.deny(in, req, f)
		return
	}
	if hasToTag(req) && req.Method != sip.REGISTER && req.Method != sip.OPTIONS {
		e.stray(in, route{})
		return
	}
	switch req.Method {
	case sip.INVITE:
		e.invite(in, req)
	case sip.REGISTER:
		e.register(in, req)
	case sip.OPTIONS:
		e.options(in, req)
	default:
		e.deny(in, req, &wire.Fault{Code: 405, Reason: "Method Not Allowed", Extra: []wire.Field{e.allow}})
	}
}

// outside reports whether a request cannot belong to a call, even if its Call-ID is that of one.
func outside(req *sip.Request) bool {
	switch req.Method {
	case sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.PRACK, sip.UPDATE, sip.INFO:
		return false
	default:
		return !hasToTag(req)
	}
}

func hasToTag(req *sip.Request) bool { return req.To().Params.Has("tag") }

// options tells a known source what we can do (RFC 3261 11.2). It keeps nothing and gives a retransmission the same
// answer.
func (e *Endpoint) options(in *inbound, req *sip.Request) {
	e.Stats.Options.Add(1)
	e.answer(in, req, wire.Answer{Code: 200, Reason: "OK", Extra: []wire.Field{
		e.allow,
		{Name: "Accept", Value: "application/sdp"},
		{Name: "Supported", Value: strings.Join(e.cfg.Extensions, ", ")},
	}})
}

func (e *Endpoint) trying(in *inbound, req *sip.Request) {
	e.answer(in, req, wire.Answer{Code: 100, Reason: "Trying"})
}
