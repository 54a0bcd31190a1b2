package actors_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

var tries atomic.Int64

// try sends an INVITE for the test number with some more headers, and gives the final response.
func try(t *testing.T, n *actors.Node, headers ...string) string {
	t.Helper()
	conn, err := net.Dial("udp", sipAddr(n).String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	local, id := conn.LocalAddr().String(), fmt.Sprint("try", tries.Add(1))
	_, err = conn.Write([]byte("INVITE sip:" + testNumber + "@" + sipAddr(n).String() + " SIP/2.0\r\n" +
		"Via: SIP/2.0/UDP " + local + ";branch=z9hG4bK" + id + "\r\nMax-Forwards: 70\r\n" +
		"From: <sip:1@x>;tag=a\r\nTo: <sip:2@x>\r\nCall-ID: " + id + "\r\nCSeq: 1 INVITE\r\n" +
		"Contact: <sip:1@" + local + ">\r\n" + strings.Join(append(headers, ""), "\r\n") + "Content-Length: 0\r\n\r\n"))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	buf := make([]byte, 4096)
	for {
		k, err := conn.Read(buf)
		require.NoError(t, err)
		if got := string(buf[:k]); !strings.HasPrefix(got, "SIP/2.0 1") {
			return got
		}
	}
}

// A refusal of signalling says how to do better: 420 names the extension, 422 the least session timer.
func TestRefusalsSayWhy(t *testing.T) {
	f := newFloor(t, 1, nil)
	for _, c := range []struct{ header, status, want string }{
		{"Require: 100rel", "SIP/2.0 420 Bad Extension", "Unsupported: 100rel"},
		{"Session-Expires: 30\r\nSupported: timer", "SIP/2.0 422 Session Interval Too Small", "Min-SE: 90"},
	} {
		got := try(t, f.n, c.header)
		require.True(t, strings.HasPrefix(got, c.status), got)
		require.Contains(t, got, c.want)
	}
}

// Every 503 to an INVITE says when to try again, not only that of admission: no media port, a call that the journal
// does not take.
func TestEvery503HasRetryAfter(t *testing.T) {
	center, dir := testCenter(1, func(string) string { return "sip:x@127.0.0.1:9" }), t.TempDir()
	n, err := actors.Start(actors.Settings{
		NodeID: 1, Journal: persistence.Options{Dir: dir + "/journal"}, SIP: wsip.Config{UDP: []string{"127.0.0.1:0"}},
		Media:  media.Config{Addr: netip.MustParseAddr("127.0.77.3"), PortMin: 30000, PortMax: 30001, RecordDir: dir + "/rec"},
		Center: func(*cc.Center) (*cc.Center, error) { return center, nil }, RetryS: 7,
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, n.Close()) }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.Contains(t, try(t, n), "SIP/2.0 200") // the only pair of ports
	noPort := try(t, n)
	require.Contains(t, noPort, "SIP/2.0 503 No Media Port")
	require.Contains(t, noPort, "\r\nRetry-After: 7\r\n")

	require.NoError(t, n.AskCall(ctx, n.AnyCall(), &cc.HangUp{Supervisor: true}))
	require.NoError(t, n.Steal())
	lost := try(t, n)
	for strings.Contains(lost, "No Media Port") && ctx.Err() == nil { // until the port is free again
		lost = try(t, n)
	}
	require.Contains(t, lost, "SIP/2.0 503 Service Unavailable")
	require.Contains(t, lost, "\r\nRetry-After: 7\r\n")
}
