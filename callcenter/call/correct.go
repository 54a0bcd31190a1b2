package call

import (
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// AsCorrected is what the call counts as with all corrections (R52); without any it is the class that was seen.
func AsCorrected(s *cc.CallState) cc.Class {
	c := s.Corrected
	if c == nil {
		return s.Class
	}
	if c.Chosen != cc.Class_CLASS_UNKNOWN {
		return c.Chosen // line 1 of R48
	}
	return correctedFacts(s).class()
}

// correct adds one correction; what was seen stays (R52). Who may is the permission calls.correct in the call's tenant,
// checked where people are known.
func (d *decision) correct(m *cc.Correct) error {
	s := d.s
	switch {
	case manual(s):
		return cc.Errorf(cc.CodeNoClass, "a manual bubble has nothing to correct")
	case s.Phase != cc.CallPhase_ENDED:
		return cc.Errorf(cc.CodeCallLive, "the call is still up")
	case s.Corrected.GetCount() >= maxCorrections:
		return cc.Errorf(cc.CodeOverloaded, "a call is corrected at most %d times", maxCorrections)
	case m.By == "" || !fits(m.By, m.Why):
		return cc.Errorf(cc.CodeBadCommand, "a correction has somebody who makes it, and a why of at most %d bytes", maxText)
	}
	e := &cc.Corrected{Field: m.Field, By: m.By, Why: m.Why, After: m.Value, ClassBefore: AsCorrected(s)}
	was, err := d.correction(m, e)
	if err != nil {
		return err
	}
	if was == e.After && sameLink(s.Corrected.GetLink(), e.LinkAfter) {
		return nil
	}
	if m.Field != cc.CorrectedField_CORRECTED_LINK {
		e.LinkAfter = nil
	}
	after := s.CloneVT()
	applyCorrected(after, e)
	e.ClassAfter = AsCorrected(after)
	d.emit(e)
	return nil
}

// correction fills what is before and after of the field. Before is what counted until now; was the former correction,
// "" when there is none.
func (d *decision) correction(m *cc.Correct, e *cc.Corrected) (was string, err error) {
	s, c := d.s, d.s.Corrected
	e.LinkAfter = c.GetLink()
	switch m.Field {
	case cc.CorrectedField_CORRECTED_CLASS:
		was, e.Before = className(c.GetChosen()), className(AsCorrected(s))
		class, ok := ParseClass(m.Value)
		if !ok {
			return "", cc.Errorf(cc.CodeBadCommand, "there is no class %q", clean(m.Value))
		}
		e.Chosen = class
	case cc.CorrectedField_CORRECTED_OWNER:
		was, e.Before = c.GetOwner(), orKeep(c.GetOwner(), s.Owner)
		if a := d.env.Dir.Agent(m.Value); m.Value != "" && (a == nil || !a.Granted(s.Tenant)) {
			return "", cc.Errorf(cc.CodeNoGrant, "the agent has no grant for the call's tenant")
		}
	case cc.CorrectedField_CORRECTED_REASON:
		was, e.Before = c.GetReason(), orKeep(c.GetReason(), s.Reason)
		r := d.env.Dir.Reason(m.Value)
		if m.Value != "" && (r == nil || r.Tenant != s.Tenant) {
			return "", cc.Errorf(cc.CodeReasonUnknown, "no such call reason")
		}
		e.Lead = r.GetLead()
	case cc.CorrectedField_CORRECTED_NOTES:
		was, e.Before = c.GetNotes(), orKeep(c.GetNotes(), s.Notes)
		if len(m.Value) > maxNotes || strings.ToValidUTF8(m.Value, "") != m.Value {
			return "", cc.Errorf(cc.CodeBadCommand, "notes have at most %d bytes", maxNotes)
		}
	case cc.CorrectedField_CORRECTED_LINK:
		e.After, e.LinkBefore, e.LinkAfter = "", linkNow(s), m.Link
		return "", linkOK(m.Link)
	default:
		return "", cc.Errorf(cc.CodeBadCommand, "nothing to correct is named")
	}
	return was, nil
}

// linkNow is the link that counts.
func linkNow(s *cc.CallState) *cc.LinkRef {
	if l := s.Corrected.GetLink(); l != nil {
		return l.CloneVT()
	}
	if s.Link == cc.LinkLevel_LINK_NONE {
		return nil
	}
	return &cc.LinkRef{Level: int32(s.Link), Customer: s.Customer, Location: s.Location, Job: s.Job}
}

// linkOK: a level has what it is named after.
func linkOK(l *cc.LinkRef) error {
	ok := l == nil || fits(l.Customer, l.Location, l.Job)
	switch cc.LinkLevel(l.GetLevel()) {
	case cc.LinkLevel_LINK_NONE:
		ok = ok && l.GetCustomer() == "" && l.GetLocation() == "" && l.GetJob() == ""
	case cc.LinkLevel_LINK_CUSTOMER:
		ok = ok && l.Customer != "" && l.Location == "" && l.Job == ""
	case cc.LinkLevel_LINK_LOCATION:
		ok = ok && l.Location != "" && l.Job == ""
	case cc.LinkLevel_LINK_JOB, cc.LinkLevel_LINK_BOOKED:
		ok = ok && l.Job != ""
	default:
		ok = false
	}
	if !ok {
		return cc.Errorf(cc.CodeBadCommand, "the link does not have what its level says")
	}
	return nil
}

func sameLink(a, b *cc.LinkRef) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Level == b.Level && a.Customer == b.Customer && a.Location == b.Location && a.Job == b.Job
}

func className(c cc.Class) string {
	if c == cc.Class_CLASS_UNKNOWN {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(c.String(), "CLASS_"))
}

// ParseClass reads a class that a person may give a call, as clients write it; "" is none.
func ParseClass(name string) (cc.Class, bool) {
	for c := cc.Class_CLASS_UNKNOWN; c <= cc.Class_CLASS_TEST; c++ {
		if className(c) == name {
			return c, true
		}
	}
	return 0, false
}
