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

// rule48 is R48 as it reads, line by line from the second on; the first that holds is the class.
var rule48 = []struct {
	holds func(f facts) bool
	class cc.Class
}{
	{func(f facts) bool { return f.test }, cc.Class_CLASS_TEST},
	{func(f facts) bool { return f.blocked }, cc.Class_CLASS_BLOCKED},
	{func(f facts) bool { return f.bypassed }, cc.Class_BYPASSED},
	{func(f facts) bool { return f.direction == cc.Direction_OUTBOUND }, cc.Class_CLASS_OUTBOUND},
	{func(f facts) bool { return f.direction == cc.Direction_INTERNAL }, cc.Class_CLASS_INTERNAL},
	{func(f facts) bool { return !f.number }, cc.Class_CLASS_INTERNAL},
	{func(f facts) bool { return f.role == cc.NumberRole_DIRECT_LINE }, cc.Class_CLASS_DIRECT},
	{func(f facts) bool { return f.booked }, cc.Class_BOOKED},
	{func(f facts) bool { return !f.answered && f.overflow }, cc.Class_OVERFLOW},
	{func(f facts) bool { return !f.answered && f.callback }, cc.Class_CALLBACK},
	{func(f facts) bool { return !f.answered }, cc.Class_ABANDONED_UNANSWERED},
	{func(f facts) bool { return f.forwarded && !f.owned }, cc.Class_ABANDONED_ANSWERED_UNCLAIMED},
	{func(f facts) bool { return f.reason && f.lead }, cc.Class_UNBOOKED},
	{func(f facts) bool { return f.reason }, cc.Class_NOT_LEAD},
	{func(f facts) bool { return f.note }, cc.Class_EXCUSED_NOTE},
	{func(f facts) bool { return f.short }, cc.Class_EXCUSED_SHORT},
	{func(facts) bool { return true }, cc.Class_UNBOOKED},
}

// TestR48EveryCombination: each of the facts' combinations has exactly one class, that of the first line that holds.
func TestR48EveryCombination(t *testing.T) {
	seen := map[cc.Class]bool{}
	for bits := range 1 << 14 {
		on := func(n int) bool { return bits>>n&1 == 1 }
		f := facts{
			test: on(0), blocked: on(1), bypassed: on(2), number: on(3), booked: on(4), answered: on(5), overflow: on(6),
			callback: on(7), forwarded: on(8), owned: on(9), reason: on(10), lead: on(11), note: on(12), short: on(13),
		}
		for role := range cc.NumberRole_BYPASS {
			for direction := range cc.Direction_INTERNAL + 1 {
				f.role, f.direction = role, direction
				want := cc.Class_CLASS_UNKNOWN
				for _, line := range rule48 {
					if line.holds(f) {
						want = line.class
						break
					}
				}
				if got := f.class(); got != want {
					t.Fatalf("%+v: %v, R48 says %v", f, got, want)
				}
				seen[want] = true
			}
		}
	}
	for c := cc.Class_BOOKED; c <= cc.Class_CLASS_INTERNAL; c++ {
		require.Equal(t, c != cc.Class_EXCUSED_MANAGER, seen[c], "%v: R50, all but what a person alone gives", c)
	}
}

// TestR52LineOne: a person's choice stands before all facts; without one the corrected facts decide.
func TestR52LineOne(t *testing.T) {
	s := tracked(90_000)
	s.Mode, s.Owner = cc.CallMode_FORWARDED, ""
	s.Class = Classify(s)
	require.Equal(t, cc.Class_ABANDONED_ANSWERED_UNCLAIMED, AsCorrected(s))
	s.Corrected = &cc.Correction{Owner: "bob"}
	require.Equal(t, cc.Class_UNBOOKED, AsCorrected(s), "recomputed from line 5 on with that owner")
	s.Corrected.Reason = "wrong_number"
	require.Equal(t, cc.Class_NOT_LEAD, AsCorrected(s))
	s.Corrected.Link = &cc.LinkRef{Level: int32(cc.LinkLevel_LINK_BOOKED), Job: "j"}
	require.Equal(t, cc.Class_BOOKED, AsCorrected(s))
	s.Test = true
	require.Equal(t, cc.Class_CLASS_TEST, AsCorrected(s))
	s.Corrected.Chosen = cc.Class_EXCUSED_MANAGER
	require.Equal(t, cc.Class_EXCUSED_MANAGER, AsCorrected(s))
	require.Equal(t, cc.Class_ABANDONED_ANSWERED_UNCLAIMED, s.Class, "what was seen stays")
}
