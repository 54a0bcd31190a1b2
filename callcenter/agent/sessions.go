package agent

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// sessionOpened: a client connected. It signs an Offline agent in (R98), ends a running grace and gives the former
// presence back when it comes in time (edge cases 4, 36).
func (d *step) sessionOpened(m *cc.SessionOpened) error {
	s := d.s
	if m.Session == "" {
		return cc.Errorf(cc.CodeBadCommand, "a session has an id")
	}
	if d.session(m.Session) >= 0 {
		return nil
	}
	if d.config() == nil {
		return cc.Errorf(cc.CodeNotFound, "there is no agent %s", s.Id)
	}
	if len(s.Sessions) >= MaxSessions {
		return cc.Errorf(cc.CodeOverloaded, "agent %s has %d clients connected", s.Id, MaxSessions)
	}
	d.emit(&cc.ClientConnected{Session: m.Session})
	if s.OfflineSeq != 0 {
		d.emit(&cc.GraceEnded{Returned: true})
	}
	switch {
	case s.Presence == cc.Presence_OFFLINE:
		d.emit(&cc.PresenceChanged{Presence: cc.Presence_UNAVAILABLE, Reason: cc.ReasonSignedIn, By: bySystem})
	case s.NextPresence == cc.Presence_OFFLINE && s.NextBy == bySystem:
		// Signed out by the clock during a long call and back before its end: as any sign-in.
		d.emit(&cc.NextPresenceSet{Presence: cc.Presence_UNAVAILABLE, Reason: cc.ReasonSignedIn, By: bySystem})
	default:
		d.giveBack(cc.ReasonConnectionLost)
	}
	return nil
}

func (d *step) sessionClosed(m *cc.SessionClosed) {
	if d.session(m.Session) < 0 {
		return
	}
	d.emit(&cc.ClientGone{Session: m.Session})
	if len(d.s.Sessions) == 0 {
		d.startGrace()
	}
}

// nodeStarted: no client survives the process, and each grace starts anew (R98), also one that ran or was over. So does
// the time in which a former presence is given back, if it was not over: nobody could return while the node was down.
func (d *step) nodeStarted() {
	for len(d.s.Sessions) > 0 {
		d.emit(&cc.ClientGone{Session: d.s.Sessions[0].Id})
	}
	if d.returnable() {
		d.emit(&cc.FormerRenewed{UntilMs: d.now + ReturnMs})
	}
	d.startGrace()
}

func (d *step) startGrace() {
	if d.s.Presence <= cc.Presence_OFFLINE || d.config().GetPhoneOnly() {
		return
	}
	e := &cc.GraceStarted{
		UntilMs: d.now + GraceMs, TimerSeq: d.s.TimerSeq + 1,
		OfflineAtMs: d.now + OfflineMs, OfflineSeq: d.s.TimerSeq + 2,
	}
	d.emit(e)
	d.setTimer(timerGrace, e.TimerSeq, e.UntilMs)
	d.setTimer(timerOffline, e.OfflineSeq, e.OfflineAtMs)
}

// graceFired: nobody came back. Who is or will be Available becomes Unavailable(connection_lost), at once or with the
// token; a ringing offer is asked back; a call is not cut (edge case 4).
func (d *step) graceFired(seq uint64) {
	s := d.s
	if seq == 0 || s.GraceSeq != seq || d.tooEarly(timerGrace, seq, s.GraceUntilMs) {
		return
	}
	d.emit(&cc.GraceEnded{})
	presence, reason := s.NextPresence, s.NextReason
	if presence == cc.Presence_PRESENCE_UNKNOWN {
		presence, reason = s.Presence, s.Reason
	}
	if presence != cc.Presence_AVAILABLE {
		return
	}
	until := s.OfflineAtMs - OfflineMs + ReturnMs // counted from the loss
	if s.Token.GetState() <= cc.TokenState_FREE {
		d.emit(&cc.PresenceChanged{
			Presence: cc.Presence_UNAVAILABLE, Reason: cc.ReasonConnectionLost, By: bySystem,
			Former: presence, FormerReason: reason, FormerUntilMs: until,
		})
		return
	}
	d.emit(&cc.NextPresenceSet{
		Presence: cc.Presence_UNAVAILABLE, Reason: cc.ReasonConnectionLost, By: bySystem,
		Former: presence, FormerReason: reason, FormerUntilMs: until,
	})
	d.askBack(cc.OfferOutcome_REFUSED_STATUS)
}

// offlineFired: gone for OfflineMs. With a token held the sign-out waits for its end.
func (d *step) offlineFired(seq uint64) {
	s := d.s
	if seq == 0 || s.OfflineSeq != seq || d.tooEarly(timerOffline, seq, s.OfflineAtMs) {
		return
	}
	if s.Token.GetState() <= cc.TokenState_FREE {
		d.emit(&cc.PresenceChanged{Presence: cc.Presence_OFFLINE, By: bySystem})
		return
	}
	if s.NextPresence != cc.Presence_OFFLINE {
		d.emit(&cc.NextPresenceSet{Presence: cc.Presence_OFFLINE, By: bySystem})
		d.askBack(cc.OfferOutcome_REFUSED_STATUS)
	}
}

// session is the place of a session in the list, -1 when it is not there.
func (d *step) session(id string) int {
	return slices.IndexFunc(d.s.Sessions, func(x *cc.AgentSession) bool { return x.Id == id })
}
