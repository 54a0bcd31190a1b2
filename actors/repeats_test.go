package actors_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rawCaller is a caller whose messages are written by hand.
type rawCaller struct {
	*phone
	id, to string // to: with our tag once answered
	via    string // transport
}

func newRawCaller(f *floor, id string) *rawCaller {
	c := &rawCaller{phone: newPhone(f, "raw"), id: id, via: "UDP"}
	c.to = "<sip:" + testNumber + "@" + testRealm + ">"
	return c
}

// message is a request of the call, with a branch and whatever more headers.
func (c *rawCaller) message(method, branch string, cseq int, headers string) string {
	at := c.conn.LocalAddr().String()
	return fmt.Sprintf("%s sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK-%s-%s;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:raw@%s>;tag=raw\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:raw@%s>\r\n%sContent-Length: 0\r\n\r\n",
		method, testNumber, testRealm, c.via, at, c.id, branch, testRealm, c.to, c.id, cseq, method, at, headers)
}

// final reads up to the next final response.
func (c *rawCaller) final() string {
	c.t.Helper()
	for {
		if m := c.read(); strings.HasPrefix(m, "SIP/2.0 ") && !strings.HasPrefix(m, "SIP/2.0 1") {
			return m
		}
	}
}

// answered takes the tag of a 200 and acknowledges it.
func (c *rawCaller) answered(ok string) {
	c.t.Helper()
	require.Contains(c.t, ok, "SIP/2.0 200")
	_, to, _ := strings.Cut(ok, "\r\nTo: ")
	c.to, _, _ = strings.Cut(to, "\r\n")
	c.send(c.message("ACK", "ack", 1, ""))
}

// RFC 3261 17.2.2: the 200 to a BYE is lost, and the call has long gone to sleep when the BYE comes again.
func TestARepeatedBYEGets200(t *testing.T) {
	f := newFloor(t, 1, nil)
	c := newRawCaller(f, "bye-again")
	c.send(c.message("INVITE", "invite", 1, ""))
	c.answered(c.final())
	call := f.n.AnyCall()
	bye := c.message("BYE", "bye", 2, "")
	c.send(bye)
	for range 2 {
		got := c.final()
		require.Contains(t, got, "SIP/2.0 200")
		require.Contains(t, got, "CSeq: 2 BYE")
		f.asleep(call)
		c.send(bye)
	}
	f.sound()
}

// Over TCP nobody says again what a call had no room for: the BYE of a caller whose call is busy beyond its mailbox ends
// it all the same, as soon as there is room.
func TestAFullMailboxTakesTheMessagesOfAStream(t *testing.T) {
	f := newFloor(t, 1, nil)
	c := newRawCaller(f, "stream")
	conn, err := net.Dial("tcp4", f.n.SIPAddrs()[1].Addr.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	c.conn, c.via = conn, "TCP"
	c.send(c.message("INVITE", "invite", 1, ""))
	c.answered(c.final())
	call := f.n.AnyCall()
	f.n.Fill(call, func() {
		before := f.n.Count("sip", "to_sinks")
		c.send(c.message("BYE", "bye", 2, ""))
		f.until("the BYE is with the call", func() bool { return f.n.Count("sip", "to_sinks") > before })
	})
	require.Contains(t, c.final(), "CSeq: 2 BYE")
	f.asleep(call)
	require.Zero(t, f.counter("overloaded_total"))
	f.sound()
}
