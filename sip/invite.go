package sip

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/wire"
)

// invite takes a new INVITE: who is it, is there room, then 100 and on to the handler.
func (e *Endpoint) invite(in *inbound, req *sip.Request) {
	id := Identity{Trunk: in.trunk}
	if in.trunk == "" {
		user, ok := e.authenticate(in, req)
		if !ok {
			return
		}
		id.User = user
		in.known = true // proven for this request: 100 and 503 need no budget
	}
	if wait, full := e.overloaded(); full {
		e.Stats.Overload.Add(1)
		e.answer(in, req, wire.Answer{
			Code: 503, Reason: "Service Unavailable",
			Extra: []wire.Field{{Name: "Retry-After", Value: strconv.Itoa(int((wait + time.Second - 1) / time.Second))}},
		})
		return
	}
	e.Stats.Invites.Add(1)
	e.routes.pend(in.callID, beganBy(req), e.cfg.Now())
	if !e.cfg.LateTrying {
		e.trying(in, req)
	}
	e.cfg.Handler.Invite(req, in.src, id)
}

// overloaded asks for room. Retry-After is at least a second.
func (e *Endpoint) overloaded() (wait time.Duration, full bool) {
	wait = 2 * time.Second
	if e.routes.pending.Load() >= int64(e.cfg.MaxPending) {
		return wait, true
	}
	if e.cfg.Admit == nil {
		return 0, false
	}
	ok, wait := e.cfg.Admit()
	return max(wait, time.Second), !ok
}
