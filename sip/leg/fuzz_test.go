package leg

import (
	"bytes"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// FuzzMessages feeds whatever the parser lets through: nothing panics, and what goes out in answer is
// one well-formed message without lines of the sender's making.
func FuzzMessages(f *testing.F) {
	l := newLadder(f)
	f.Add([]byte(l.request("INVITE", args{"sdp": "a", "totag": ""},
		"Record-Route: <sip:x;lr>\r\nSession-Expires: 90;refresher=uac\r\n").String()))
	f.Add([]byte(l.request("INFO", args{"dtmf": "5", "cseq": "2"}, "Require: a,b\r\n").String()))
	f.Add([]byte(l.request("BYE", args{"cseq": "2"}, "Reason: x;text=\"a\r\n b\"\r\n").String()))
	f.Add([]byte(l.request("UPDATE", args{"cseq": "2", "sdp": "b"}, "k: timer\r\nx: 100\r\n").String()))
	f.Add([]byte("INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/TCP [::1]:1;rport;branch=z\r\n" +
		"f: \"\\\"\" <sip:a>;tag=\"x\r\nt: sip:b\r\ni: 1\r\nCSeq: 1 INVITE\r\nm: <sip:a>\r\nl: 0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		msg, err := sip.ParseMessage(raw)
		if err != nil {
			return
		}
		if req, ok := msg.(*sip.Request); ok {
			s, out := Inbound(req, Dest{Network: NetworkUDP, Addr: peerAddr}, testParams(), 1)
			wellFormed(t, out)
			wellFormed(t, s.Do(Answer{SDP: sdpNamed("a")}, 2))
			wellFormed(t, s.Do(HangUp{}, 3))
		}
		s := busy(t)
		wellFormed(t, s.Receive(msg, Dest{Network: NetworkUDP, Addr: peerAddr}, 10))
		wellFormed(t, s.Resume(11))
		var back State
		if err := back.Unmarshal(s.Marshal(nil)); err != nil {
			t.Fatal(err)
		}
	})
}

func wellFormed(t *testing.T, out Output) {
	for _, s := range out.Send {
		head, _, ok := bytes.Cut(s.Data, []byte("\r\n\r\n"))
		if !ok {
			t.Fatalf("no end of headers: %q", s.Data)
		}
		for line := range strings.SplitSeq(string(head), "\r\n") {
			if strings.ContainsAny(line, "\r\n\x00") {
				t.Fatalf("control characters in %q", line)
			}
		}
		count := 0
		for line := range strings.SplitSeq(string(head), "\r\n") {
			if strings.HasPrefix(line, "CSeq:") || strings.HasPrefix(line, "Call-ID:") {
				count++
			}
		}
		if count != 2 {
			t.Fatalf("%d of CSeq and Call-ID: %q", count, s.Data)
		}
	}
}
