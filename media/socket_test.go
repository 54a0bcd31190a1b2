package media

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/media/audio"
)

func TestAddressesSurviveTheKernelsForm(t *testing.T) {
	for _, text := range []string{"127.0.0.1:5060", "255.255.255.255:65535", "[::1]:1", "[2001:db8::1:2]:40000"} {
		want := netip.MustParseAddrPort(text)
		var a sockaddr
		a.set(want)
		require.Equal(t, want, a.source().addrPort())
		require.Equal(t, sourceOf(want), a.source())
	}
	require.Equal(t, sourceOf(netip.MustParseAddrPort("1.2.3.4:5")), sourceOf(netip.MustParseAddrPort("[::ffff:1.2.3.4]:5")))
}

func TestRelayOverIPv6(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Addr = netip.IPv6Loopback() })
	at, err := r.Open("call", "a")
	require.NoError(t, err)
	require.True(t, at.Addr().Is6())
	require.ErrorIs(t, r.SetRemote("a", Remote{Addr: loopbackPort(9)}), ErrBadArgument)
	require.NoError(t, r.SetRemote("a", Remote{Addr: netip.AddrPortFrom(netip.IPv6Loopback(), at.Port())}))
	require.NoError(t, r.Play("a", Source{Clip: audio.Beep.Clip()}))
	require.NotZero(t, r.until("a", func(s LegStats) bool { return s.PacketsIn > 2 }).PacketsOut, "it hears itself")
}
