package sip

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/registrar"
	"github.com/wirechief/wirechief/sip/wire"
)

// register takes a REGISTER: retransmission, digest, then the registrar; the answer follows when the change is
// durable.
func (e *Endpoint) register(in *inbound, req *sip.Request) {
	key := keyOf(req, in.src)
	if data, known := e.answers.get(key); known {
		e.Stats.Absorbed.Add(1)
		if data != nil {
			_ = e.Send(in.reply, data) // repeated by its sender if lost
		}
		return
	}
	q, fault := registerRequest(in, req)
	if fault != nil {
		e.deny(in, req, fault)
		return
	}
	user, ok := e.authenticate(in, req)
	if !ok {
		return
	}
	in.known = true
	if user != q.AOR {
		e.Stats.Denied.Add(1)
		e.answer(in, req, wire.Answer{Code: 403, Reason: "Forbidden"})
		return
	}
	e.Stats.Registers.Add(1)
	e.answers.begin(key, e.cfg.Now())
	held := *in
	e.registrar.Register(q, func(r registrar.Result) {
		e.answers.set(key, e.answer(&held, req, e.registerAnswer(r)))
	})
}

func (e *Endpoint) registerAnswer(r registrar.Result) wire.Answer {
	a := wire.Answer{Code: r.Code, Reason: r.Reason}
	now := e.cfg.Now()
	if r.MinExpiresS > 0 {
		a.Extra = append(a.Extra, wire.Field{Name: "Min-Expires", Value: strconv.FormatInt(r.MinExpiresS, 10)})
	}
	for i := range r.Bindings {
		b := &r.Bindings[i]
		left := (b.ExpiresAtMs - now.UnixMilli() + 999) / 1000
		v := "<" + b.Contact + ">;expires=" + strconv.FormatInt(left, 10)
		if b.Instance != "" {
			v += ";+sip.instance=" + b.Instance
		}
		if b.RegID != "" {
			v += ";reg-id=" + b.RegID
		}
		a.Extra = append(a.Extra, wire.Field{Name: "Contact", Value: v})
	}
	if r.Code == 200 {
		a.Extra = append(a.Extra, wire.Field{Name: "Date", Value: now.UTC().Format(sipDate)})
	}
	return a
}

// sipDate is the form of RFC 3261 20.17.
const sipDate = "Mon, 02 Jan 2006 15:04:05 GMT"

// registerRequest reads a REGISTER. The user is the user part of To: the domain is ours by arriving here.
func registerRequest(in *inbound, req *sip.Request) (q registrar.Request, fault *wire.Fault) {
	to := req.To().Address
	if to.Scheme != "sip" && to.Scheme != "sips" || to.User == "" {
		return q, &wire.Fault{Code: 404, Reason: "Not Found"}
	}
	q = registrar.Request{
		AOR: to.User, CallID: in.callID, CSeq: req.CSeq().SeqNo, ExpiresS: -1, Source: in.src,
	}
	for _, h := range req.Headers() {
		switch v := h.(type) {
		case *sip.ContactHeader:
			if v.Address.Wildcard {
				q.Star = true
				continue
			}
			q.Contacts = append(q.Contacts, contact(v))
		default:
			switch h.Name() {
			case "Expires":
				q.ExpiresS = seconds(h.Value())
			case "User-Agent":
				q.UserAgent = h.Value()
			}
		}
	}
	if len(q.Contacts) > maxRegisterContacts {
		return q, &wire.Fault{Code: 400, Reason: "Too Many Contacts"}
	}
	return q, nil
}

// maxRegisterContacts bounds the contacts of one REGISTER.
const maxRegisterContacts = 32

func contact(h *sip.ContactHeader) registrar.Contact {
	c := registrar.Contact{URI: registrar.NormalContact(h.Address.String()), ExpiresS: -1}
	if v, ok := h.Params.Get("expires"); ok {
		c.ExpiresS = seconds(v)
	}
	c.Instance, _ = h.Params.Get("+sip.instance")
	c.RegID, _ = h.Params.Get("reg-id")
	return c
}

// seconds reads delta-seconds. What is no number counts as not given (RFC 3261 20.19 takes 3600 then), what is too
// large as the largest.
func seconds(s string) int64 {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return -1
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > 1<<32-1 {
		return 1<<32 - 1
	}
	return n
}
