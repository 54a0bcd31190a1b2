package main

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/config"
	"github.com/wirechief/wirechief/config/secret"
)

// run runs one command line as a shell would.
func run(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	m := &Main{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs}
	code = m.Run(t.Context(), args)
	m.Close()
	return code, out.String(), errs.String()
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "center.yml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestVersion(t *testing.T) {
	code, out, _ := run(t, "", "version")
	require.Equal(t, exitOK, code)
	require.Regexp(t, `^wirechief \S+ .*go1\.\S+ \S+/\S+\n$`, out)
}

func TestHelpAndMisuse(t *testing.T) {
	code, out, _ := run(t, "", "--help")
	require.Equal(t, exitOK, code)
	for _, command := range []string{"serve", "check", "apply", "hash-password", "demo", "version"} {
		require.Contains(t, out, command)
	}
	code, out, _ = run(t, "", "serve", "--help")
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "--set")
	for _, args := range [][]string{{}, {"fly"}, {"serve", "--wings"}, {"check"}} {
		code, out, errs := run(t, "", args...)
		require.Equal(t, exitMisused, code, args)
		require.Empty(t, out)
		require.Contains(t, errs, "wirechief: ")
	}
}

func TestDemoIsAFileToBeginWith(t *testing.T) {
	code, out, _ := run(t, "", "demo")
	require.Equal(t, exitOK, code)
	code, out, errs := run(t, "", "check", "--strict", file(t, out))
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "good (2 tenants, 3 numbers, 1 queues, 5 agents), 0 warnings")
}

// R104: warnings are named and pass, unless asked otherwise.
func TestCheckNamesWarnings(t *testing.T) {
	path := file(t, "company: {id: a, name: A}\ntenants: [{id: t, name: T}]\n")
	code, out, errs := run(t, "", "check", path)
	require.Equal(t, exitOK, code)
	require.Empty(t, errs)
	require.Contains(t, out, "warning: "+path+":1: trunks: there is no trunk")
	code, _, _ = run(t, "", "check", "--strict", path)
	require.Equal(t, exitFailed, code)
}

// R2, R6: file, line and field, all mistakes at once, exit code 1.
func TestCheckNamesMistakes(t *testing.T) {
	path := file(t, `company: {id: a, name: A}
tenants: [{id: t, name: T}]
numbers:
  - {number: +13125550100, tenant: t}
  - {number: +13125550100, role: forwarding}
queue: []
`)
	code, out, errs := run(t, "", "check", path)
	require.Equal(t, exitFailed, code)
	require.Empty(t, out)
	require.Contains(t, errs, path+":5: numbers[1].role: +13125550100 cannot be forwarding and tracking")
	require.Contains(t, errs, path+":6: queue: unknown key, did you mean queues?")

	code, _, errs = run(t, "", "check", path+".none")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "no such file")
}

func TestHashPassword(t *testing.T) {
	code, out, errs := run(t, "correct horse\nnever read\n", "hash-password")
	require.Equal(t, exitOK, code, errs)
	ok, err := secret.Verify(strings.TrimSpace(out), "correct horse")
	require.NoError(t, err)
	require.True(t, ok)
	for _, bad := range []string{"", "short\n", strings.Repeat("x", secret.MaxPassword+1) + "\n"} {
		code, out, errs := run(t, bad, "hash-password")
		require.Equal(t, exitFailed, code)
		require.Empty(t, out)
		require.Contains(t, errs, "password length not allowed")
	}
}

func TestServePlanWithoutFileIsTheDemo(t *testing.T) {
	p, err := (&serveCmd{}).plan(nil)
	require.NoError(t, err)
	require.True(t, p.Demo)
	require.Equal(t, []string{"127.0.0.1:5060"}, p.Node.SIP.UDP)
	require.NotNil(t, p.File.Center)
	require.Empty(t, p.Warnings)
}

// Flags win over the environment, a flag of its own over --set; --config over WIRECHIEF_CONFIG.
func TestServePlanOrder(t *testing.T) {
	other := file(t, "node: {name: by-env}\n")
	var c serveCmd
	c.Data, c.HTTP = "by-flag", "127.0.0.1:0"
	c.SIPUDP = []string{"127.0.0.1:0", "127.0.0.2:0"}
	c.Set = map[string]string{"data_dir": "by-set", "media.workers": "3"}
	env := []string{"WIRECHIEF_CONFIG=" + other, "WIRECHIEF_DATA_DIR=by-env", "WIRECHIEF_LOG_FORMAT=json"}
	p, err := c.plan(env)
	require.NoError(t, err)
	require.False(t, p.Demo)
	require.Nil(t, p.File.Center)
	require.Equal(t, "by-env", p.Node.Name)
	require.Equal(t, "by-flag", p.Node.DataDir)
	require.Equal(t, filepath.Join("by-flag", "recordings"), p.Node.RecordingsDir)
	require.Equal(t, 3, p.Node.Media.Workers)
	require.Equal(t, "json", p.Node.Log.Format)
	require.Equal(t, []string{"127.0.0.1:0", "127.0.0.2:0"}, p.Node.SIP.UDP)

	c.Config = file(t, "node: {name: by-flag}\n")
	p, err = c.plan(env)
	require.NoError(t, err)
	require.Equal(t, "by-flag", p.Node.Name)
}

// A wrong setting ends serve before anything is started, with its source named.
func TestServeRefusesSettings(t *testing.T) {
	for _, c := range []struct {
		want string
		args []string
	}{
		{`--set: media.workers: must be 1 to 256, is 0`, []string{"--set", "media.workers=0"}},
		{`--set: media.wrokers: unknown setting, did you mean media.workers?`, []string{"--set", "media.wrokers=1"}},
		{`--sip-udp: sip.udp: must be host:port or :port, the host an IP address, is "5060"`, []string{"--sip-udp", "5060"}},
		{`--log-level: log.level: must be one of debug, info, warn, error, is "loud"`, []string{"--log-level", "loud"}},
	} {
		code, _, errs := run(t, "", append([]string{"serve", "--data", t.TempDir()}, c.args...)...)
		require.Equal(t, exitFailed, code)
		require.Equal(t, c.want+"\n", errs)
	}
}

func TestSetTakesLists(t *testing.T) {
	code, _, errs := run(t, "", "serve", "--data", t.TempDir(), "--set", "sip.udp=127.0.0.1:0,nonsense")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, `sip.udp: must be host:port or :port, the host an IP address, is "nonsense"`)
}

func TestAdvertisedAddress(t *testing.T) {
	addrs := func(list ...string) (out []net.Addr) {
		for _, s := range list {
			ip, n, err := net.ParseCIDR(s)
			require.NoError(t, err)
			out = append(out, &net.IPNet{IP: ip, Mask: n.Mask})
		}
		return out
	}
	machine := addrs("127.0.0.1/8", "::1/128", "fe80::1/64", "2001:db8::5/64", "192.0.2.5/24", "198.51.100.5/24")
	for _, c := range []struct {
		name, advertise, listen, media string
		addrs                          []net.Addr
		want, wantMedia                string
	}{
		{"as set", "203.0.113.9", ":5060", "", machine, "203.0.113.9", "0.0.0.0"},
		{"the listening address", "", "192.0.2.77:5060", "", machine, "192.0.2.77", "0.0.0.0"},
		{"loopback stays loopback", "", "127.0.0.1:5060", "", machine, "127.0.0.1", "127.0.0.1"},
		{"localhost", "", "localhost:5060", "", machine, "127.0.0.1", "127.0.0.1"},
		{"first IPv4", "", ":5060", "", machine, "192.0.2.5", "0.0.0.0"},
		{"unspecified", "", "0.0.0.0:5060", "192.0.2.5", machine, "192.0.2.5", "192.0.2.5"},
		{"IPv6 alone", "", "[::]:5060", "", addrs("::1/128", "fe80::1/64", "2001:db8::5/64"), "2001:db8::5", "::"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := config.DefaultNode()
			n.Advertise, n.SIP.UDP, n.SIP.TCP, n.Media.Address = c.advertise, []string{c.listen}, nil, c.media
			got, err := advertised(n, c.addrs)
			require.NoError(t, err)
			require.Equal(t, netip.MustParseAddr(c.want), got)
			got, err = mediaAddr(n, got)
			require.NoError(t, err)
			require.Equal(t, netip.MustParseAddr(c.wantMedia), got)
		})
	}
	_, err := advertised(config.DefaultNode(), addrs("127.0.0.1/8"))
	require.ErrorIs(t, err, errNoAddress)
}
