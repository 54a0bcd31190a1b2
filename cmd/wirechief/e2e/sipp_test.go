package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is a foreign program that a test runs.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	out  lockedBuffer
	done chan struct{}
	err  error // after done
}

// launch runs a program until it ends or the test does.
func launch(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: filepath.Base(name), cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, p.cmd.Start())
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("output of %s:\n%.8000s", p.name, p.out.String())
		}
	})
	return p
}

// finish awaits the end of the program, which must be a good one.
func (p *process) finish() {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(3 * patience):
		p.t.Fatalf("%s does not end", p.name)
	}
	require.NoError(p.t, p.err, "%s", p.name)
}

// says awaits a text in the program's output.
func (p *process) says(text string) {
	p.t.Helper()
	p.out.w.await(p.t, p.name+" to say "+text, func() bool { return strings.Contains(p.out.b.String(), text) })
}

// freePort is a UDP port of an address that is ours alone.
func freePort(t *testing.T, ip netip.Addr) uint16 {
	t.Helper()
	u, err := listenUDP(ip)
	require.NoError(t, err)
	defer func() { _ = u.Close() }()
	return netip.MustParseAddrPort(u.LocalAddr().String()).Port()
}

// sipp is one run of SIPp.
type sipp struct {
	e        *engine
	network  string
	scenario string
	ip       netip.Addr
	port     uint16
	args     []string
}

func (s sipp) run() *process {
	s.e.t.Helper()
	dir := s.e.t.TempDir()
	transport, to := "u1", s.e.udp
	if s.network == "tcp" {
		transport, to = "t1", s.e.tcp
	}
	scenario, err := filepath.Abs(filepath.Join("testdata", s.scenario))
	require.NoError(s.e.t, err)
	errs := filepath.Join(dir, "errors.log")
	args := append([]string{
		to.String(), "-sf", scenario, "-t", transport, "-i", s.ip.String(), "-mi", s.ip.String(), "-p", fmt.Sprint(s.port),
		"-mp", fmt.Sprint(10_000 + 16*(s.port%1000)), "-nostdin", "-recv_timeout", "60000", "-timeout", "200",
		"-timeout_error", "-trace_err", "-error_file", errs,
	}, s.args...)
	p := launch(s.e.t, "sipp", args...)
	s.e.t.Cleanup(func() {
		if text, err := os.ReadFile(errs); err == nil && s.e.t.Failed() {
			s.e.t.Logf("errors of %s:\n%.4000s", s.scenario, text)
		}
	})
	return p
}

// listening awaits that SIPp has its socket: until then a datagram would be lost.
func (s sipp) listening(p *process) *process {
	s.e.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ctx.Err() == nil {
		if s.network == "tcp" {
			if c, err := dialTCP(ctx, netip.AddrPortFrom(s.ip, s.port)); err == nil {
				_ = c.Close()
				return p
			}
		} else if u, err := listenOn(s.ip, s.port); errors.Is(err, syscall.EADDRINUSE) {
			return p
		} else if err == nil {
			_ = u.Close()
		}
		select {
		case <-p.done:
			s.e.t.Fatalf("sipp ended early: %v", p.err)
		case <-time.After(ms(5)):
		}
	}
	s.e.t.Fatal("sipp does not listen")
	return nil
}
