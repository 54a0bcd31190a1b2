package sdp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	pion "github.com/pion/sdp/v3"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestScripts: "parse" reads the description below it, "answer" answers it as "want" says, "choose"
// takes it as the answer to our own offer.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, script)
	})
}

func script(t *testing.T, d *datadriven.TestData) string {
	l := local(t, d)
	if d.Cmd == "offer" {
		return show(t, Offer(l))
	}
	m, err := Parse([]byte(wire(d.Input)), Limits{})
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	switch d.Cmd {
	case "parse":
		return describe(m)
	case "answer":
		b, c, err := Answer(m, l)
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
		return show(t, b) + chosen(c)
	case "choose":
		c, err := Choose(l, m)
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
		return chosen(c)
	}
	t.Fatalf("unknown command %s", d.Cmd)
	return ""
}

func wire(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "\n", "\r\n") + "\r\n" }

func local(t *testing.T, d *datadriven.TestData) Local {
	l := Local{Addr: netip.MustParseAddrPort("192.0.2.1:20000"), SessionID: 7, Version: 3}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "direction":
			dir, ok := direction(a.Vals[0])
			require.True(t, ok)
			l.Direction = dir
		case "codecs":
			for _, v := range a.Vals {
				l.Codecs = append(l.Codecs, map[string]Codec{"PCMU": PCMU, "PCMA": PCMA}[v])
			}
		case "cn":
			l.CN = true
		case "nodtmf":
			l.NoDTMF = true
		case "addr":
			l.Addr = netip.MustParseAddrPort(a.Vals[0])
		case "ptime":
			n, err := strconv.Atoi(a.Vals[0])
			require.NoError(t, err)
			l.PtimeMs = n
		}
	}
	return l
}

func describe(m *Media) string {
	return fmt.Sprintf("addr=%s rtcp=%s mux=%t %s held=%t formats=%v dtmf=%d cn=%d ptime=%d webrtc=%t crypto=%t "+
		"stream=%d/%d o=%s/%s\n",
		m.Addr, m.RTCP, m.RTCPMux, m.Direction, m.Held, m.Formats, m.DTMF, m.CN, m.PtimeMs, m.WebRTC, m.Crypto,
		m.Index, len(m.Lines), m.SessionID, m.Version)
}

func chosen(c Chosen) string {
	return fmt.Sprintf("%s pt=%d dtmf=%d cn=%d ptime=%d remote=%s send=%t receive=%t\n",
		c.Codec, c.PT, c.DTMF, c.CN, c.PtimeMs, c.Remote, c.Send, c.Receive)
}

// show checks what we wrote with another parser and with our own.
func show(t rapid.TB, b []byte) string {
	var other pion.SessionDescription
	require.NoError(t, other.Unmarshal(b))
	_, err := Parse(b, Limits{})
	require.NoError(t, err)
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

func TestLimits(t *testing.T) {
	ok := wire("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 4000 RTP/AVP 0 8")
	_, err := Parse([]byte(ok), Limits{})
	require.NoError(t, err)
	for _, l := range []Limits{{Bytes: 20}, {Lines: 3}, {Formats: 1}} {
		_, err = Parse([]byte(ok), l)
		require.ErrorIs(t, err, ErrTooLarge)
	}
	_, err = Parse([]byte(ok+strings.Repeat("m=video 0 RTP/AVP 99\r\n", MaxMedia)), Limits{})
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = Parse(make([]byte, MaxBytes+1), Limits{Bytes: 1 << 30})
	require.ErrorIs(t, err, ErrTooLarge)
}

// TestOfferAnswer: whatever is offered, the answer fits: as many streams, a codec of both, directions
// that agree, and both sides conclude the same.
func TestOfferAnswer(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := randomLocal(rt, "192.0.2.1:4000")
		b := randomLocal(rt, "[2001:db8::1]:5000")
		offer, err := Parse(Offer(a), Limits{})
		require.NoError(rt, err)
		raw, cb, err := Answer(offer, b)
		if err != nil {
			require.ErrorIs(rt, err, ErrNoCodec)
			return
		}
		show(rt, raw)
		answer, err := Parse(raw, Limits{})
		require.NoError(rt, err)
		require.Len(rt, answer.Lines, len(offer.Lines))
		ca, err := Choose(a, answer)
		require.NoError(rt, err)
		require.Equal(rt, ca.Codec, cb.Codec)
		require.Equal(rt, ca.PT, cb.PT)
		require.Equal(rt, ca.DTMF, cb.DTMF)
		require.Equal(rt, ca.CN, cb.CN)
		require.Equal(rt, ca.Send, cb.Receive)
		require.Equal(rt, ca.Receive, cb.Send)
		require.Equal(rt, b.Addr, ca.Remote)
		require.Equal(rt, a.Addr, cb.Remote)
	})
}

func randomLocal(rt *rapid.T, addr string) Local {
	return Local{
		Addr:      netip.MustParseAddrPort(addr),
		Direction: Direction(rapid.IntRange(0, 3).Draw(rt, "direction")),
		Codecs:    rapid.SampledFrom([][]Codec{nil, {PCMU}, {PCMA}, {PCMU, PCMA}}).Draw(rt, "codecs"),
		NoDTMF:    rapid.Bool().Draw(rt, "nodtmf"),
		CN:        rapid.Bool().Draw(rt, "cn"),
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(wire("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 0.0.0.0\nt=0 0\na=sendonly\n" +
		"m=audio 4000 RTP/AVP 0 8 101 13\na=rtpmap:101 telephone-event/8000\n" +
		"a=ptime:30\na=rtcp:5001 IN IP4 192.0.2.2")))
	f.Add([]byte(wire("v=0\nc=IN IP6 2001:db8::1/3\nm=video 9 RTP/SAVPF 96\n" +
		"m=audio 9/2 UDP/TLS/RTP/SAVPF 96 0\na=rtpmap:96 PCMA/8000\na=ice-ufrag:x\na=fingerprint:y\na=rtcp-mux")))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b, Limits{})
		if err != nil {
			return
		}
		if !m.Addr.IsValid() || len(m.Formats) == 0 {
			t.Fatalf("unusable media: %+v", m)
		}
		raw, _, err := Answer(m, Local{Addr: netip.MustParseAddrPort("192.0.2.1:4000"), CN: true})
		if err != nil {
			return
		}
		again, err := Parse(raw, Limits{})
		if err != nil {
			t.Fatalf("own answer refused: %v\n%s", err, raw)
		}
		if len(again.Lines) != len(m.Lines) || again.Index != m.Index {
			t.Fatalf("streams do not match:\n%s\n%s", b, raw)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	raw := Offer(Local{Addr: netip.MustParseAddrPort("192.0.2.1:4000")})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	m, err := Parse(Offer(Local{Addr: netip.MustParseAddrPort("192.0.2.1:4000")}), Limits{})
	require.NoError(b, err)
	l := Local{Addr: netip.MustParseAddrPort("192.0.2.2:4000")}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Answer(m, l); err != nil {
			b.Fatal(err)
		}
	}
}
