package proc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// stopTimeout is how long a child may take to end by itself.
const stopTimeout = 20 * time.Second

// tailLines of a child's standard error are kept for messages.
const tailLines = 12

// Child is a running process.
type Child struct {
	cmd    *exec.Cmd
	stderr tail
	lines  chan string // standard output
	ended  chan struct{}
	err    error
}

// Start starts a command on a core (-1: any). It is killed when this process dies. log gets its standard error, and
// may be nil.
func Start(core int, log io.Writer, argv ...string) (*Child, error) {
	if log == nil {
		log = io.Discard
	}
	c := &Child{cmd: exec.Command(argv[0], argv[1:]...), lines: make(chan string, 256), ended: make(chan struct{})} //nolint:noctx // ends at once, or with what is opened
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.stderr.out = log
	c.cmd.Stderr = &c.stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", argv[0], err)
	}
	if err := startOn(c.cmd, core); err != nil {
		return nil, fmt.Errorf("starting %s: %w", argv[0], err)
	}
	go c.read(out)
	return c, nil
}

func (c *Child) read(out io.Reader) {
	s := bufio.NewScanner(out)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		select {
		case c.lines <- s.Text():
		default: // nobody waits for it
		}
	}
	c.err = c.cmd.Wait()
	close(c.lines)
	close(c.ended)
}

// PID is the process id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Usage reads what it used so far.
func (c *Child) Usage() (Usage, error) { return Read(c.PID()) }

// Await waits for a line on its standard output that begins with prefix, and gives the rest of it.
func (c *Child) Await(ctx context.Context, prefix string) (string, error) {
	for {
		select {
		case line, ok := <-c.lines:
			if !ok {
				return "", fmt.Errorf("%s ended before it said %q: %w\n%s", c.cmd.Args[0], prefix, c.failure(), &c.stderr)
			}
			if rest, found := strings.CutPrefix(line, prefix); found {
				return strings.TrimSpace(rest), nil
			}
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for %q: %w\n%s", prefix, ctx.Err(), &c.stderr)
		}
	}
}

// Ended is closed when the process has ended.
func (c *Child) Ended() <-chan struct{} { return c.ended }

func (c *Child) failure() error {
	<-c.ended
	if c.err == nil {
		return errors.New("exit status 0")
	}
	return c.err
}

// Wait waits until the process ends by itself. The error is its own.
func (c *Child) Wait() error {
	select {
	case <-c.ended:
		return c.outcome()
	case <-time.After(stopTimeout):
		c.Kill()
		return fmt.Errorf("%s %w in %v and was killed", c.cmd.Args[0], errLingers, stopTimeout)
	}
}

var errLingers = errors.New("did not end")

func (c *Child) outcome() error {
	if c.err != nil {
		return fmt.Errorf("%s: %w\n%s", c.cmd.Args[0], c.err, &c.stderr)
	}
	return nil
}

// Stop asks the process to end (SIGTERM), kills it when it does not, and waits for it. The error is its own.
func (c *Child) Stop() error {
	_ = c.cmd.Process.Signal(os.Signal(syscall.SIGTERM))
	return c.Wait()
}

// Kill ends the process and all it started at once.
func (c *Child) Kill() {
	_ = syscall.Kill(-c.PID(), syscall.SIGKILL)
	<-c.ended
}

// tail passes text on and keeps its last lines.
type tail struct {
	out   io.Writer
	mu    sync.Mutex
	lines []string
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, strings.Split(strings.TrimRight(string(p), "\n"), "\n")...)
	if n := len(t.lines); n > tailLines {
		t.lines = append(t.lines[:0], t.lines[n-tailLines:]...)
	}
	_, _ = t.out.Write(p)
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
