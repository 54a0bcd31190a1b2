package sip

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/wire"
)

// receive takes one message from a reader goroutine: refuses what is malformed, drops who is too fast, and puts the
// rest on the lane of its Call-ID. Nothing here waits.
func (e *Endpoint) receive(p wire.Parsed, src leg.Dest, size int) {
	in := inbound{msg: p.Msg, src: src, reply: src, size: size}
	in.trunk, in.known = e.source(src)
	if in.known && src.Reliable() {
		e.net.Prove(src.Flow) // a trunk is known by its address and proves itself in no other way
	}
	if p.Fault != nil {
		e.refuse(&p, &in)
		return
	}
	in.callID = string(*p.Msg.CallID())
	req, isRequest := p.Msg.(*sip.Request)
	if isRequest {
		e.Stats.Requests.Add(1)
		if !src.Reliable() {
			e.forceRport(req.Via())
			in.reply.Addr = wire.ReplyAddr(req.Via(), src.Addr)
		}
		wire.MarkVia(req.Via(), src.Addr)
		req.SetSource(src.Addr.String())
	} else {
		e.Stats.Responses.Add(1)
	}
	if !in.known && e.routes.get(in.callID).state != routeBound &&
		!e.limiter.receive(src.Addr.Addr(), size, e.cfg.Now()) {
		e.Stats.RateLimited.Add(1)
		return
	}
	e.enqueue(&in, req)
}

// enqueue puts a message on its lane. When the lane is full a new INVITE is answered 503: the one message whose loss
// a caller hears; all others are repeated by their sender.
func (e *Endpoint) enqueue(in *inbound, req *sip.Request) {
	e.reading.RLock()
	defer e.reading.RUnlock()
	if e.draining {
		return
	}
	if e.laneOf(in.callID).push(*in) {
		return
	}
	e.Stats.LaneFull.Add(1)
	if req != nil && req.Method == sip.INVITE && in.known {
		e.answer(in, req, wire.Answer{
			Code: 503, Reason: "Service Unavailable", Extra: []wire.Field{{Name: "Retry-After", Value: "2"}},
		})
	}
}

// source says whether a source is a trunk, and whether it is known at all.
func (e *Endpoint) source(src leg.Dest) (trunk string, known bool) {
	if e.cfg.Directory != nil {
		if trunk, ok := e.cfg.Directory.TrunkBySource(src.Addr); ok {
			return trunk, true
		}
	}
	return "", e.registrar.KnownSource(src)
}

// refuse answers a malformed request with what could be read of it; a malformed response is dropped, an ACK too.
func (e *Endpoint) refuse(p *wire.Parsed, in *inbound) {
	if !p.Raw.Request {
		e.Stats.MalformedResponses.Add(1)
		return
	}
	e.Stats.Malformed.Add(1)
	if !in.known && !e.limiter.receive(in.src.Addr.Addr(), in.size, e.cfg.Now()) {
		e.Stats.RateLimited.Add(1)
		return
	}
	if p.Raw.Method == "ACK" || !in.known && p.Raw.Method == "OPTIONS" {
		return
	}
	echo, top, ok := wire.EchoOfRaw(p.Raw, e.cfg.Limits)
	if !ok {
		return
	}
	if !in.src.Reliable() {
		e.forceRport(top)
		in.reply.Addr = wire.ReplyAddr(top, in.src.Addr)
	}
	wire.MarkVia(top, in.src.Addr)
	echo.Vias = replaceTop(echo.Vias, top)
	e.write(in, &echo, wire.Answer{Code: p.Fault.Code, Reason: p.Fault.Reason, Extra: p.Fault.Extra})
}

// forceRport asks in the sender's place to be answered at its source port, if so configured.
func (e *Endpoint) forceRport(via *sip.ViaHeader) {
	if e.cfg.ForceRport && !via.Params.Has("rport") {
		via.Params.Add("rport", "")
	}
}

// replaceTop writes the completed top Via in place of the first value of the first line, keeping the rest of it.
func replaceTop(lines []string, top *sip.ViaHeader) []string {
	rest := wire.AfterFirstVia(lines[0])
	out := make([]string, 0, len(lines)+1)
	out = append(out, top.Value())
	if rest != "" {
		out = append(out, rest)
	}
	return append(out, lines[1:]...)
}

// unproven reports whether answers to a source are limited by what it sent: datagrams can be forged.
func (in *inbound) unproven() bool { return !in.known && !in.src.Reliable() }

func addrOf(d leg.Dest) netip.Addr { return d.Addr.Addr() }
