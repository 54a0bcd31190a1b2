package api

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClientBehindProxies(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	for name, c := range map[string]struct {
		peer string
		xff  []string
		want string
	}{
		"no proxy":                        {"203.0.113.7:1000", nil, "203.0.113.7:1000"},
		"not a proxy of ours":             {"203.0.113.7:1000", []string{"198.51.100.1"}, "203.0.113.7:1000"},
		"one proxy":                       {"10.0.0.1:1000", []string{"198.51.100.1"}, "198.51.100.1:0"},
		"what the client claims":          {"10.0.0.1:1000", []string{"192.0.2.66, 198.51.100.1"}, "198.51.100.1:0"},
		"it claims to be a proxy":         {"10.0.0.1:1000", []string{"192.0.2.66, 10.0.0.9, 198.51.100.1"}, "198.51.100.1:0"},
		"two proxies":                     {"10.0.0.1:1000", []string{"192.0.2.66, 198.51.100.1, 10.0.0.2"}, "198.51.100.1:0"},
		"two headers":                     {"10.0.0.1:1000", []string{"192.0.2.66, 198.51.100.1", "10.0.0.2"}, "198.51.100.1:0"},
		"with a port":                     {"10.0.0.1:1000", []string{"198.51.100.1:4711"}, "198.51.100.1:0"},
		"IPv6":                            {"[2001:db8:1::1]:1000", []string{"2001:db8:2::5"}, "[2001:db8:2::5]:0"},
		"IPv6 in brackets":                {"10.0.0.1:1000", []string{"[2001:db8:2::5]"}, "[2001:db8:2::5]:0"},
		"mapped":                          {"[::ffff:10.0.0.1]:1000", []string{"::ffff:198.51.100.1"}, "198.51.100.1:0"},
		"no header":                       {"10.0.0.1:1000", nil, "10.0.0.1:1000"},
		"rubbish":                         {"10.0.0.1:1000", []string{"198.51.100.1, unknown"}, "10.0.0.1:1000"},
		"rubbish behind a proxy":          {"10.0.0.1:1000", []string{"unknown, 10.0.0.2"}, "10.0.0.2:0"},
		"nothing but proxies":             {"10.0.0.1:1000", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3:0"},
		"more proxies than anybody looks": {"10.0.0.1:1000", []string{"192.0.2.66" + strings.Repeat(",10.0.0.2", 100)}, "10.0.0.2:0"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.xff}}
		require.Equal(t, c.want, client(r, trusted), name)
	}
	r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"X-Forwarded-For": {"198.51.100.1"}}}
	require.Equal(t, "10.0.0.1:1", client(r, nil), "nobody is trusted by default")
}
