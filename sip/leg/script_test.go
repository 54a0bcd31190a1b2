package leg

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// TestLadders runs testdata/ladders/*.txt. A line "recv" is a message of the far end, "do" a command of the
// call, "run" lets time pass; below the line stands what the leg does: "->" a message it sends,
// "(again)" if byte for byte one it sent before, "timer" what it arms, "*" what it tells the call.
func TestLadders(t *testing.T) {
	datadriven.Walk(t, "testdata/ladders", func(t *testing.T, path string) {
		l := newLadder(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			l.t = t
			return l.command(d)
		})
	})
}

func (l *ladder) command(d *datadriven.TestData) string {
	a, pos := args{}, []string{}
	for _, arg := range d.CmdArgs {
		if len(arg.Vals) == 0 {
			pos = append(pos, arg.Key)
			a[arg.Key] = "yes"
			continue
		}
		a[arg.Key] = strings.Join(arg.Vals, ",")
	}
	extra := ""
	for line := range strings.Lines(d.Input) {
		extra += strings.TrimSpace(line) + "\r\n"
	}
	switch d.Cmd {
	case "new":
		*l = *newLadder(l.t)
		return ""
	case "inbound":
		return l.inbound(a, extra)
	case "outbound":
		return l.outbound(a, d.Input)
	case "recv":
		return l.recv(pos[0], a, extra)
	case "do":
		return l.show(l.step(func() Output { return l.s.Do(l.cmd(pos[0], a, d.Input), l.now) }), a)
	case "run":
		return l.run(pos[0], a)
	case "restart":
		return l.restart(a)
	case "state":
		return l.describe()
	}
	l.t.Fatalf("unknown command %s", d.Cmd)
	return ""
}

func (l *ladder) from(a args) {
	if n := a.str("net", ""); n != "" {
		l.peer.Network = n
		if n != NetworkUDP {
			l.peer.Flow = "flow-1"
		}
	}
	if s := a.str("src", ""); s != "" {
		l.peer.Addr = netip.MustParseAddrPort(s)
	}
}

func (l *ladder) inbound(a args, extra string) string {
	l.from(a)
	p := testParams()
	_, p.Trying = a["trying"]
	req := l.request("INVITE", a, extra)
	l.s = &State{}
	return l.show(l.step(func() Output {
		s, out := Inbound(req, l.peer, p, l.now)
		l.s = s
		return out
	}), a)
}

func (l *ladder) outbound(a args, input string) string {
	l.from(a)
	p := OutboundParams{
		Params: testParams(), CallID: "call-2@ours", Target: a.str("target", "sip:bob@192.0.2.10:5060"),
		From: Address{a.str("name", "Service"), "sip:100@wirechief.example"}, To: Address{"", "sip:bob@peer.example"},
		SDP: sdpNamed(a.str("sdp", "offer")), Dest: l.peer,
	}
	if r := a.str("route", ""); r != "" {
		p.Route = strings.Split(r, ",")
	}
	if _, ok := a["auth"]; ok {
		l.secret = Credentials{Realm: "trunk", User: "user", Password: "secret"}
		p.Credentials = l.secret
	}
	for line := range strings.Lines(input) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), ": ")
		p.Headers = append(p.Headers, Header{k, strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(v)})
	}
	l.callID = p.CallID
	l.s = &State{}
	return l.show(l.step(func() Output {
		s, out := Outbound(p, l.now)
		l.s = s
		return out
	}), a)
}

func (l *ladder) recv(what string, a args, extra string) string {
	src := l.peer
	if s := a.str("src", ""); s != "" {
		src.Addr = netip.MustParseAddrPort(s)
	}
	src.Flow = a.str("flow", src.Flow)
	var m sip.Message
	if code, err := strconv.Atoi(what); err == nil {
		m = l.respond(code, a, extra)
	} else {
		m = l.request(what, a, extra)
	}
	return l.show(l.step(func() Output { return l.s.Receive(m, src, l.now) }), a)
}

func (l *ladder) cmd(name string, a args, input string) Cmd {
	sdp := sdpNamed(a.str("sdp", ""))
	code, _ := strconv.Atoi(a.str("code", "0"))
	switch name {
	case "Ring":
		return Ring{SDP: sdp}
	case "Progress":
		return Progress{SDP: sdp}
	case "Answer":
		return Answer{SDP: sdp}
	case "Reject":
		return Reject{Code: code, Reason: input}
	case "HangUp":
		return HangUp{Code: code, Reason: input}
	case "Reinvite":
		return Reinvite{SDP: sdp, Probe: a.str("probe", "") != ""}
	case "Urge":
		return Urge{}
	case "AnswerReinvite":
		return AnswerReinvite{SDP: sdp}
	case "RejectReinvite":
		return RejectReinvite{Code: code}
	case "Takeover":
		return Takeover{SDP: sdp, Contact: "sip:c-1@192.0.2.2:5060", Via: "192.0.2.2:5060", Flow: a.str("flow", "")}
	case "Rebind":
		return Rebind{To: Dest{Network: a.str("net", NetworkUDP), Addr: l.peer.Addr, Flow: a.str("flow", "")}}
	case "Info":
		return Info{ContentType: typeDTMFRelay, Body: []byte("Signal=5\r\n")}
	case "TransportError":
		return TransportError{}
	}
	l.t.Fatalf("unknown cmd %s", name)
	return nil
}

// run lets ms pass and lists each timer that fires.
func (l *ladder) run(ms string, a args) string {
	n, err := strconv.ParseInt(ms, 10, 64)
	require.NoError(l.t, err)
	var b strings.Builder
	start := l.now
	l.due(l.now+n, func(name TimerName, out Output) {
		fmt.Fprintf(&b, "+%d %s\n", l.now-start, name)
		b.WriteString(l.show(out, a))
	})
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

// restart loses everything but the record, as a killed process does.
func (l *ladder) restart(a args) string {
	rec := l.s.Marshal(nil)
	l.s = &State{}
	require.NoError(l.t, l.s.Unmarshal(rec))
	l.armed = [timerCount]bool{}
	if l.secret != (Credentials{}) {
		l.s.SetCredentials(l.secret)
	}
	return l.show(l.step(func() Output { return l.s.Resume(l.now) }), a)
}

func (l *ladder) describe() string {
	s := l.s
	return fmt.Sprintf("phase=%d dest=%s target=%s routes=%v cseq=%d remote_cseq=%d "+
		"sdp=%s/%s session=%ds refresher=%d record=%dB\n",
		s.Phase, l.dest(s.Dest), s.RemoteTarget, s.RouteSet, s.LocalCSeq, s.RemoteCSeq, sdpName(s.LocalSDP),
		sdpName(s.RemoteSDP), s.SessionS, s.Refresher, len(s.Marshal(nil)))
}
