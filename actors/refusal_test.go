package actors_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A refusal of signalling says how to do better: 420 names the extension, 422 the least session timer.
func TestRefusalsSayWhy(t *testing.T) {
	f := newFloor(t, 1, nil)
	for _, c := range []struct{ header, status, want string }{
		{"Require: 100rel", "SIP/2.0 420 Bad Extension", "Unsupported: 100rel"},
		{"Session-Expires: 30\r\nSupported: timer", "SIP/2.0 422 Session Interval Too Small", "Min-SE: 90"},
	} {
		conn, err := net.Dial("udp", sipAddr(f.n).String())
		require.NoError(t, err)
		defer conn.Close()
		local := conn.LocalAddr().String()
		_, err = conn.Write([]byte("INVITE sip:" + testNumber + "@" + sipAddr(f.n).String() + " SIP/2.0\r\n" +
			"Via: SIP/2.0/UDP " + local + ";branch=z9hG4bK" + c.want[:5] + "\r\nMax-Forwards: 70\r\n" +
			"From: <sip:1@x>;tag=a\r\nTo: <sip:2@x>\r\nCall-ID: " + c.want[:6] + "\r\nCSeq: 1 INVITE\r\n" +
			"Contact: <sip:1@" + local + ">\r\n" + c.header + "\r\nContent-Length: 0\r\n\r\n"))
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			require.NoError(t, err)
			if got := string(buf[:n]); !strings.HasPrefix(got, "SIP/2.0 1") {
				require.True(t, strings.HasPrefix(got, c.status), got)
				require.Contains(t, got, c.want)
				break
			}
		}
	}
}
