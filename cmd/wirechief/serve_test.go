package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/config"
)

// patience bounds every wait of a test; nothing passes by waiting that long.
const patience = 60 * time.Second

// output keeps what a command writes and lets a test await it.
type output struct {
	mu   sync.Mutex
	b    bytes.Buffer
	more chan struct{} // closed and replaced with each write
}

func newOutput() *output { return &output{more: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.more)
	o.more = make(chan struct{})
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// await waits for a pattern after the first `from` octets and gives its groups and where it ended.
func (o *output) await(t *testing.T, from int, pattern string) (groups []string, end int) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.After(patience)
	for {
		o.mu.Lock()
		text, more := o.b.String(), o.more
		o.mu.Unlock()
		if at := re.FindStringSubmatchIndex(text[from:]); at != nil {
			return re.FindStringSubmatch(text[from:]), from + at[1]
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("no %q in:\n%s", pattern, text)
		}
	}
}

// running is a command under way.
type running struct {
	m        *Main
	out, err *output
	stdin    *io.PipeWriter
	done     chan int
}

func startCommand(t *testing.T, args ...string) *running {
	t.Helper()
	in, stdin := io.Pipe()
	r := &running{out: newOutput(), err: newOutput(), stdin: stdin, done: make(chan int, 1)}
	r.m = &Main{Stdin: in, Stdout: r.out, Stderr: r.err}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { r.done <- r.m.Run(ctx, args) }()
	t.Cleanup(func() {
		cancel()
		_ = stdin.Close()
		r.m.Close()
		if t.Failed() {
			t.Logf("%v\n%s%s", args, r.out, r.err)
		}
	})
	return r
}

// ended waits for the exit code.
func (r *running) ended(t *testing.T) int {
	t.Helper()
	select {
	case code := <-r.done:
		return code
	case <-time.After(patience):
		t.Fatalf("it did not end:\n%s%s", r.out, r.err)
		return 0
	}
}

// stop ends the command as Ctrl-C does.
func (r *running) stop(t *testing.T) {
	t.Helper()
	r.m.Close()
	require.Equal(t, exitOK, r.ended(t), "%s", r.err)
}

// freeAddr is a loopback address nobody listens at now.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// site is a demo center in a directory of its own, at an address that stays.
type site struct{ dir, file, http string }

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{dir: t.TempDir(), http: freeAddr(t)}
	s.file = s.write(t, "center.yml", func(text string) string { return text })
	return s
}

// write makes a file of the demo's configuration, changed.
func (s *site) write(t *testing.T, name string, change func(string) string) string {
	t.Helper()
	path := filepath.Join(s.dir, name)
	require.NoError(t, os.WriteFile(path, []byte(change(string(config.DemoSource()))), 0o600))
	return path
}

func (s *site) url() string { return "http://" + s.http }

// serve starts the engine and waits until it is ready.
func (s *site) serve(t *testing.T) *running {
	t.Helper()
	r := startCommand(t, s.args()...)
	r.out.await(t, 0, `HTTP +http://`)
	return r
}

func (s *site) args() []string {
	return strings.Fields("serve --config " + s.file + " --data " + filepath.Join(s.dir, "data") +
		" --sip-udp 127.0.0.1:0 --sip-tcp 127.0.0.1:0 --http " + s.http)
}
