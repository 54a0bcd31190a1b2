package leg

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
	"github.com/stretchr/testify/require"
)

// TestDigestAgainstAnotherImplementation computes each answer a second time elsewhere.
func TestDigestAgainstAnotherImplementation(t *testing.T) {
	s := &State{Role: UAC, RemoteTarget: "sip:bob@192.0.2.10", BranchSeed: 9, LocalCSeq: 3}
	s.SetCredentials(Credentials{Realm: "trunk", User: `us"er`, Password: "secret"})
	for _, v := range []string{
		`Digest realm="trunk", nonce="abc"`,
		`Digest realm="trunk", nonce="abc", qop="auth", algorithm=MD5`,
		`digest nonce="a,b=c", realm="trunk",qop="auth-int,auth",algorithm=SHA-256, opaque="xyz"`,
	} {
		ch, ok := parseChallenge(v)
		require.True(t, ok, v)
		line := s.credentialsLine(ch, "INVITE")
		got, err := digest.ParseCredentials(strings.TrimSpace(strings.TrimPrefix(line, "Authorization: ")))
		require.NoError(t, err)
		theirs, err := digest.ParseChallenge("D" + v[1:])
		require.NoError(t, err)
		want, err := digest.Digest(theirs, digest.Options{
			Method: "INVITE", URI: "sip:bob@192.0.2.10", Username: s.AuthUser, Password: "secret",
			Count: 1, Cnonce: got.Cnonce,
		})
		require.NoError(t, err)
		require.Equal(t, want.Response, got.Response, v)
		require.Equal(t, theirs.Opaque, got.Opaque)
	}
	for _, v := range []string{
		"", "Basic realm=x", `Digest realm="trunk"`, `Digest nonce="n", algorithm=MD5-sess`,
		`Digest nonce="n", qop="auth-int"`,
		`Digest nonce="n`, "Digest =", "Digest ,,,",
	} {
		_, ok := parseChallenge(v)
		require.False(t, ok, v)
	}
}

func TestAim(t *testing.T) {
	public := Dest{Network: NetworkUDP, Addr: netip.MustParseAddrPort("203.0.113.5:31000"), Flow: "s1"}
	inside := Dest{Network: NetworkUDP, Addr: netip.MustParseAddrPort("10.0.0.5:5060")}
	tls := Dest{Network: NetworkTLS, Addr: public.Addr, Flow: "c1"}
	for _, c := range []struct {
		name, target string
		routes       []string
		heard        Dest
		symmetric    bool
		want         string
	}{
		{"the Contact", "sip:a@203.0.113.9:5080", nil, public, false, "udp 203.0.113.9:5080"},
		{"its default port", "sip:a@203.0.113.9", nil, public, false, "udp 203.0.113.9:5060"},
		{"the first route", "sip:a@203.0.113.9", []string{"sip:198.51.100.1;lr"}, public, false, "udp 198.51.100.1:5060"},
		{"a name: where it is heard", "sip:a@phone.example", nil, public, false, "udp 203.0.113.5:31000"},
		{"private Contact behind NAT", "sip:a@10.1.2.3", nil, public, false, "udp 203.0.113.5:31000"},
		{"carrier NAT", "sip:a@100.64.1.1", nil, public, false, "udp 203.0.113.5:31000"},
		{"private both: a LAN", "sip:a@10.1.2.3", nil, inside, false, "udp 10.1.2.3:5060"},
		{"symmetric", "sip:a@203.0.113.9", nil, public, true, "udp 203.0.113.5:31000"},
		{"never down from TLS", "sip:a@203.0.113.9;transport=udp", nil, tls, false, "tls 203.0.113.5:31000"},
		{"up to TCP if told so", "sip:a@203.0.113.9;transport=TCP", nil, public, false, "tcp 203.0.113.9:5060"},
		{"IPv6", "sip:a@[2001:db8::1]:5070", nil, public, false, "udp [2001:db8::1]:5070"},
		{"nonsense", "mailto:x", nil, public, false, "udp 203.0.113.5:31000"},
		{"nothing", "", nil, public, false, "udp 203.0.113.5:31000"},
	} {
		d := aim(c.routes, c.target, c.heard, c.symmetric)
		require.Equal(t, c.want, d.Network+" "+d.Addr.String(), c.name)
	}
}

// What is dialled when the connection a message is for has gone.
func TestElse(t *testing.T) {
	tcp := Dest{Network: NetworkTCP, Addr: netip.MustParseAddrPort("203.0.113.5:31000"), Flow: "c1"}
	dialled, udp := tcp, tcp
	dialled.Flow, udp.Network = "", NetworkUDP
	for _, c := range []struct {
		name, target string
		routes       []string
		to           Dest
		symmetric    bool
		want         string
	}{
		{"the Contact", "sip:a@203.0.113.9:5080;transport=tcp", nil, tcp, false, "203.0.113.9:5080"},
		{"its default port", "sip:a@203.0.113.9", nil, tcp, false, "203.0.113.9:5060"},
		{"the first route", "sip:a@203.0.113.9", []string{"sip:198.51.100.1:5070;lr"}, tcp, false, "198.51.100.1:5070"},
		{"a name", "sip:a@phone.example", nil, tcp, false, "invalid AddrPort"},
		{"private Contact behind NAT", "sip:a@10.1.2.3", nil, tcp, false, "invalid AddrPort"},
		{"symmetric", "sip:a@203.0.113.9", nil, tcp, true, "invalid AddrPort"},
		{"dialled anyway", "sip:a@203.0.113.9", nil, dialled, false, "invalid AddrPort"},
		{"UDP", "sip:a@203.0.113.9", nil, udp, false, "invalid AddrPort"},
	} {
		require.Equal(t, c.want, orHop(c.to, c.routes, c.target, c.symmetric).Else.String(), c.name)
	}
	for via, want := range map[string]string{
		"SIP/2.0/TCP 10.0.0.1:5090;branch=x;received=203.0.113.5": "203.0.113.5:5090",
		"SIP/2.0/TCP pbx.example;branch=x:y":                      "203.0.113.5:5060",
		"SIP/2.0/TCP [2001:db8::1];branch=x":                      "203.0.113.5:5060",
		"SIP/2.0/TCP [2001:db8::1]:5070;branch=x":                 "203.0.113.5:5070",
	} {
		require.Equal(t, want, orSentBy(tcp, via).Else.String(), via)
	}
	require.False(t, orSentBy(udp, "SIP/2.0/UDP 10.0.0.1:5090").Else.IsValid())
}

func TestCleaning(t *testing.T) {
	require.Equal(t, "a  b c", clean("a\r\nb\x00c", 99))
	require.Equal(t, "ab", clean("abc", 2))
	require.Equal(t, "sip:ab@c", cleanURI("sip:a>\r\n<b \"@c"))
	require.Equal(t, `"a\"\\b" <sip:x>`, nameAddr(`a"\b`, "sip:x"))
	require.Equal(t, "<sip:x>", nameAddr("", "sip:x"))
	require.Equal(t, `a"\b`, unescape(`a\"\\b`))
	require.Equal(t, "X-A: 1\r\n", headerLines([]Header{
		{"X-A", "1"}, {"To", "<sip:x>"}, {"a b", "c"}, {"", "d"}, {"t", "e"},
	}))
	require.Empty(t, headerLines(nil))
	require.Equal(t, strings.Repeat("X-Y: y\r\n", MaxExtraHeaders), headerLines(many(MaxExtraHeaders+9)))
	require.Equal(t, `"q;x"`, paramValue(`"q;x"`))
	require.Equal(t, "abc", paramValue(`a"b;,c`))
}

func many(n int) []Header {
	out := make([]Header, n)
	for i := range out {
		out[i] = Header{"X-Y", "y"}
	}
	return out
}

func TestLooseRouting(t *testing.T) {
	for uri, want := range map[string]bool{
		"sip:a;lr": true, "sip:a;LR;x=y": true, "sip:a;lr=on": true, "sip:a": false, "sip:lr@a": false, "sip:a;lrx": false,
	} {
		require.Equal(t, want, looseRouting(uri), uri)
	}
}

func TestBranchesDeriveFromTheSeed(t *testing.T) {
	a, b, c := State{BranchSeed: 1}, State{BranchSeed: 1}, State{BranchSeed: 2}
	seen := make(map[string]bool)
	for range 1000 {
		x := a.branch(a.nextBranch())
		require.Equal(t, x, b.branch(b.nextBranch()))
		require.NotEqual(t, x, c.branch(c.nextBranch()))
		require.False(t, seen[x])
		seen[x] = true
	}
	require.NotEqual(t, a.forkBranch("t", "BYE"), a.forkBranch("t", "ACK"))
	require.NotEqual(t, a.forkBranch("t", "BYE"), c.forkBranch("t", "BYE"))
}

func TestStampSDP(t *testing.T) {
	s := &State{SDPID: 5}
	s.LocalSDP = s.stampSDP(sdpNamed("a"), false)
	require.Equal(t, "a/5.1", sdpName(s.LocalSDP))
	require.Equal(t, "a/5.1", sdpName(s.stampSDP(sdpNamed("a"), false)), "the same again keeps its version")
	require.Equal(t, "b/5.2", sdpName(s.stampSDP(sdpNamed("b"), false)))
	require.Equal(t, "a/5.3", sdpName(s.stampSDP(sdpNamed("a"), false)), "b was sent in between")
	require.Equal(t, "a/5.4", sdpName(s.stampSDP(sdpNamed("a"), true)))
	require.Nil(t, s.stampSDP(nil, false))
	require.Equal(t, "no origin", string(s.stampSDP([]byte("no origin"), false)))
}

func TestDTMFDigits(t *testing.T) {
	for in, want := range map[string]byte{"5": '5', "*": '*', "10": '*', "11": '#', "#": '#', "a": 'A', "D": 'D'} {
		d, ok := parseDigit(in)
		require.True(t, ok, in)
		require.Equal(t, want, d.Digit)
	}
	for _, in := range []string{"", "x", "12", "E"} {
		_, ok := parseDigit(in)
		require.False(t, ok, in)
	}
	d, ok := parseRelay("Signal= 7\r\nDuration= 99999999\r\n")
	require.True(t, ok)
	require.Equal(t, DTMF{'7', dtmfMaxMs}, d)
}

// TestTooMuchIsRefused: the limits of limits.go hold for an INVITE.
func TestTooMuchIsRefused(t *testing.T) {
	l := newLadder(t)
	l.s = nil
	for _, c := range []struct {
		name string
		code string
		a    args
		add  string
	}{
		{"Via values", "483", args{}, strings.Repeat("Via: SIP/2.0/UDP 192.0.2.3;branch=z\r\n", MaxVias)},
		{"Record-Route values", "400", args{}, strings.Repeat("Record-Route: <sip:a;lr>\r\n", MaxRoutes+1)},
		{"Contact", "400", args{"contact": "sip:" + strings.Repeat("a", MaxURI) + "@b"}, ""},
		{"SDP", "413", args{"sdp": strings.Repeat("a", MaxSDP)}, ""},
	} {
		req := l.request("INVITE", c.a, c.add)
		s, out := Inbound(req, l.peer, testParams(), 1)
		require.Len(t, out.Send, 1, c.name)
		require.Equal(t, c.code, out.Send[0].What, c.name)
		require.Equal(t, PhaseEnding, s.Phase)
		var back State
		require.NoError(t, back.Unmarshal(s.Marshal(nil)), c.name)
	}
}

// TestNotOurs: messages of other dialogs and kinds do nothing.
func TestNotOurs(t *testing.T) {
	s := busy(t)
	before := string(s.Marshal(nil))
	out := s.Receive(&sip.Response{}, Dest{}, 1)
	require.Empty(t, out.Send)
	require.Empty(t, s.Receive(sip.NewRequest(sip.BYE, sip.Uri{}), Dest{}, 1).Send)
	require.Empty(t, s.Receive(nil, Dest{}, 1).Send)
	require.Equal(t, before, string(s.Marshal(nil)))
	var none State
	require.Empty(t, none.Do(HangUp{}, 1).Events)
	require.Empty(t, none.Resume(1).Timers)
	require.Empty(t, none.Fire(TimerLinger, 0, 1).Events)
}
