package engine

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirechief/wirechief/config"
)

// Number is the tracking number that load is sent to.
const Number = "+18005550100"

// Limits stand far above any load here: what is measured is the engine, not its admission.
const (
	maxCalls     = 100_000
	maxPending   = 50_000
	firstPort    = 10_000
	lastPort     = 59_999
	sipPort      = 5060
	httpPort     = 8080
	queueMaxSize = 100_000
)

// Site is one center on disk.
type Site struct {
	Dir     string     // everything is in it
	Addr    netip.Addr // loopback address of the engine alone, so that ports meet nobody else's
	Agents  int
	Phones  netip.AddrPort // where all agents' phones are
	Record  bool           // record answered calls
	Profile bool           // the engine writes CPU and allocation profiles; see Profiles
}

// Loopback is an address of 127.77.0.0/16 that belongs to this process.
func Loopback(pid int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 77, byte(pid >> 8), byte(pid)})
}

// SIP is where the engine takes calls, HTTP where it answers requests.
func (s *Site) SIP() netip.AddrPort  { return netip.AddrPortFrom(s.Addr, sipPort) }
func (s *Site) HTTP() netip.AddrPort { return netip.AddrPortFrom(s.Addr, httpPort) }

// ConfigPath and DataDir are what the engine is started with.
func (s *Site) ConfigPath() string { return filepath.Join(s.Dir, "center.yml") }
func (s *Site) DataDir() string    { return filepath.Join(s.Dir, "data") }

// Profiles are the files of the CPU and the allocation profile.
func (s *Site) Profiles() (cpu, mem string) {
	return filepath.Join(s.Dir, "cpu.prof"), filepath.Join(s.Dir, "mem.prof")
}

// Agent is the id of the i-th agent, which is the user part of the phone's address too.
func Agent(i int) string { return fmt.Sprintf("agent%d", i) }

// Write writes the configuration file.
func (s *Site) Write() error {
	if err := os.MkdirAll(s.DataDir(), 0o755); err != nil {
		return fmt.Errorf("making the directory of a center: %w", err)
	}
	text := s.config()
	if _, err := config.Parse(s.ConfigPath(), []byte(text)); err != nil {
		return fmt.Errorf("the configuration of the load: %w", err)
	}
	if err := os.WriteFile(s.ConfigPath(), []byte(text), 0o600); err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	return nil
}

func (s *Site) config() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# One queue, longest idle, wrap-up none, phones at fixed addresses: what the load runs against.
node:
  name: bench
  data_dir: %[1]s
  advertise: %[2]s
  sip: {udp: ["%[3]s"], tcp: ["%[3]s"], max_pending: %[4]d}
  http: {listen: "%[5]s"}
  media: {address: %[2]s, port_min: %[6]d, port_max: %[7]d}
  admission: {max_calls: %[8]d}
  log: {level: warn}
company: {id: bench, name: Bench}
tenants:
  - {id: north, name: North, record: %[9]t}
campaigns:
  - {id: spring, tenant: north, name: Spring}
numbers:
  - {number: "%[10]s", tenant: north, campaign: spring, workflow: main}
workflows:
  - {id: main, steps: [{queue: desk}]}
queues:
  - id: desk
    name: Desk
    tenants: [north]
    max_size: %[11]d
    on_miss: keep
    on_reject: keep
    wrapup: {mode: none}
reasons:
  - {id: other, tenant: north, name: Other}
trunks:
  - {id: loopback, sources: [127.0.0.0/8]}
agents:
`, s.DataDir(), s.Addr, s.SIP(), maxPending, s.HTTP(), firstPort, lastPort, maxCalls, s.Record, Number, queueMaxSize)
	for i := range s.Agents {
		fmt.Fprintf(&b, "  - {id: %[1]s, name: %[1]s, tenants: [north], queues: [desk], contact: \"sip:%[1]s@%[2]s\", "+
			"phone_only: true}\n", Agent(i), s.Phones)
	}
	return b.String()
}
