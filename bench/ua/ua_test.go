package ua

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A caller and a phone on two sockets talk to each other without anything between them.
func TestCallerAndPhone(t *testing.T) {
	for name, act := range map[string]Behaviour{
		"phone hangs up": {Talk: time.Millisecond},
		"busy":           {Refuse: 486},
		"caller":         {Ring: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			before, rungs, byes := time.Now(), make(chan Rung, 1), make(chan string, 1)
			p, err := NewPhones("127.0.0.1:0", PhoneOptions{
				Act: func(string) Behaviour { return act }, OnRing: func(r Rung) { rungs <- r },
				OnHangUp: func(user string, _ time.Time) { byes <- user },
			})
			require.NoError(t, err)
			defer p.Close()
			c, err := NewCallers("127.0.0.1:0", p.Addr(), "t")
			require.NoError(t, err)
			defer c.Close()
			ends := make(chan CallResult, 1)
			c.OnEnd = func(r CallResult) { ends <- r }
			call := c.Dial("100", "200")
			<-call.Answered()
			if name == "caller" {
				call.HangUp()
			}
			<-call.Ended()
			r := call.Result()
			require.Equal(t, r, <-ends)
			rung := <-rungs
			require.Equal(t, "200", rung.From)
			require.Equal(t, netip.MustParseAddrPort("127.0.0.1:9"), rung.Media)
			require.GreaterOrEqual(t, rung.At.UnixNano(), before.UnixNano())
			require.LessOrEqual(t, rung.At.UnixNano(), time.Now().UnixNano())
			if act.Refuse != 0 {
				require.Equal(t, act.Refuse, r.Final)
				return
			}
			require.Equal(t, 200, r.Final)
			require.Equal(t, netip.MustParseAddrPort("127.0.0.1:9"), r.Media)
			if name == "phone hangs up" {
				require.Equal(t, "100", <-byes)
			}
			require.Equal(t, name == "caller", r.Hung)
			require.Equal(t, name != "caller", r.Released)
		})
	}
}

// RFC 3261 17.2.1: a phone that rings says so again when the INVITE comes again. Who has not heard it may not cancel,
// and the phone would ring for ever.
func TestRingingIsRepeated(t *testing.T) {
	p, err := NewPhones("127.0.0.1:0", PhoneOptions{Act: func(string) Behaviour { return Behaviour{Ring: time.Hour} }})
	require.NoError(t, err)
	defer p.Close()
	conn, err := net.Dial("udp4", p.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	ask := func(method string) string {
		_, err := fmt.Fprintf(conn, "%s sip:alice@x SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK1\r\nFrom: <sip:b@x>;tag=1\r\n"+
			"To: <sip:alice@x>\r\nCall-ID: c1\r\nCSeq: 1 %s\r\nContact: <sip:b@x>\r\nContent-Length: 0\r\n\r\n",
			method, conn.LocalAddr(), method)
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
		buf := make([]byte, 4096)
		n, err := conn.Read(buf)
		require.NoError(t, err)
		return string(buf[:n])
	}
	first := ask("INVITE")
	require.True(t, strings.HasPrefix(first, "SIP/2.0 180 "), first)
	require.Equal(t, first, ask("INVITE"))
	require.EqualValues(t, 1, p.Stats.Invites.Load(), "it is one call")
	require.Contains(t, ask("CANCEL"), "200 OK")
	require.Empty(t, p.Live())
}
