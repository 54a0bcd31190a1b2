package ua

import (
	"net/netip"
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
			c, err := NewCallers("127.0.0.1:0", netip.AddrPort(p.Addr()), "t")
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
