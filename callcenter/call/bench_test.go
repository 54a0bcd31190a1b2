package call

import (
	"testing"

	cc "github.com/wirechief/wirechief/callcenter"
)

// BenchmarkWholeCall decides a call from its arrival to its closed bubble: 12 commands, 17 events.
func BenchmarkWholeCall(b *testing.B) {
	dir := cc.NewDirectory(demoCenter())
	commands := wholeCall()
	seed := []byte("0123456789abcdef")
	b.ReportAllocs()
	for b.Loop() {
		s := &cc.CallState{}
		for i, c := range commands {
			env := cc.Env{NowMs: epochMs + int64(i)*1000, Dir: dir, IDs: cc.NewIDs(seed)}
			if c.GetRecordingDone() != nil {
				c.GetRecordingDone().Recording = s.Recording
			}
			if _, err := Decide(s, c, env); err != nil {
				b.Fatal(err)
			}
		}
		if !Done(s) {
			b.Fatal("not done")
		}
	}
}

func wholeCall() []*cc.Command {
	var out []*cc.Command
	for _, m := range []any{
		&cc.Arrive{Call: "call-1", Leg: "c", Dialled: "+15550100", Caller: "+15551234"},
		&cc.OfferGranted{Offer: "o1", Agent: "ann", Queue: "sales", Reachable: true, Leg: "a"},
		&cc.LegRang{Leg: "a"},
		&cc.LegAnswered{Leg: "a"},
		&cc.TellAcked{Agent: "ann", Offer: "o1"},
		&cc.Hold{Agent: "ann", On: true},
		&cc.Hold{Agent: "ann"},
		&cc.ReportNote{Agent: "ann", Customer: "k1"},
		&cc.LegEnded{Leg: "c"},
		&cc.TellAcked{Agent: "ann", Offer: "o1", Left: true},
		&cc.RecordingDone{Recording: ""},
		&cc.CloseBubble{Agent: "ann"},
	} {
		out = append(out, cc.NewCommand(m))
	}
	return out
}

func BenchmarkSummary(b *testing.B) {
	l := newLine(b)
	l.grant("o1", "ann")
	b.ReportAllocs()
	for b.Loop() {
		_ = Summary(l.s)
	}
}
