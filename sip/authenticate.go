package sip

import (
	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/auth"
	"github.com/wirechief/wirechief/sip/wire"
)

// authenticate demands a digest. It returns the proven user, or answers and returns false. Known and unknown users,
// right names with wrong secrets and banned users all see the same 401.
func (e *Endpoint) authenticate(in *inbound, req *sip.Request) (user string, ok bool) {
	now := e.cfg.Now()
	source := sourceKey(addrOf(in.src))
	// A phone that is registered is spared: one with a wrong secret behind the same NAT must not shut out the office.
	if !in.known && e.guard.Banned(source, now) {
		e.Stats.BannedDropped.Add(1)
		return "", false
	}
	var values []string
	for _, h := range req.Headers() {
		if h.Name() == "Authorization" {
			values = append(values, h.Value())
		}
	}
	r := e.auth.Check(values, string(req.Method), req.Recipient.String(), e.credential, now)
	if r.Outcome == auth.OK && e.guard.Banned("u"+r.User, now) && !e.registrar.KnownAs(in.src, r.User) {
		// A guess under way must not learn that it was right; the phone that is registered is not shut out by it.
		r.Outcome = auth.Failed
	}
	switch r.Outcome {
	case auth.OK:
		if in.src.Reliable() {
			e.net.Prove(in.src.Flow)
		}
		return r.User, true
	case auth.Malformed:
		e.answer(in, req, wire.Answer{Code: 400, Reason: "Digest URI Differs"})
		return "", false
	case auth.Failed:
		e.Stats.AuthFailed.Add(1)
		if !in.known && e.guard.Fail(source, now) {
			e.banned(in, "source")
		}
		if e.guard.Fail("u"+r.User, now) {
			e.banned(in, "user")
		}
	}
	e.challenge(in, req, r.Outcome == auth.Stale)
	return "", false
}

func (e *Endpoint) credential(user, realm string) (auth.Credential, bool) {
	if e.cfg.Directory == nil {
		return auth.Credential{}, false
	}
	return e.cfg.Directory.Credential(user, realm)
}

func (e *Endpoint) banned(in *inbound, what string) {
	e.Stats.Bans.Add(1)
	e.cfg.Logger.Warn("sip: too many failed digests, banned for a while", "what", what, "source", in.src.Addr.String())
}

// challenge sends the one stateless 401.
func (e *Endpoint) challenge(in *inbound, req *sip.Request, stale bool) {
	e.Stats.Challenged.Add(1)
	a := wire.Answer{Code: 401, Reason: "Unauthorized"}
	for _, v := range e.auth.Challenges(stale, e.cfg.Now()) {
		a.Extra = append(a.Extra, wire.Field{Name: "WWW-Authenticate", Value: v})
	}
	e.answer(in, req, a)
}
