package figures

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Kind is what sort of fact a measure counts.
type Kind uint8

// Kinds of facts, with the time a fact of the kind starts at.
const (
	VisitKind   Kind = iota // a call in one queue, from entering it
	OfferKind               // a call offered to one agent, from the offer
	TalkKind                // an agent on a call, from the answer
	WrapKind                // a wrap-up, from its start
	CallKind                // a call with its class and owner, from its arrival
	QuarterKind             // a quarter of an hour of an agent
	kinds
)

// Fact is one thing to be counted. The field of its kind is set; Call too, but for quarters, and for wrap-ups only where
// the call is known.
type Fact struct {
	Kind    Kind
	AtMs    int64
	Call    *cc.CallFacts
	Visit   *cc.VisitFact
	Offer   *cc.OfferFact
	Talk    *cc.TalkFact
	Wrap    *cc.WrapFact
	Quarter *cc.AgentQuarter
}

// Measure is a figure that is a sum over facts: 1 each for a count, milliseconds for a time.
type Measure struct {
	Name    string
	Label   string // what it says, in words
	Formula string
	Unit    string // calls, offers, ms
	Kind    Kind
	of      func(o *Options, f *Fact) int64
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// wait is how long the call was in the queue, until nowMs if it is still there.
func wait(o *Options, v *cc.VisitFact) int64 {
	until := v.LeaveMs
	if until == 0 {
		until = max(o.NowMs, v.EnterMs)
	}
	return until - v.EnterMs
}

func left(outcome cc.VisitOutcome, also func(o *Options, v *cc.VisitFact) bool) func(*Options, *Fact) int64 {
	return func(o *Options, f *Fact) int64 {
		return one(f.Visit.Outcome == outcome && (also == nil || also(o, f.Visit)))
	}
}

func inTime(o *Options, v *cc.VisitFact) bool  { return wait(o, v) <= o.ThresholdMs }
func late(o *Options, v *cc.VisitFact) bool    { return wait(o, v) > o.ThresholdMs }
func isShort(o *Options, v *cc.VisitFact) bool { return wait(o, v) < o.ShortMs }

func offerEnded(outcome cc.OfferOutcome) func(*Options, *Fact) int64 {
	return func(_ *Options, f *Fact) int64 { return one(f.Offer.Outcome == outcome) }
}

func talked(o *Options, t *cc.TalkFact) int64 {
	until := t.UntilMs
	if until == 0 {
		until = max(o.NowMs, t.FromMs)
	}
	return until - t.FromMs
}

func ofClass(classes ...cc.Class) func(*Options, *Fact) int64 {
	return func(o *Options, f *Fact) int64 {
		have := Class(f.Call, o.View)
		for _, c := range classes {
			if have == c {
				return 1
			}
		}
		return 0
	}
}

// Names of the measures that ratios are made of.
const (
	Offered        = "offered"
	Answered       = "answered"
	AnsweredInTime = "answered_in_time"
	AnsweredLate   = "answered_late"
	Abandoned      = "abandoned"
	AbandonedShort = "abandoned_short"
	AbandonInTime  = "abandoned_in_time"
	FlowedOut      = "flowed_out"
	Waiting        = "waiting"
	WaitAnswered   = "wait_answered_ms"
	Accepted       = "offers_answered"
	Missed         = "offers_missed"
	Rejected       = "offers_rejected"
	Handled        = "handled"
	TalkTime       = "talk_ms"
	HoldTime       = "hold_ms"
	WrapTime       = "wrapup_ms"
	Booked         = "booked"
	Unbooked       = "unbooked"
	SignedIn       = "signed_in_ms"
	IdleTime       = "idle_ms"
	HandleTime     = "handle_time_ms"
)

// Measures are all sums there are, in the order they are shown.
var Measures = []Measure{ //nolint:gochecknoglobals // a table
	{Offered, "calls offered to a queue", "visits of a queue, but for those resumed by a redial", "calls", VisitKind,
		func(_ *Options, f *Fact) int64 { return one(f.Visit.Outcome != cc.VisitOutcome_VISIT_RESUMED) }},
	{Answered, "answered by an agent", "visits that ended with an agent on the call", "calls", VisitKind,
		left(cc.VisitOutcome_VISIT_ANSWERED, nil)},
	{AnsweredInTime, "answered within T", "answered with wait <= T", "calls", VisitKind,
		left(cc.VisitOutcome_VISIT_ANSWERED, inTime)},
	{AnsweredLate, "answered after T", "answered with wait > T", "calls", VisitKind,
		left(cc.VisitOutcome_VISIT_ANSWERED, late)},
	{Abandoned, "abandoned", "the caller left while waiting or ringing", "calls", VisitKind,
		left(cc.VisitOutcome_VISIT_ABANDONED, nil)},
	{AbandonedShort, "short abandons", "abandoned with wait < S", "calls", VisitKind,
		left(cc.VisitOutcome_VISIT_ABANDONED, isShort)},
	{AbandonInTime, "abandoned within T", "abandoned with wait <= T", "calls", VisitKind,
		left(cc.VisitOutcome_VISIT_ABANDONED, inTime)},
	{FlowedOut, "flowed out", "taken out of the queue by a rule", "calls", VisitKind,
		left(cc.VisitOutcome_VISIT_FLOWED_OUT, nil)},
	{Waiting, "still waiting", "neither answered nor gone", "calls", VisitKind,
		left(cc.VisitOutcome_VISIT_WAITING, nil)},
	{"resumed", "resumed by a redial", "left and came back to the old place; counted with the second call", "calls", VisitKind,
		left(cc.VisitOutcome_VISIT_RESUMED, nil)},
	{WaitAnswered, "wait of the answered", "sum of (answered - entered the queue), ring included", "ms", VisitKind,
		func(o *Options, f *Fact) int64 {
			return one(f.Visit.Outcome == cc.VisitOutcome_VISIT_ANSWERED) * wait(o, f.Visit)
		}},
	{"wait_abandoned_ms", "wait of the abandoned", "sum of (left - entered the queue)", "ms", VisitKind,
		func(o *Options, f *Fact) int64 {
			return one(f.Visit.Outcome == cc.VisitOutcome_VISIT_ABANDONED) * wait(o, f.Visit)
		}},

	{"offers", "offers to agents", "offers made", "offers", OfferKind, func(*Options, *Fact) int64 { return 1 }},
	{Accepted, "offers answered", "outcome answered", "offers", OfferKind, offerEnded(cc.OfferOutcome_ANSWERED)},
	{Missed, "offers missed", "outcome missed", "offers", OfferKind, offerEnded(cc.OfferOutcome_MISSED)},
	{Rejected, "offers rejected", "outcome rejected", "offers", OfferKind, offerEnded(cc.OfferOutcome_REJECTED)},
	{"offers_caller_gave_up", "offers the caller gave up", "outcome caller_gave_up; no fault of the agent", "offers", OfferKind,
		offerEnded(cc.OfferOutcome_CALLER_GAVE_UP)},

	{Handled, "calls handled", "times an agent was on a call", "calls", TalkKind, func(*Options, *Fact) int64 { return 1 }},
	{TalkTime, "talk", "sum of (off the call - answered) without hold", "ms", TalkKind,
		func(o *Options, f *Fact) int64 { return talked(o, f.Talk) - f.Talk.HoldMs }},
	{HoldTime, "hold", "sum of holds", "ms", TalkKind, func(_ *Options, f *Fact) int64 { return f.Talk.HoldMs }},
	{WrapTime, "wrap-up", "sum of wrap-ups after calls", "ms", WrapKind,
		func(_ *Options, f *Fact) int64 { return f.Wrap.UntilMs - f.Wrap.FromMs }},

	{"calls", "calls", "calls that arrived", "calls", CallKind, func(*Options, *Fact) int64 { return 1 }},
	{Booked, "booked", "class booked", "calls", CallKind, ofClass(cc.Class_BOOKED)},
	{Unbooked, "unbooked", "class unbooked", "calls", CallKind, ofClass(cc.Class_UNBOOKED)},
	{"excused", "excused", "class excused: note, short or manager", "calls", CallKind,
		ofClass(cc.Class_EXCUSED_NOTE, cc.Class_EXCUSED_SHORT, cc.Class_EXCUSED_MANAGER)},
	{"not_lead", "not a lead", "class not_lead", "calls", CallKind, ofClass(cc.Class_NOT_LEAD)},
	{"abandoned_unanswered", "abandoned, unanswered", "class abandoned(unanswered)", "calls", CallKind,
		ofClass(cc.Class_ABANDONED_UNANSWERED)},
	{"abandoned_unclaimed", "abandoned, answered and unclaimed", "class abandoned(answered_unclaimed)", "calls", CallKind,
		ofClass(cc.Class_ABANDONED_ANSWERED_UNCLAIMED)},
	{"abandoned_withheld", "abandoned with a withheld number", "class abandoned without a caller's number: nobody can call back",
		"calls", CallKind, func(o *Options, f *Fact) int64 {
			return one(f.Call.Caller == "") * ofClass(cc.Class_ABANDONED_UNANSWERED, cc.Class_ABANDONED_ANSWERED_UNCLAIMED)(o, f)
		}},
	{"overflow", "overflow", "class overflow", "calls", CallKind, ofClass(cc.Class_OVERFLOW)},
	{"callback", "callbacks", "class callback", "calls", CallKind, ofClass(cc.Class_CALLBACK)},
	{"outbound", "outbound", "class outbound", "calls", CallKind, ofClass(cc.Class_CLASS_OUTBOUND)},
	{"direct", "direct", "class direct", "calls", CallKind, ofClass(cc.Class_CLASS_DIRECT)},

	{SignedIn, "signed in", "all time but offline", "ms", QuarterKind, func(_ *Options, f *Fact) int64 {
		q := f.Quarter
		return q.UnavailableMs + q.IdleMs + q.RingingMs + q.TalkMs + q.WrapupMs + q.OtherMs
	}},
	{IdleTime, "idle while Available", "Available, no call, no wrap-up", "ms", QuarterKind,
		func(_ *Options, f *Fact) int64 { return f.Quarter.IdleMs }},
	{"unavailable_ms", "unavailable", "Unavailable, no call, no wrap-up", "ms", QuarterKind,
		func(_ *Options, f *Fact) int64 { return f.Quarter.UnavailableMs }},
	{"ringing_ms", "ringing", "an offer rings or connects", "ms", QuarterKind,
		func(_ *Options, f *Fact) int64 { return f.Quarter.RingingMs }},
	{HandleTime, "handle time", "on a queue call or in wrap-up", "ms", QuarterKind,
		func(_ *Options, f *Fact) int64 { return f.Quarter.TalkMs + f.Quarter.WrapupMs }},
	{"other_calls_ms", "other calls", "on a direct, internal or outbound call", "ms", QuarterKind,
		func(_ *Options, f *Fact) int64 { return f.Quarter.OtherMs }},
}

// MeasureOf is the place of a measure in Measures, -1 for a name that is none.
func MeasureOf(name string) int {
	for i := range Measures {
		if Measures[i].Name == name {
			return i
		}
	}
	return -1
}

// Class is a call's class as first seen or as corrected. A call whose caller called again was not abandoned (R94): it has
// none, the later call has.
func Class(f *cc.CallFacts, v View) cc.Class {
	class := f.SeenClass
	if v == Corrected && f.Corrected {
		class = f.CorrectedClass
	}
	n := len(f.Visits)
	if class == cc.Class_ABANDONED_UNANSWERED && n > 0 && f.Visits[n-1].Outcome == cc.VisitOutcome_VISIT_RESUMED {
		return cc.Class_CLASS_UNKNOWN
	}
	return class
}

// Owner is whose the call is, as first seen or as corrected.
func Owner(f *cc.CallFacts, v View) string {
	if v == Corrected && f.Corrected {
		return f.CorrectedOwner
	}
	return f.SeenOwner
}

// outside says that a call is out of all figures: test, blocked, bypassed (R48), or of the company's own people (R74).
func outside(f *cc.CallFacts, v View) bool {
	if f.GetTest() {
		return true
	}
	switch Class(f, v) {
	case cc.Class_CLASS_TEST, cc.Class_CLASS_BLOCKED, cc.Class_BYPASSED, cc.Class_CLASS_INTERNAL:
		return true
	}
	return false
}

// Of is what a fact of the measure's kind adds to it.
func (m *Measure) Of(o *Options, f *Fact) int64 { return m.of(o, f) }
