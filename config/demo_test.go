package config

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/secret"
	"github.com/wirechief/wirechief/queues"
)

func TestDemoIsWhatItPromises(t *testing.T) {
	f, err := Demo()
	require.NoError(t, err)
	require.Empty(t, f.Warnings, "nothing in the demo is without effect")
	n, _, err := f.Settings(nil, nil)
	require.NoError(t, err)
	for _, addr := range append(append([]string{n.HTTP.Listen}, n.SIP.UDP...), n.SIP.TCP...) {
		host, _, err := net.SplitHostPort(addr)
		require.NoError(t, err)
		require.True(t, netip.MustParseAddr(host).IsLoopback(), "%s: public passwords on a public address", addr)
	}

	c, err := f.Center.Build(nil)
	require.NoError(t, err)
	require.Equal(t, "wirechief", c.SipRealm, "the default of company.sip_realm")
	require.True(t, c.SipAllowMd5)
	require.False(t, c.SipMd5Only, "SHA-256 is offered, and first")
	require.Len(t, c.Tenants, 2)
	require.Len(t, c.Campaigns, 2)
	require.Len(t, c.Numbers, 3)
	require.Len(t, c.Queues, 1)
	require.Len(t, c.Agents, 5)
	require.NoError(t, queues.Validate(cc.NewDirectory(c)))
	for i, a := range c.Agents {
		ok, err := secret.Verify(a.PasswordHash, f.Center.Agents[i].Password)
		require.NoError(t, err)
		require.True(t, ok, a.Login)
		if a.SipUser == "" {
			require.Equal(t, "admin", a.Role)
			continue
		}
		require.Equal(t, secret.DigestSHA256(a.SipUser, c.SipRealm, f.Center.Agents[i].SIPSecret), a.SipHa1Sha256)
		require.Equal(t, secret.DigestMD5(a.SipUser, c.SipRealm, f.Center.Agents[i].SIPSecret), a.SipHa1Md5)
	}
}

func TestSamplesInDeploy(t *testing.T) {
	files, err := filepath.Glob("../deploy/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, path := range files {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		f, err := Parse(path, data)
		require.NoError(t, err)
		require.Empty(t, f.Warnings, path)
	}
}

// No plain secret reaches the journal.
func TestBuildKeepsNoSecret(t *testing.T) {
	f, err := Demo()
	require.NoError(t, err)
	c, err := f.Center.Build(nil)
	require.NoError(t, err)
	wire, err := proto.Marshal(c)
	require.NoError(t, err)
	for _, a := range f.Center.Agents {
		require.NotContains(t, string(wire), a.Password)
		if a.SIPSecret != "" {
			require.NotContains(t, string(wire), a.SIPSecret)
		}
	}
}
