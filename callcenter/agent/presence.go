package agent

import (
	"slices"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// setPresence: a person's choice, the agent's or a supervisor's. At once while the token is free, else stored for its
// end (R32); a ringing offer is asked back when the choice is not Available.
func (d *step) setPresence(m *cc.SetPresence) error {
	want, err := d.choice(m)
	if err != nil {
		return err
	}
	if d.s.Token.GetState() > cc.TokenState_FREE {
		d.storeNext(want)
		return nil
	}
	if want.Presence == d.s.Presence && want.Reason == d.s.Reason ||
		want.Presence == cc.Presence_OFFLINE && d.s.Presence == cc.Presence_PRESENCE_UNKNOWN {
		return nil
	}
	d.emit(want)
	if want.Presence == cc.Presence_AVAILABLE {
		d.resetMisses()
	}
	return nil
}

// choice checks what a person may choose (R98). From Offline somebody must be there: a client, or a phone-only agent.
// Unavailable without a reason is the sign-in itself.
func (d *step) choice(m *cc.SetPresence) (*cc.PresenceChanged, error) {
	want := &cc.PresenceChanged{Presence: m.Presence, By: m.By}
	signedOut := d.s.Presence <= cc.Presence_OFFLINE
	switch m.Presence {
	case cc.Presence_OFFLINE:
		return want, nil
	case cc.Presence_AVAILABLE, cc.Presence_UNAVAILABLE:
		if d.config() == nil {
			return nil, cc.Errorf(cc.CodeNotFound, "there is no agent %s", d.s.Id)
		}
		if signedOut && len(d.s.Sessions) == 0 && !d.config().GetPhoneOnly() {
			return nil, cc.Errorf(cc.CodeSignedOut, "agent %s is signed out", d.s.Id)
		}
	default:
		return nil, cc.Errorf(cc.CodeBadCommand, "no presence %d", m.Presence)
	}
	if m.Presence == cc.Presence_AVAILABLE {
		return want, nil
	}
	want.Reason = m.Reason
	if signedOut && m.Reason == "" {
		want.Reason = cc.ReasonSignedIn
		return want, nil
	}
	return want, d.checkReason(m.Reason)
}

// checkReason: one of the lists of the tenants the agent is granted; none at all only where no list is.
func (d *step) checkReason(reason string) error {
	if cc.IsSystemReason(reason) {
		return cc.Errorf(cc.CodeReasonSystem, "%q is set by the system only", reason)
	}
	var listed []string
	for _, id := range d.config().GetTenants() {
		reasons := d.env.Dir.Tenant(id).GetPresenceReasons()
		if slices.Contains(reasons, reason) {
			return nil
		}
		listed = append(listed, reasons...)
	}
	if reason == "" && len(listed) == 0 {
		return nil
	}
	slices.Sort(listed)
	known := strings.Join(slices.Compact(listed), ", ")
	return cc.Errorf(cc.CodeReasonUnknown, "%q is no reason of your tenants, which have: %s", reason, known).
		With("reasons", known)
}

// storeNext keeps a person's choice for the end of the token; last write wins. The presence it has already takes the
// stored one away. A sign-out during wrap-up ends the wrap-up.
func (d *step) storeNext(want *cc.PresenceChanged) {
	presence, reason := d.s.NextPresence, d.s.NextReason
	if presence == cc.Presence_PRESENCE_UNKNOWN {
		presence, reason = d.s.Presence, d.s.Reason
	}
	if want.Presence != presence || want.Reason != reason {
		next := &cc.NextPresenceSet{Presence: want.Presence, Reason: want.Reason, By: want.By}
		if want.Presence == d.s.Presence && want.Reason == d.s.Reason {
			next = &cc.NextPresenceSet{By: want.By}
		}
		d.emit(next)
		if want.Presence == cc.Presence_AVAILABLE {
			d.resetMisses()
		}
	}
	if want.Presence == cc.Presence_AVAILABLE {
		return
	}
	d.askBack(cc.OfferOutcome_REFUSED_STATUS)
	if want.Presence == cc.Presence_OFFLINE && d.s.Token.State == cc.TokenState_WRAPUP {
		d.endWrapUp(bySignedOut)
	}
}

// settle takes the presence that waited for the token, or the one the outcome wants. A person's wish and a sign-out
// beat the outcome's; connection_lost does not, because a miss is never given back (R98).
func (d *step) settle(sys *cc.PresenceChanged) {
	s := d.s
	waits := s.NextPresence != cc.Presence_PRESENCE_UNKNOWN
	strong := waits && (s.NextBy != bySystem || s.NextPresence == cc.Presence_OFFLINE)
	switch {
	case sys != nil && !strong:
		d.emit(sys)
	case waits:
		e := &cc.PresenceChanged{Presence: s.NextPresence, Reason: s.NextReason, By: s.NextBy}
		if d.returnable() {
			e.Former, e.FormerReason, e.FormerUntilMs = s.FormerPresence, s.FormerReason, s.FormerUntilMs
		}
		d.emit(e)
	}
}

// returnable: there is a former presence and its time is not over.
func (d *step) returnable() bool {
	return d.s.FormerPresence != cc.Presence_PRESENCE_UNKNOWN && d.now <= d.s.FormerUntilMs
}

// giveBack undoes a system's Unavailable of this reason, stored or taken, when what was lost returned in time (R98).
func (d *step) giveBack(reason string) {
	s := d.s
	if !d.returnable() {
		return
	}
	if s.NextPresence == cc.Presence_UNAVAILABLE && s.NextReason == reason {
		next := &cc.NextPresenceSet{Presence: s.FormerPresence, Reason: s.FormerReason, By: bySystem}
		if s.FormerPresence == s.Presence && s.FormerReason == s.Reason {
			next = &cc.NextPresenceSet{By: bySystem}
		}
		d.emit(next)
		return
	}
	if s.Presence == cc.Presence_UNAVAILABLE && s.Reason == reason && s.Token.GetState() <= cc.TokenState_FREE {
		d.emit(&cc.PresenceChanged{Presence: s.FormerPresence, Reason: s.FormerReason, By: bySystem})
	}
}
