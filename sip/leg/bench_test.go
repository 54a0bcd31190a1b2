package leg

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// The far end's messages are parsed once, outside the measured loop: what is measured is the leg.

func BenchmarkUASDialog(b *testing.B) {
	l := newLadder(b)
	invite := l.request("INVITE", args{"sdp": "caller"}, "")
	l.s = &State{}
	ack := l.request("ACK", args{}, "")
	bye := l.request("BYE", args{"cseq": "2"}, "")
	p, sdp := testParams(), sdpNamed("agent")
	b.ReportAllocs()
	for b.Loop() {
		s, _ := Inbound(invite, l.peer, p, 1)
		s.Do(Ring{}, 2)
		s.Do(Answer{SDP: sdp}, 3)
		s.Receive(ack, l.peer, 4)
		s.Receive(bye, l.peer, 5)
		if s.Phase != PhaseEnded {
			b.Fatal(s.Phase)
		}
	}
}

func BenchmarkUACDialog(b *testing.B) {
	l := newLadder(b)
	p := OutboundParams{
		Params: testParams(), CallID: "call-2@ours", Target: "sip:bob@192.0.2.10:5060",
		From: Address{"S", "sip:s@x"}, To: Address{"", "sip:bob@x"}, SDP: sdpNamed("one"), Dest: l.peer,
	}
	l.callID = p.CallID
	l.s = &State{}
	l.step(func() Output {
		s, out := Outbound(p, 1)
		l.s = s
		return out
	})
	ringing, ok := l.respond(180, args{}, ""), l.respond(200, args{"sdp": "bob"}, "")
	l.step(func() Output { return l.s.Receive(ok, l.peer, 1) })
	l.step(func() Output { return l.s.Do(HangUp{}, 1) })
	done := l.respond(200, args{"to": "BYE"}, "")
	b.ReportAllocs()
	for b.Loop() {
		s, _ := Outbound(p, 1)
		s.Receive(ringing, l.peer, 2)
		s.Receive(ok, l.peer, 3)
		s.Do(HangUp{}, 4)
		s.Receive(done, l.peer, 5)
		if s.Phase != PhaseEnded {
			b.Fatal(s.Phase)
		}
	}
}

func BenchmarkMarshal(b *testing.B) {
	s := busy(b)
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf = s.Marshal(buf[:0])
	}
	b.ReportMetric(float64(len(buf)), "B/record")
}

func BenchmarkDelta(b *testing.B) {
	s := busy(b)
	old := s.Clone()
	s.Do(AnswerReinvite{SDP: sdpNamed("x")}, 5)
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf = Delta(old, s, buf[:0])
	}
	b.ReportMetric(float64(len(buf)), "B/delta")
}

// BenchmarkParse is the parser's share, for comparison.
func BenchmarkParse(b *testing.B) {
	l := newLadder(b)
	raw := []byte(strings.Clone(l.request("INVITE", args{"sdp": "caller"}, "").String()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sip.ParseMessage(raw); err != nil {
			b.Fatal(err)
		}
	}
}
