package crash

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Numbers of the test center, by how their callers are connected.
const (
	numberOnAgent = "+13125550101"
	numberOnQueue = "+13125550102"
)

const (
	supervisor, password = "boss", "not-so-secret-1"
	reasonsOfPresence    = 100 // r0 to r99: so many that a reason names one command among the latest
)

// center is a configuration with fixed ports, so that a restarted process is where the killed one was.
type center struct {
	contacts  []string // of agent0, agent1 ...
	ringMs    int
	wrapUpMs  int // of even agents; odd ones have none
	mediaMin  int
	mediaMax  int
	sip, http string
	clients   bool // see hasClient
}

// agentID names the agents.
func agentID(i int) string { return fmt.Sprintf("agent%d", i) }

// hasClient: every third agent works at a client, which is gone with each kill; the others have a phone only.
func hasClient(i int) bool { return i%3 == 0 }

func newCenter(t *testing.T, contacts []string, mediaMin, mediaMax int) center {
	return center{
		contacts: contacts, ringMs: 1000, wrapUpMs: 1000, mediaMin: mediaMin, mediaMax: mediaMax,
		sip: freePort(t, "udp"), http: freePort(t, "tcp"),
	}
}

// local is the engine's address: of this process alone, so that nobody takes its ports while it is down.
var local = netip.AddrFrom4([4]byte{127, 58, byte(os.Getpid() >> 8), byte(os.Getpid() | 1)})

// freePort finds a port that is free.
func freePort(t *testing.T, network string) string {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket("udp4", local.String()+":0")
		require.NoError(t, err)
		defer c.Close()
		return c.LocalAddr().String()
	}
	l, err := net.Listen("tcp4", local.String()+":0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// write puts the configuration into a file.
func (c center) write(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("node:\n  name: crash\n  advertise: %s\n  data_dir: %s", local, dir)
	say("  sip: {udp: [%q], tcp: []}\n  http: {listen: %q}", c.sip, c.http)
	say("  media: {address: %s, port_min: %d, port_max: %d}", local, c.mediaMin, c.mediaMax)
	say("  auth: {max_failures_per_minute: 1000}")
	say("company: {id: acme, name: Acme}")
	var reasons []string
	for i := range reasonsOfPresence {
		reasons = append(reasons, fmt.Sprintf("r%d", i))
	}
	say("tenants: [{id: north, name: North, presence_reasons: [%s]}]", strings.Join(reasons, ", "))
	say("campaigns: [{id: radio, tenant: north, name: Radio}]")
	say("numbers:")
	for _, n := range [][2]string{{numberOnAgent, "on_agent"}, {numberOnQueue, "on_queue"}} {
		say("  - {number: %q, tenant: north, campaign: radio, workflow: main, connect: %s, connect_after_ms: 400}",
			n[0], n[1])
	}
	say("workflows: [{id: main, name: Main, steps: [{queue: desk}]}]")
	say("queues:\n  - id: desk\n    name: Desk\n    tenants: [north]\n    ring_timeout_ms: %d", c.ringMs)
	say("    on_miss: unavailable\n    max_misses: 3\n    on_reject: keep\n    reoffer_after_ms: 500\n    busy_skip_ms: 500")
	say("    redial_window_ms: 0\n    wrapup: {mode: timed_early, length_ms: %d}", c.wrapUpMs)
	say("agents:")
	for i, contact := range c.contacts {
		say("  - id: %s\n    name: Agent %d\n    tenants: [north]\n    queues: [desk]\n    contact: %q\n    phone_only: %v",
			agentID(i), i, contact, !c.clients || !hasClient(i))
		if i%2 == 1 {
			say("    wrapup: {mode: none}")
		}
		if c.clients && hasClient(i) {
			say("    login: %s\n    password: %s", agentID(i), password)
		}
	}
	say("  - {id: %s, name: Boss, login: %s, password: %s, role: admin, tenants: [north]}", supervisor, supervisor,
		password)
	say("reasons: [{id: price, tenant: north, name: Price, lead: true}]")
	say("trunks: [{id: loop, sources: [127.0.0.0/8]}]")
	path := filepath.Join(t.TempDir(), "center.yml")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}
