package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// facts are all that the class of a call is a function of (R48).
type facts struct {
	test, blocked, bypassed bool
	role                    cc.NumberRole
	number                  bool // one was dialled
	direction               cc.Direction
	booked                  bool
	answered                bool // by a person of the office
	overflow, callback      bool // who else took it, when nobody of the office did
	forwarded, owned        bool
	reason, lead            bool
	note                    bool
	short                   bool // talked for less than the threshold (R49)
}

func factsOf(s *cc.CallState) facts {
	return facts{
		test: s.Test, blocked: s.Blocked, bypassed: s.Bypassed || s.NumberRole == cc.NumberRole_BYPASS,
		role: s.NumberRole, number: s.Number != "", direction: s.Direction,
		booked: s.Link == cc.LinkLevel_LINK_BOOKED, answered: s.AnsweredMs != 0,
		overflow: s.OverflowAnswered, callback: s.CallbackOpen,
		forwarded: s.Mode == cc.CallMode_FORWARDED, owned: s.Owner != "",
		reason: s.Reason != "", lead: s.ReasonLead, note: s.NoteExcused,
		short: talkMs(s) < s.LeadThresholdMs,
	}
}

// correctedFacts are the facts with what persons have corrected.
func correctedFacts(s *cc.CallState) facts {
	f, c := factsOf(s), s.Corrected
	if c.GetOwner() != "" {
		f.owned = true
	}
	if c.GetReason() != "" {
		f.reason, f.lead = true, c.ReasonLead
	}
	if l := c.GetLink(); l != nil {
		f.booked = cc.LinkLevel(l.Level) == cc.LinkLevel_LINK_BOOKED
	}
	return f
}

// class is the first line of R48 that holds, from line 2 on; line 1 is a correction's.
func (f facts) class() cc.Class {
	switch {
	case f.test:
		return cc.Class_CLASS_TEST
	case f.blocked:
		return cc.Class_CLASS_BLOCKED
	case f.bypassed:
		return cc.Class_BYPASSED
	case f.direction == cc.Direction_OUTBOUND:
		return cc.Class_CLASS_OUTBOUND
	case f.direction == cc.Direction_INTERNAL || !f.number:
		return cc.Class_CLASS_INTERNAL
	case f.role == cc.NumberRole_DIRECT_LINE:
		return cc.Class_CLASS_DIRECT
	case f.booked:
		return cc.Class_BOOKED
	case !f.answered && f.overflow:
		return cc.Class_OVERFLOW
	case !f.answered && f.callback:
		return cc.Class_CALLBACK
	case !f.answered:
		return cc.Class_ABANDONED_UNANSWERED
	case f.forwarded && !f.owned:
		return cc.Class_ABANDONED_ANSWERED_UNCLAIMED
	case f.reason && f.lead:
		return cc.Class_UNBOOKED
	case f.reason:
		return cc.Class_NOT_LEAD
	case f.note:
		return cc.Class_EXCUSED_NOTE
	case f.short:
		return cc.Class_EXCUSED_SHORT
	}
	return cc.Class_UNBOOKED
}

// Classify gives the one class of a call by its facts as they were seen.
func Classify(s *cc.CallState) cc.Class { return factsOf(s).class() }

// talkMs sums the closed segments, hold included (R49).
func talkMs(s *cc.CallState) int64 {
	var sum int64
	for _, g := range s.Segments {
		sum += g.TalkMs
	}
	return sum
}

func holdMs(s *cc.CallState) int64 {
	var sum int64
	for _, g := range s.Segments {
		sum += g.HoldMs
	}
	return sum
}

// classify says the class of an ended call whenever it has changed; provisional until the bubble is closed. A manual
// bubble has none (R39).
func (d *decision) classify() {
	s := d.s
	if s.Phase != cc.CallPhase_ENDED || manual(s) {
		return
	}
	class, provisional := Classify(s), s.Desk != cc.BubbleDesk_DESK_CLOSED
	if class != s.Class || provisional != s.Provisional {
		d.emit(&cc.Classified{Class: class, Provisional: provisional})
	}
}
