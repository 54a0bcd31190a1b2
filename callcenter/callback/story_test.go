package callback_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/callback"
)

var (
	day = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	dir = cc.NewDirectory(&cc.Center{Tenants: []*cc.Tenant{{Id: "north"}, {Id: "fast", CallbackDueMs: 600_000}}})
)

// TestStories plays what happens to the callback of one number and shows it after each command.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := callback.New("north", "+15550001")
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "number" {
				tenant := "north"
				d.MaybeScanArgs(t, "tenant", &tenant)
				s = callback.New(tenant, "+15550001")
			}
			var out strings.Builder
			for line := range strings.SplitSeq(strings.TrimSpace(d.Input), "\n") {
				play(t, s, line, &out)
			}
			return out.String()
		})
	})
}

func play(t *testing.T, s *cc.CallbackState, line string, out *strings.Builder) {
	w := strings.Fields(line)
	now := day
	if len(w[0]) > len("15:04:05") { // 2d15:04:05
		var days int
		_, err := fmt.Sscanf(w[0], "%dd", &days)
		require.NoError(t, err)
		now = now.AddDate(0, 0, days)
		_, w[0], _ = strings.Cut(w[0], "d")
	}
	at, err := time.Parse("15:04:05", w[0])
	require.NoError(t, err, line)
	now = now.Add(at.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)))
	env := cc.Env{NowMs: now.UnixMilli(), Dir: dir}
	before := proto.Clone(s)
	o, err := callback.Decide(s, cc.NewCommand(command(t, w[1:], env.NowMs)), env)
	fmt.Fprintf(out, "%s\n", line)
	if e, ok := errors.AsType[*cc.Error](err); ok {
		require.True(t, proto.Equal(before, s), "refused, and changed")
		fmt.Fprintf(out, "  refused: %s\n", e.Code)
		return
	}
	require.NoError(t, err)
	for _, e := range o.Events {
		fmt.Fprintf(out, "  %s\n", e.Name())
	}
	status := strings.TrimPrefix(s.Status.String(), "CALLBACK_")
	fmt.Fprintf(out, "  = %s(%d) causes=%d due %s", strings.ToLower(status), s.Attempts, len(s.Causes), clock(s.DueMs))
	if who := callback.ClaimedBy(s, env.NowMs); who != "" {
		fmt.Fprintf(out, " %s until %s", who, clock(s.ClaimUntilMs))
	}
	if callback.Cold(s, env.NowMs) {
		out.WriteString(" cold")
	}
	if s.Reason != "" {
		fmt.Fprintf(out, " because %s", s.Reason)
	}
	out.WriteByte('\n')
}

func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format("15:04:05") }

func command(t *testing.T, w []string, nowMs int64) any {
	has := func(word string) bool { return slices.Contains(w, word) }
	call := func(talk time.Duration, kind cc.CallbackKind) any {
		r := &cc.CallReported{
			Call: w[1], Kind: kind, EndedMs: nowMs, TalkMs: talk.Milliseconds(), Outbound: has("outbound"),
			StartedMs: nowMs - talk.Milliseconds() - 1000,
		}
		if talk > 0 {
			r.AnsweredMs = nowMs - talk.Milliseconds()
		}
		return r
	}
	switch w[0] {
	case "abandoned":
		return call(0, cc.CallbackKind_CALLBACK_ABANDONED)
	case "voicemail":
		return call(0, cc.CallbackKind_CALLBACK_VOICEMAIL)
	case "marked":
		return call(time.Minute, cc.CallbackKind_CALLBACK_MARKED)
	case "talked": // call duration [outbound]
		d, err := time.ParseDuration(w[2])
		require.NoError(t, err)
		return call(d, cc.CallbackKind_CALLBACK_KIND_UNKNOWN)
	case "claim":
		return &cc.ClaimCallback{Agent: w[1], Supervisor: has("supervisor")}
	case "release":
		return &cc.ReleaseCallback{Agent: w[1]}
	case "attempt":
		return &cc.AttemptCallback{Agent: w[1]}
	case "wrong-number":
		return &cc.WrongNumber{Agent: w[1]}
	case "close":
		c := &cc.CloseCallback{Agent: w[1]}
		if len(w) > 2 {
			c.Reason = w[2]
		}
		return c
	}
	t.Fatalf("what is %q", w)
	return nil
}

// Whatever is reported, in whatever order and however often: a repetition does nothing, an ended round stays ended, and
// the events alone give the state.
func TestReportsMayRepeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, again := callback.New("north", "+1"), callback.New("north", "+1")
		now := day.UnixMilli()
		for range rapid.IntRange(1, 40).Draw(t, "commands") {
			now += rapid.Int64Range(0, 3_600_000).Draw(t, "pause")
			talk := rapid.Int64Range(0, 30_000).Draw(t, "talk")
			var m any = &cc.CallReported{
				Call: fmt.Sprint("c", rapid.IntRange(1, 8).Draw(t, "call")), Kind: cc.CallbackKind(rapid.IntRange(0, 3).Draw(t, "kind")),
				StartedMs: now - talk, EndedMs: now, AnsweredMs: now - talk, TalkMs: talk, Outbound: rapid.Bool().Draw(t, "out"),
			}
			if rapid.IntRange(0, 4).Draw(t, "by hand") == 0 {
				m = rapid.SampledFrom([]any{
					&cc.ClaimCallback{Agent: "a"}, &cc.ClaimCallback{Agent: "b"}, &cc.AttemptCallback{Agent: "a"},
					&cc.CloseCallback{Agent: "b", Reason: "x"}, &cc.WrongNumber{Agent: "a"}, &cc.ReleaseCallback{Agent: "a"},
				}).Draw(t, "command")
			}
			round, open := s.Round, callback.Open(s)
			env := cc.Env{NowMs: now, Dir: dir}
			out, _ := callback.Decide(s, cc.NewCommand(m), env)
			for _, e := range out.Events {
				callback.Apply(again, e, now)
			}
			require.True(t, proto.Equal(s, again))
			require.True(t, open || s.Round > round || len(out.Events) == 0, "an ended round changed")
			require.LessOrEqual(t, s.Attempts, int32(callback.MaxAttempts))
			require.Equal(t, callback.Open(s) || s.Round == 0, s.EndedMs == 0)
			if r, ok := m.(*cc.CallReported); ok {
				if r.Kind == cc.CallbackKind_CALLBACK_KIND_UNKNOWN && len(out.Events) > 0 && out.Events[0].Name() == "CallbackWithdrawn" {
					continue
				}
				out, err := callback.Decide(s, cc.NewCommand(r), env)
				require.NoError(t, err)
				require.Empty(t, out.Events, "a repeated report")
			}
		}
	})
}
