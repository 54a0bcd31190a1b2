package wire

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var lim = Limits{}.WithDefaults()

func must(t testing.TB, data []byte) *sip.Request {
	t.Helper()
	p := Parse(data, lim)
	require.Nil(t, p.Fault, "%q", data)
	return p.Msg.(*sip.Request)
}

// RFC 4475 3.1.1.1: folding, blanks round every separator, compact names, lists, escapes.
func TestTortuousInviteIsUnderstood(t *testing.T) {
	req := must(t, tortureFiles(t)["wsinv"])
	require.Equal(t, sip.INVITE, req.Method)
	require.Equal(t, "sip:vivekg@chair-dnrc.example.com;unknownparam", req.Recipient.String())
	tag, _ := req.To().Params.Get("tag")
	require.Equal(t, "1918181833n", tag)
	tag, _ = req.From().Params.Get("tag")
	require.Equal(t, "98asjd8", tag)
	require.Equal(t, `J Rosenberg \\\"`, req.From().DisplayName)
	require.EqualValues(t, 68, req.MaxForwards().Val())
	require.EqualValues(t, 9, req.CSeq().SeqNo)
	require.Len(t, req.Body(), 150)
	vias := req.GetHeaders("via")
	require.Len(t, vias, 3)
	require.Equal(t, "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw", vias[0].Value())
	require.Equal(t, "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8", vias[1].Value())
	require.Equal(t, "SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239", vias[2].Value())
	require.Equal(t, vias[0], req.Via())
	require.Equal(t, "newfangled value continued newfangled value", req.GetHeader("NewFangledHeader").Value())
	q, _ := req.Contact().Params.Get("q")
	require.Equal(t, "0.33", q)
	require.NotNil(t, req.Route())
	require.Equal(t, "application/sdp", req.ContentType().Value())
}

func TestEscapesStayAsTheyAre(t *testing.T) {
	files := tortureFiles(t)
	require.Equal(t, "user;par=u%40example.net", must(t, files["semiuri"]).Recipient.User)
	req := must(t, files["escnull"])
	require.Equal(t, "null-%00-null", req.To().Address.User)
	require.Len(t, req.GetHeaders("contact"), 2)
	require.Equal(t, "sip:sips%3Auser%40example.com@example.net", must(t, files["esc01"]).Recipient.String())
	require.Contains(t, must(t, files["regescrt"]).Contact().Address.String(), "?Route=%3Csip:sip.example.com%3E")
	require.Len(t, must(t, files["longreq"]).GetHeaders("via"), 34)
}

// What a request says is what its printed form says when read again.
func TestPrintedFormReadsTheSame(t *testing.T) {
	for name, data := range tortureFiles(t) {
		p := Parse(data, lim)
		if p.Fault != nil {
			continue
		}
		again := Parse([]byte(p.Msg.String()), lim)
		require.Nil(t, again.Fault, "%s: %q", name, p.Msg.String())
		require.Equal(t, p.Msg.String(), again.Msg.String(), name)
	}
}

func basic(change func(string) string) []byte {
	return []byte(change("INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n" +
		"To: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"))
}

func TestGrammar(t *testing.T) {
	replace := func(old, new string) []byte {
		return basic(func(s string) string {
			out := strings.Replace(s, old, new, 1)
			if out == s {
				panic(old + " not in message")
			}
			return out
		})
	}
	must(t, basic(func(s string) string { return s }))
	good := [][]byte{
		replace("SIP/2.0\r\nVia", "sip/2.0\r\nVia"), // RFC 3261 7.1: the version is case-insensitive
		replace("Via:", "v:"),
		replace("sip:b@h SIP", "tel:+15551234 SIP"),
		replace("sip:b@h SIP", "sips:b@[2001:db8::1]:5061;transport=tls SIP"),
		replace("From: <sip:a@h>;tag=1", "From: sip:a@h;tag=1"),
		replace("From: <", "From: Ünal Ö <"),
		replace("From: <", "From: \"a, <b> \\\" c\" <"),
		replace("Max-Forwards: 70\r\n", ""),
		replace(";branch=z9hG4bK1", ""),
		replace("Content-Length: 0\r\n", ""),
		replace("UDP a;", "UDP [2001:db8::9]:5070;"),
	}
	for _, g := range good {
		must(t, g)
	}
	bad := [][]byte{
		replace("INVITE sip", "INVITE  sip"), replace("INVITE sip", "INVITE sip:x sip"), replace("sip:b@h SIP", "b@h SIP"),
		replace("sip:b@h SIP", "sip:b@h:0 SIP"), replace("sip:b@h SIP", "sip:b@h:65536 SIP"),
		replace("sip:b@h SIP", "sip:b@h%4 SIP"), replace("sip:b@h SIP", "sip:@h SIP"), replace("sip:b@h SIP", "sip: SIP"),
		replace("sip:b@h SIP", "sip:b@h@h SIP"), replace("sip:b@h SIP", "sip://h SIP"), replace("sip:b@h SIP", "* SIP"),
		replace("Call-ID: c", "Call-ID: "), replace("Call-ID: c", "Call-ID: c d"), replace("Call-ID: c\r\n", ""),
		replace("Call-ID: c", "Call-ID: c\r\ni: c"), replace("1 INVITE", "1"), replace("1 INVITE", "-1 INVITE"),
		replace("1 INVITE", "2147483648 INVITE"), replace("1 INVITE", "1 ACK"),
		replace("Max-Forwards: 70", "Max-Forwards: 256"), replace("Max-Forwards: 70", "Max-Forwards: -1"),
		replace("Max-Forwards: 70", "Max-Forwards: "), replace("Max-Forwards: 70", "Max-Forwards: 7 0"),
		replace("Max-Forwards: 70", "Max-Forwards: x"), replace("Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Forwards: 70"),
		replace("Content-Length: 0", "Content-Length: 0\r\nl: 0"), replace("Content-Length: 0", "Content-Length: +0"),
		replace("Content-Length: 0", "Content-Length: 5"), replace("From: <", "From: \"x <"),
		replace("From: <", "From: a,b <"),
		replace(">;tag=1", ";tag=1"), replace(">;tag=1", "> tag=1"), replace(">;tag=1", ">;;tag=1"),
		replace("Via:", "Via"), replace("Via:", "V(ia:"), replace("SIP/2.0/UDP a", "SIP/2.0/UDP"),
		replace("SIP/2.0/UDP a", "SIP/2.0 a"), replace("UDP a;", "UDP a:b;"), replace("UDP a;", "UDP [::1;"),
		replace("UDP a;", "UDP a,;"), replace("Call-ID: c", "X: a\nInjected: b\r\nCall-ID: c"),
		replace("Call-ID: c", "Contact: <sip:a@h\r\nCall-ID: c"), replace("Call-ID: c", "Route: x\r\nCall-ID: c"),
	}
	for _, b := range bad {
		p := Parse(b, lim)
		require.NotNil(t, p.Fault, "%q", b)
		require.Nil(t, p.Msg)
		require.Equal(t, 400, p.Fault.Code, "%q", b)
	}
}

func TestLimits(t *testing.T) {
	add := func(lines string) []byte {
		return basic(func(s string) string { return strings.Replace(s, "Call-ID", lines+"Call-ID", 1) })
	}
	code := func(data []byte) int {
		if f := Parse(data, lim).Fault; f != nil {
			return f.Code
		}
		return 0
	}
	require.Equal(t, 0, code(add(strings.Repeat("X: y\r\n", 249))))
	require.Equal(t, 400, code(add(strings.Repeat("X: y\r\n", 250))))
	require.Equal(t, 0, code(add(strings.Repeat("Via: SIP/2.0/UDP a\r\n", 63))))
	require.Equal(t, 400, code(add(strings.Repeat("Via: SIP/2.0/UDP a\r\n", 64))))
	require.Equal(t, 400, code(add("Via: "+strings.Repeat("SIP/2.0/UDP a,", 63)+"SIP/2.0/UDP a\r\n")))
	require.Equal(t, 0, code(add("X: "+strings.Repeat("y", 8189)+"\r\n")))
	require.Equal(t, 400, code(add("X: "+strings.Repeat("y", 8190)+"\r\n")))
	require.Equal(t, 400, code(add("X: "+strings.Repeat("\r\n y", 5000)+"\r\n")), "folding does not get round it")
	require.Equal(t, 513, code(add("X: y\r\n"+strings.Repeat("Y: "+strings.Repeat("y", 8000)+"\r\n", 9))))
}

func TestAnswerEchoesTheRequest(t *testing.T) {
	req := must(t, basic(func(s string) string { return strings.Replace(s, "UDP a;", "UDP a;rport;", 1) }))
	src := netip.MustParseAddrPort("192.0.2.9:4000")
	require.Equal(t, src, ReplyAddr(req.Via(), src))
	MarkVia(req.Via(), src)
	echo := EchoOf(req)
	a := Answer{Code: 404, Reason: "Not Found", ToTag: ToTag(echo.CallID, echo.From, 1), Extra: []Field{{"X", "y"}}}
	require.Equal(t, "SIP/2.0 404 Not Found\r\nVia: SIP/2.0/UDP a;rport=4000;branch=z9hG4bK1;received=192.0.2.9\r\n"+
		"From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag="+a.ToTag+"\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nX: y\r\n"+
		"Content-Length: 0\r\n\r\n", string(a.Append(nil, &echo)))
	a.Compact = true
	require.Contains(t, string(a.Append(nil, &echo)), "\r\nv: SIP/2.0/UDP")
	require.NotNil(t, Parse(a.Append(nil, &echo), lim).Msg)
	a.Code = 100
	require.NotContains(t, string(a.Append(nil, &echo)), StatelessTag, "100 has no tag of its own")
	require.Equal(t, ToTag("c", "f", 1), ToTag("c", "f", 1))
	require.NotEqual(t, ToTag("c", "f", 1), ToTag("c", "f", 2))
}

func TestReplyAddr(t *testing.T) {
	src := netip.MustParseAddrPort("192.0.2.9:4000")
	via := func(s string) *sip.ViaHeader {
		v, ok := parseVia(s)
		require.True(t, ok, s)
		return v
	}
	require.Equal(t, "192.0.2.9:5060", ReplyAddr(via("SIP/2.0/UDP host"), src).String())
	require.Equal(t, "192.0.2.9:5070", ReplyAddr(via("SIP/2.0/UDP host:5070"), src).String())
	require.Equal(t, "192.0.2.9:5060", ReplyAddr(via("SIP/2.0/UDP host;maddr=203.0.113.1"), src).String())
	require.Equal(t, src, ReplyAddr(via("SIP/2.0/UDP host:5070;rport"), src))
}

func TestRefusalKeepsTheOtherVias(t *testing.T) {
	require.Equal(t, "SIP/2.0/UDP b;x=\",\"", AfterFirstVia("SIP/2.0/UDP a;y=\",\" , SIP/2.0/UDP b;x=\",\""))
	require.Equal(t, "", AfterFirstVia("SIP/2.0/UDP a"))
	raw := Parse([]byte("FOO x SIP/2.0\r\nVia: SIP/2.0/UDP a;;,\r\nTo: t\r\n\r\n"), lim).Raw
	echo, top, ok := EchoOfRaw(raw, lim)
	require.True(t, ok)
	require.Equal(t, "a", top.Host)
	require.Equal(t, "t", echo.To)
	_, _, ok = EchoOfRaw(&Raw{Fields: []Field{{"Via", "nonsense"}}}, lim)
	require.False(t, ok)
}

// A stream gives the same messages however it is cut.
func TestFramerDoesNotDependOnCuts(t *testing.T) {
	files := tortureFiles(t)
	var stream []byte
	names := []string{"wsinv", "esc01", "longreq", "bext01", "cparam02", "mpart01", "zeromf"}
	for _, n := range names {
		stream = append(stream, files[n]...)
		stream = append(stream, "\r\n\r\n"...)
	}
	want := framed(stream, func(rest int) int { return rest })
	require.Len(t, want, len(names))
	rapid.Check(t, func(t *rapid.T) {
		got := framed(stream, func(rest int) int { return rapid.IntRange(1, min(rest, 700)).Draw(t, "cut") })
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Fatalf("%q", got)
		}
	})
}

func framed(stream []byte, cut func(rest int) int) (out []string) {
	f := NewFramer(lim)
	for len(stream) > 0 {
		n := cut(len(stream))
		f.Feed(stream[:n])
		stream = stream[n:]
		for {
			p, ok := f.Next()
			if !ok {
				break
			}
			if p.Fault != nil {
				out = append(out, p.Fault.Error())
			} else {
				out = append(out, p.Msg.String())
			}
		}
	}
	return out
}

func TestFramerRefusesAMessageWithoutLength(t *testing.T) {
	f := NewFramer(lim)
	f.Feed(tortureFiles(t)["inv2543"])
	p, ok := f.Next()
	require.True(t, ok)
	require.True(t, p.Fault.Close)
	_, ok = f.Next()
	require.False(t, ok, "what follows a lost boundary is no message")
}

func FuzzEdge(f *testing.F) {
	for _, data := range tortureFiles(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := Parse(data, lim)
		fr := NewFramer(lim)
		fr.Feed(data)
		for {
			if _, ok := fr.Next(); !ok {
				break
			}
		}
		if (p.Msg == nil) == (p.Fault == nil) {
			t.Fatal("neither message nor fault, or both")
		}
		if p.Fault != nil {
			checkRefusal(t, &p)
			return
		}
		printed := p.Msg.String()
		if req, ok := p.Msg.(*sip.Request); ok {
			Screen(req, &testCaps)
			MarkVia(req.Via(), netip.MustParseAddrPort("192.0.2.1:5060"))
			echo := EchoOf(req)
			answerIsOneMessage(t, &echo)
		}
		wide := Limits{MessageBytes: 1 << 20, LineBytes: 1 << 20}.WithDefaults() // printing may lengthen
		if again := Parse([]byte(printed), wide); again.Fault != nil {
			t.Fatalf("printed form is refused (%v): %q", again.Fault, printed)
		}
	})
}

func checkRefusal(t *testing.T, p *Parsed) {
	if !p.Raw.Request {
		return
	}
	echo, top, ok := EchoOfRaw(p.Raw, lim)
	if !ok {
		return
	}
	MarkVia(top, netip.MustParseAddrPort("192.0.2.1:5060"))
	AfterFirstVia(echo.Vias[0])
	answerIsOneMessage(t, &echo)
}

// answerIsOneMessage: nothing a sender writes can end our head early or add a header line of its own.
func answerIsOneMessage(t *testing.T, echo *Echo) {
	a := Answer{Code: 400, Reason: "Bad Request", ToTag: "x"}
	out := a.Append(nil, echo)
	head, rest, found := bytes.Cut(out, crlfcrlf)
	if !found || len(rest) != 0 {
		t.Fatalf("answer is more than one head: %q", out)
	}
	lines := 1 + len(echo.Vias) + 1
	for _, v := range []string{echo.From, echo.To, echo.CallID, echo.CSeq} {
		if v != "" {
			lines++
		}
	}
	if got := bytes.Count(head, crlf) + 1; got != lines || bytes.Count(head, []byte("\n")) != lines-1 {
		t.Fatalf("%d lines, want %d: %q", got, lines, out)
	}
}

var benchInvite = []byte("INVITE sip:+15551234567@203.0.113.5:5060;user=phone SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 203.0.113.77:5060;branch=z9hG4bK776asdhds;rport\r\nMax-Forwards: 70\r\n" +
	"From: \"Caller\" <sip:+15557654321@carrier.example;user=phone>;tag=1928301774\r\n" +
	"To: <sip:+15551234567@203.0.113.5;user=phone>\r\nCall-ID: a84b4c76e66710@203.0.113.77\r\nCSeq: 314159 INVITE\r\n" +
	"Contact: <sip:203.0.113.77:5060;transport=udp>\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\r\n" +
	"Supported: timer, 100rel\r\nP-Asserted-Identity: <sip:+15557654321@carrier.example>\r\nUser-Agent: SBC/9\r\n" +
	"Session-Expires: 1800\r\nContent-Type: application/sdp\r\nContent-Length: 199\r\n\r\n" +
	fmt.Sprintf("%-199s", "v=0\r\no=- 1 1 IN IP4 203.0.113.78\r\ns=-\r\nc=IN IP4 203.0.113.78\r\nt=0 0\r\n"+
		"m=audio 20000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"))

func BenchmarkParseInvite(b *testing.B) {
	must(b, benchInvite)
	b.ReportAllocs()
	b.SetBytes(int64(len(benchInvite)))
	for b.Loop() {
		Parse(benchInvite, lim)
	}
}

// The parser of the library alone, for comparison: it does none of the checks.
func BenchmarkParseInviteLibrary(b *testing.B) {
	p := sip.NewParser()
	b.ReportAllocs()
	b.SetBytes(int64(len(benchInvite)))
	for b.Loop() {
		if _, err := p.ParseSIP(benchInvite); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	req := must(b, benchInvite)
	a := Answer{Code: 100, Reason: "Trying"}
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		echo := EchoOf(req)
		buf = a.Append(buf[:0], &echo)
	}
}
