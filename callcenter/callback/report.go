package callback

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Report is what an ended call says to the callback of its number; nil: nothing, whatever may come of the call. A
// withheld number has no callback, it is a figure (abandoned_withheld).
func Report(c *cc.CallSummary) *cc.CallReported {
	if c.Phase != cc.CallPhase_ENDED || c.Caller == "" || c.Tenant == "" || c.Test {
		return nil
	}
	switch c.Class {
	case cc.Class_CLASS_INTERNAL, cc.Class_CLASS_BLOCKED, cc.Class_CLASS_TEST, cc.Class_BYPASSED, cc.Class_CLASS_UNKNOWN:
		return nil
	}
	return &cc.CallReported{
		Call: c.Call, Kind: kindOf(c), StartedMs: c.ArrivedMs, EndedMs: c.EndedMs, TalkMs: c.TalkMs,
		AnsweredMs: c.AnsweredMs,
		Outbound:   c.Class == cc.Class_CLASS_OUTBOUND,
	}
}

// kindOf says why a call wants a callback. A person's mark comes first (R54).
func kindOf(c *cc.CallSummary) cc.CallbackKind {
	switch {
	case c.NeedsCallback:
		return cc.CallbackKind_CALLBACK_MARKED
	case c.Voicemail:
		return cc.CallbackKind_CALLBACK_VOICEMAIL
	case c.ResumedBy != "": // the later call says what became of the person (R94)
	case c.Class == cc.Class_ABANDONED_UNANSWERED, c.Class == cc.Class_ABANDONED_ANSWERED_UNCLAIMED:
		return cc.CallbackKind_CALLBACK_ABANDONED
	}
	return cc.CallbackKind_CALLBACK_KIND_UNKNOWN
}

// Figures of R54 over callbacks that were opened in a span.
type Figures struct {
	Opened       int64
	Reached      int64
	ReachedInDue int64 // share reached by due_at = ReachedInDue / Opened
	OverdueNow   int64 // open past due
	ColdNow      int64
	Minutes      []int64 // from opened to reached, unsorted
}

// Add counts one callback.
func (f *Figures) Add(s *cc.CallbackState, nowMs int64) {
	f.Opened++
	switch {
	case s.Status == cc.CallbackStatus_CALLBACK_REACHED:
		f.Reached++
		if s.EndedMs <= s.DueMs {
			f.ReachedInDue++
		}
		f.Minutes = append(f.Minutes, (s.EndedMs-s.OpenedMs)/60_000)
	case Open(s) && nowMs > s.DueMs:
		f.OverdueNow++
	}
	if Cold(s, nowMs) {
		f.ColdNow++
	}
}

// Median of the minutes until callers were reached, the lower one of two in the middle; false when nobody was.
func (f *Figures) Median() (int64, bool) {
	if len(f.Minutes) == 0 {
		return 0, false
	}
	m := slices.Sorted(slices.Values(f.Minutes))
	return m[(len(m)-1)/2], true
}
