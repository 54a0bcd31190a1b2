package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// Numbers of the demo center.
const (
	north = "+13125550100" // tenant north, campaign radio
	south = "+13035550142" // tenant south, campaign web
)

var hosts atomic.Uint32

// host is a loopback address of its own for each engine and each end, so that tests side by side never meet.
func host() netip.Addr {
	n, pid := hosts.Add(1), os.Getpid()
	return netip.AddrFrom4([4]byte{127, byte(16 + pid>>8&0x7f), byte(pid), byte(n%250 + 2)})
}

// tree is a YAML mapping.
type tree = map[string]any

// engine is one running program.
type engine struct {
	t        *testing.T
	cmd      *exec.Cmd
	dir      string
	udp, tcp netip.AddrPort
	http     netip.AddrPort
	exited   chan struct{}
	log      *lockedBuffer
}

// settings of an engine.
type settings struct {
	oneCore bool
	center  func(c tree) // changes the demo's configuration
	set     []string     // further key=value
}

// queue gives the demo's queue for changing.
func queue(c tree) tree { return c["queues"].([]any)[0].(tree) }

// agent gives one of the demo's agents for changing.
func agent(c tree, id string) tree {
	for _, a := range c["agents"].([]any) {
		if a.(tree)["id"] == id {
			return a.(tree)
		}
	}
	panic("no agent " + id)
}

// ringFor sets how long an offer rings.
func ringFor(ms int) func(tree) {
	return func(c tree) { queue(c)["ring_timeout_ms"] = ms }
}

// start runs the demo center in a process of its own and waits until it takes calls.
func start(t *testing.T, s settings) *engine {
	t.Helper()
	e := &engine{t: t, dir: t.TempDir(), exited: make(chan struct{}), log: &lockedBuffer{}}
	text, err := os.ReadFile("../../../config/demo.yml")
	require.NoError(t, err)
	c := tree{}
	require.NoError(t, yaml.Unmarshal(text, &c))
	c["company"].(tree)["md5_only"] = true // SIPp 3.6 and baresip 1.0 know nothing else
	if s.center != nil {
		s.center(c)
	}
	text, err = yaml.Marshal(c)
	require.NoError(t, err)
	file := filepath.Join(e.dir, "center.yml")
	require.NoError(t, os.WriteFile(file, text, 0o600))

	at := host().String()
	args := []string{
		program, "serve", "--config", file, "--data", filepath.Join(e.dir, "data"), "--sip-udp", at + ":0",
		"--sip-tcp", at + ":0", "--http", at + ":0", "--advertise", at, "--log-level", "debug",
		"--set", "media.address=" + at,
	}
	for _, kv := range s.set {
		args = append(args, "--set", kv)
	}
	if s.oneCore {
		args = append([]string{"taskset", "-c", "0"}, args...)
	}
	e.cmd = exec.Command(args[0], args[1:]...)
	e.cmd.Stderr = e.log
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := e.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, e.cmd.Start())
	greeting := make(chan string, 100)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			select {
			case greeting <- s.Text():
			default:
			}
		}
		close(greeting)
		_ = e.cmd.Wait()
		close(e.exited)
	}()
	t.Cleanup(e.stop)
	e.greeted(greeting)
	e.ready()
	return e
}

// greeted reads the addresses that the program prints when it is up.
func (e *engine) greeted(lines <-chan string) {
	e.t.Helper()
	deadline := time.After(patience)
	for !e.udp.IsValid() || !e.tcp.IsValid() || !e.http.IsValid() {
		var line string
		var ok bool
		select {
		case line, ok = <-lines:
		case <-deadline:
		}
		if !ok {
			e.t.Fatalf("the engine did not come up:\n%s", e.log)
		}
		f := strings.Fields(line)
		switch {
		case len(f) == 3 && f[0] == "SIP" && f[1] == "udp":
			e.udp = netip.MustParseAddrPort(f[2])
		case len(f) == 3 && f[0] == "SIP" && f[1] == "tcp":
			e.tcp = netip.MustParseAddrPort(f[2])
		case len(f) == 2 && f[0] == "HTTP":
			e.http = netip.MustParseAddrPort(strings.Trim(strings.TrimPrefix(f[1], "http://"), "/"))
		}
	}
}

func (e *engine) ready() {
	e.t.Helper()
	code, body, _ := e.get("", "/readyz")
	require.Equal(e.t, 200, code, body)
}

// stop ends the program as an operator does, and checks that it goes in good order.
func (e *engine) stop() {
	_ = e.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-e.exited:
		if code := e.cmd.ProcessState.ExitCode(); code != 0 {
			e.t.Errorf("the engine ended with code %d", code)
		}
		e.replay()
	case <-time.After(patience):
		_ = e.cmd.Process.Kill()
		e.t.Error("the engine did not stop")
	}
	text := e.log.String()
	for _, bad := range []string{"panic", "an actor failed", "DATA RACE", "level=ERROR"} {
		if strings.Contains(text, bad) {
			e.t.Errorf("the engine's log has %q", bad)
		}
	}
	if e.t.Failed() {
		e.t.Logf("log of the engine:\n%s", text)
	}
}

// replay checks that what the program wrote means the same when it is read and decided again (I11).
func (e *engine) replay() {
	out, err := exec.Command(program, "replay", "--data", filepath.Join(e.dir, "data"), "--mode", "decide").CombinedOutput()
	if err != nil {
		e.t.Errorf("replaying the journal: %v\n%s", err, out)
	}
}

func (e *engine) url(path string) string { return "http://" + e.http.String() + path }

// get fetches a path; token "" is nobody.
func (e *engine) get(token, path string, headers ...string) (int, string, http.Header) {
	e.t.Helper()
	return e.request("GET", token, path, "", headers...)
}

// request asks the HTTP API; headers are name, value, ...
func (e *engine) request(method, token, path, body string, headers ...string) (int, string, http.Header) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, e.url(path), strings.NewReader(body))
	require.NoError(e.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(e.t, err)
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	require.NoError(e.t, err)
	return resp.StatusCode, string(data), resp.Header
}

// metric reads one figure of /metrics.
func (e *engine) metric(name string) float64 {
	e.t.Helper()
	code, body, _ := e.get("", "/metrics")
	require.Equal(e.t, 200, code)
	for line := range strings.Lines(body) {
		if after, ok := strings.CutPrefix(line, name+" "); ok {
			var v float64
			_, err := fmt.Sscan(after, &v)
			require.NoError(e.t, err)
			return v
		}
	}
	e.t.Fatalf("there is no metric %s", name)
	return 0
}

// lockedBuffer keeps what a process writes.
type lockedBuffer struct {
	w watch
	b bytes.Buffer // guarded by w
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.w.Lock()
	defer b.w.Unlock()
	b.w.tell()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.w.Lock()
	defer b.w.Unlock()
	return b.b.String()
}
