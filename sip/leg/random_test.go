package leg

import (
	"testing"

	"pgregory.net/rapid"
)

// TestRandomSequences drives legs through arbitrary messages, commands, timers, restarts and
// takeovers. ladder.check holds after every step; a terminal leg stays terminal and lets go in time.
func TestRandomSequences(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLadder(rt)
		l.start(rt)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			was := l.s.Phase
			l.randomStep(rt)
			if was >= PhaseEnding && l.s.Phase < was {
				rt.Fatalf("phase went back from %d to %d", was, l.s.Phase)
			}
		}
		l.step(func() Output { return l.s.Do(HangUp{}, l.now) })
		l.due(l.now+4*TransactionTimeoutMs, func(TimerName, Output) {})
		if l.s.Phase != PhaseReleased {
			rt.Fatalf("phase %d: a hung up leg must let go", l.s.Phase)
		}
	})
}

func (l *ladder) start(rt *rapid.T) {
	a := args{"sdp": rapid.SampledFrom([]string{"one", "none"}).Draw(rt, "sdp")}
	l.from(args{"net": rapid.SampledFrom([]string{"udp", "tcp", "wss"}).Draw(rt, "net")})
	p := testParams()
	p.Credentials = Credentials{Realm: "trunk", User: "u", Password: "p"}
	l.secret = p.Credentials
	p.BranchSeed = rapid.Uint64().Draw(rt, "seed")
	extra := rapid.SampledFrom(randomHeaders).Draw(rt, "header")
	if rapid.Bool().Draw(rt, "inbound") {
		req := l.request("INVITE", a, extra)
		l.s = &State{}
		l.step(func() Output {
			s, out := Inbound(req, l.peer, p, l.now)
			l.s = s
			return out
		})
		return
	}
	l.callID = "call-2@ours"
	l.s = &State{}
	l.step(func() Output {
		s, out := Outbound(OutboundParams{
			Params: p, CallID: l.callID, Target: "sip:bob@192.0.2.10", From: Address{"S", "sip:s@x"},
			To: Address{"", "sip:bob@x"}, SDP: sdpNamed("one"), Dest: l.peer,
		}, l.now)
		l.s = s
		return out
	})
}

var randomHeaders = []string{
	"", "", "", "Require: 100rel\r\n", "Session-Expires: 120;refresher=uac\r\nSupported: timer\r\n",
	"Session-Expires: 90;refresher=uas\r\n", "Record-Route: <sip:192.0.2.30;lr>\r\n", "Retry-After: 2\r\n",
	"Min-SE: 400\r\n", "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"n\", stale=true\r\n",
	"Record-Route: <sip:strict.example>\r\nReason: SIP;cause=1\r\n", "Content-Encoding: gzip\r\n",
}

func (l *ladder) randomStep(rt *rapid.T) {
	switch rapid.IntRange(0, 9).Draw(rt, "kind") {
	case 0, 1, 2:
		l.randomRequest(rt)
	case 3, 4, 5:
		l.randomResponse(rt)
	case 6, 7:
		c := rapid.SampledFrom(randomCommands).Draw(rt, "cmd")
		l.step(func() Output { return l.s.Do(c, l.now) })
	case 8:
		l.due(l.now+int64(rapid.IntRange(0, 40_000).Draw(rt, "ms")), func(TimerName, Output) {})
	case 9:
		if rapid.Bool().Draw(rt, "stale timer") {
			n := TimerName(rapid.IntRange(0, int(timerCount)+1).Draw(rt, "timer"))
			if n == TimerNone || n >= timerCount || !l.armed[n] {
				l.step(func() Output { return l.s.Fire(n, 1<<40, l.now) })
			}
			return
		}
		l.restart(args{})
	}
}

func (l *ladder) randomRequest(rt *rapid.T) {
	m := rapid.SampledFrom([]string{
		"INVITE", "ACK", "ACK", "BYE", "CANCEL", "INFO", "OPTIONS", "UPDATE", "REFER", "NONSENSE",
	}).Draw(rt, "method")
	a := args{
		"cseq": rapid.SampledFrom([]string{"1", "1", "2", "3", "4"}).Draw(rt, "cseq"),
		"sdp":  rapid.SampledFrom([]string{"none", "one", "two"}).Draw(rt, "sdp"),
	}
	if rapid.IntRange(0, 9).Draw(rt, "wrong tag") == 0 {
		a["fromtag"] = "stranger"
	}
	if m == "INFO" {
		a["dtmf"] = rapid.SampledFrom([]string{"1", "*", "11", "x", ""}).Draw(rt, "digit")
	}
	msg := l.request(m, a, rapid.SampledFrom(randomHeaders).Draw(rt, "header"))
	l.step(func() Output { return l.s.Receive(msg, l.peer, l.now) })
}

func (l *ladder) randomResponse(rt *rapid.T) {
	to := rapid.SampledFrom([]string{"INVITE", "INVITE", "BYE", "CANCEL", "INFO"}).Draw(rt, "to")
	if l.requests[to] == nil {
		return
	}
	code := rapid.SampledFrom([]int{
		100, 180, 183, 200, 200, 200, 302, 401, 407, 408, 422, 481, 486, 487, 491, 500, 503, 603,
	}).Draw(rt, "code")
	a := args{"to": to, "sdp": rapid.SampledFrom([]string{"none", "one"}).Draw(rt, "sdp")}
	if rapid.IntRange(0, 5).Draw(rt, "fork") == 0 && code < 300 {
		a["totag"] = "fork"
	}
	msg := l.respond(code, a, rapid.SampledFrom(randomHeaders).Draw(rt, "header"))
	l.step(func() Output { return l.s.Receive(msg, l.peer, l.now) })
}

var randomCommands = []Cmd{
	Ring{}, Ring{SDP: sdpNamed("a")}, Progress{SDP: sdpNamed("a")},
	Answer{SDP: sdpNamed("a")}, Answer{SDP: sdpNamed("b")},
	Reject{Code: 486}, Reject{Code: 7}, HangUp{}, HangUp{Code: 487, Reason: "x\r\ny"},
	Reinvite{SDP: sdpNamed("c")}, Reinvite{SDP: sdpNamed("c"), Probe: true}, Urge{}, AnswerReinvite{SDP: sdpNamed("a")}, AnswerReinvite{}, RejectReinvite{},
	Takeover{SDP: sdpNamed("t"), Contact: "sip:n@192.0.2.2", Via: "192.0.2.2:5060"}, Takeover{},
	Rebind{To: Dest{Network: NetworkTCP, Flow: "flow-9"}}, TransportError{},
	Info{ContentType: typeDTMFRelay, Body: []byte("Signal=1")},
}
