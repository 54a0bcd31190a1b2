package call

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
)

// tracked is an answered managed call to a tracking number with so much talk.
func tracked(talk int64) *cc.CallState {
	return &cc.CallState{
		Number: "+15550100", NumberRole: cc.NumberRole_TRACKING, Mode: cc.CallMode_MANAGED, AnsweredMs: 1, Owner: "ann",
		LeadThresholdMs: 60_000, Segments: []*cc.OwnerSegment{{Agent: "ann", TalkMs: talk}},
	}
}

// TestR48FirstLineThatHolds: each row sets one more fact, from the last line of the rule to the first; it must win.
func TestR48FirstLineThatHolds(t *testing.T) {
	s := tracked(60_000)
	rows := []struct {
		fact func()
		want cc.Class
	}{
		{func() {}, cc.Class_UNBOOKED},
		{func() { s.Segments[0].TalkMs = 59_999 }, cc.Class_EXCUSED_SHORT},
		{func() { s.NoteExcused = true }, cc.Class_EXCUSED_NOTE},
		{func() { s.Reason = "wrong_number" }, cc.Class_NOT_LEAD},
		{func() { s.ReasonLead = true }, cc.Class_UNBOOKED},
		{func() { s.Mode, s.Owner = cc.CallMode_FORWARDED, "" }, cc.Class_ABANDONED_ANSWERED_UNCLAIMED},
		{func() { s.AnsweredMs = 0 }, cc.Class_ABANDONED_UNANSWERED},
		{func() { s.Link = cc.LinkLevel_LINK_BOOKED }, cc.Class_BOOKED},
		{func() { s.NumberRole = cc.NumberRole_DIRECT_LINE }, cc.Class_CLASS_DIRECT},
		{func() { s.NumberRole, s.Number = 0, "" }, cc.Class_CLASS_INTERNAL},
		{func() { s.NumberRole = cc.NumberRole_BYPASS }, cc.Class_BYPASSED},
		{func() { s.Blocked = true }, cc.Class_CLASS_BLOCKED},
		{func() { s.Test = true }, cc.Class_CLASS_TEST},
	}
	for _, r := range rows {
		r.fact()
		require.Equal(t, r.want, Classify(s), "%v", s)
	}
}

// TestR48Forwarded: unclaimed is abandoned there, and only there; a claimed call without customer is not.
func TestR48Forwarded(t *testing.T) {
	s := tracked(90_000)
	s.Owner = ""
	require.Equal(t, cc.Class_UNBOOKED, Classify(s), "a managed call is never answered_unclaimed")
	s.Mode = cc.CallMode_FORWARDED
	require.Equal(t, cc.Class_ABANDONED_ANSWERED_UNCLAIMED, Classify(s))
	s.Owner = "bob"
	require.Equal(t, cc.Class_UNBOOKED, Classify(s))
}

// TestR49AllOwners: talk of all owners counts together.
func TestR49AllOwners(t *testing.T) {
	s := tracked(30_000)
	s.Segments = append(s.Segments, &cc.OwnerSegment{Agent: "bob", TalkMs: 29_999})
	require.Equal(t, cc.Class_EXCUSED_SHORT, Classify(s))
	s.Segments[1].TalkMs++
	require.Equal(t, cc.Class_UNBOOKED, Classify(s))
}

// TestR48Total: any facts give one class, and never one that a person alone may give.
func TestR48Total(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := tracked(rapid.Int64Range(0, 120_000).Draw(t, "talk"))
		s.Mode = cc.CallMode(rapid.IntRange(0, 2).Draw(t, "mode"))
		s.NumberRole = cc.NumberRole(rapid.IntRange(0, 5).Draw(t, "role"))
		s.AnsweredMs = int64(rapid.IntRange(0, 1).Draw(t, "answered"))
		s.Link = cc.LinkLevel(rapid.IntRange(0, 4).Draw(t, "link"))
		s.Owner = rapid.SampledFrom([]string{"", "ann"}).Draw(t, "owner")
		s.Reason = rapid.SampledFrom([]string{"", "price"}).Draw(t, "reason")
		s.ReasonLead = rapid.Bool().Draw(t, "lead")
		s.NoteExcused = rapid.Bool().Draw(t, "note")
		s.Test = rapid.Bool().Draw(t, "test")
		class := Classify(s)
		require.NotEqual(t, cc.Class_CLASS_UNKNOWN, class)
		require.NotEqual(t, cc.Class_EXCUSED_MANAGER, class)
		require.Equal(t, class, Classify(s.CloneVT()))
	})
}
