package crash

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// readyWithin bounds a start; the machine may be busy with other tests.
const readyWithin = 2 * time.Minute

// errLost says that no answer came: whether the command was taken is unknown.
var errLost = errors.New("crash: no answer")

// command is something asked of the engine by a person or another system.
type command struct {
	verb  string // presence, note, close, hangup, finish, takeover, sit, leave
	agent string
	call  string
	arg   string // presence and reason, customer of a note, call reason, session
}

// process is an engine in a process of its own.
type process struct {
	cmd    *exec.Cmd
	log    *os.File
	exited chan struct{}
	// ask gives a command to the engine: nil once it is acknowledged, errLost when there was no answer, else a refusal.
	ask func(command) error
	// anonymous: the engine names the sessions itself, so that one is not found in the journal by its name.
	anonymous bool
	// free says whether no agent holds a token.
	free func() (bool, error)
}

// launcher starts the engine for one center and data directory.
type launcher func(t *testing.T) *process

// launch starts a command line and waits for the line that begins with ready.
func launch(t *testing.T, cmd *exec.Cmd, logPath, ready string, line func(string)) *process {
	t.Helper()
	p := &process{cmd: cmd, exited: make(chan struct{})}
	var err error
	p.log, err = os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	cmd.Stderr = p.log
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	up := make(chan struct{})
	go p.read(out, ready, up, line)
	select {
	case <-up:
	case <-p.exited:
		t.Fatalf("the engine ended at its start: %s", tail(logPath))
	case <-time.After(readyWithin):
		p.kill()
		t.Fatalf("the engine is not ready after %v: %s", readyWithin, tail(logPath))
	}
	t.Cleanup(p.kill)
	return p
}

// read hands out what the process prints, then waits for its end.
func (p *process) read(out io.Reader, ready string, up chan struct{}, line func(string)) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		switch text := lines.Text(); {
		case up != nil && strings.Contains(text, ready):
			close(up)
			up = nil
		case line != nil:
			line(text)
		}
	}
	_ = p.cmd.Wait()
	_ = p.log.Close()
	close(p.exited)
}

// kill sends SIGKILL and waits until the kernel has taken the process away, its sockets and locks with it.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// stop asks the process to end and waits.
func (p *process) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.exited:
	case <-time.After(readyWithin):
		p.kill()
		t.Fatal("the engine does not stop")
	}
}

func tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-4000):])
}

// copyDir copies a data directory as a dead process left it, so that looking at it changes nothing.
func copyDir(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(to, "copy"), os.DirFS(from)))
	return filepath.Join(to, "copy")
}
