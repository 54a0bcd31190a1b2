package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Classify gives the one class of a call by its facts (R48): the first line that holds. Corrections by a person
// (line 1) stand beside the call, not in it.
func Classify(s *cc.CallState) cc.Class {
	switch {
	case s.Test:
		return cc.Class_CLASS_TEST
	case s.Blocked:
		return cc.Class_CLASS_BLOCKED
	case s.NumberRole == cc.NumberRole_BYPASS:
		return cc.Class_BYPASSED
	case s.Number == "":
		return cc.Class_CLASS_INTERNAL
	case s.NumberRole == cc.NumberRole_DIRECT_LINE:
		return cc.Class_CLASS_DIRECT
	case s.Link == cc.LinkLevel_LINK_BOOKED:
		return cc.Class_BOOKED
	case s.AnsweredMs == 0:
		return cc.Class_ABANDONED_UNANSWERED
	case s.Mode == cc.CallMode_FORWARDED && s.Owner == "":
		return cc.Class_ABANDONED_ANSWERED_UNCLAIMED
	case s.Reason != "" && s.ReasonLead:
		return cc.Class_UNBOOKED
	case s.Reason != "":
		return cc.Class_NOT_LEAD
	case s.NoteExcused:
		return cc.Class_EXCUSED_NOTE
	case talkMs(s) < s.LeadThresholdMs:
		return cc.Class_EXCUSED_SHORT
	}
	return cc.Class_UNBOOKED
}

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

// classify says the class of an ended call whenever it has changed; provisional until the bubble is closed.
func (d *decision) classify() {
	s := d.s
	if s.Phase != cc.CallPhase_ENDED {
		return
	}
	class, provisional := Classify(s), s.Desk != cc.BubbleDesk_DESK_CLOSED
	if class != s.Class || provisional != s.Provisional {
		d.emit(&cc.Classified{Class: class, Provisional: provisional})
	}
}
