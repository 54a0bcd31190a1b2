package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailed  = 1 // it was tried and did not work; a configuration with mistakes
	exitMisused = 2 // the command line is wrong
)

// cli is the command line. Each subcommand is in the file of its name.
type cli struct {
	Serve        serveCmd     `cmd:"" help:"Run the engine. Without a configuration it serves the built-in demo center on the loopback address."`
	Check        checkCmd     `cmd:"" help:"Check a configuration file; list mistakes and what is without effect."`
	Apply        applyCmd     `cmd:"" help:"Put the center part of a configuration file in force on a running node."`
	Directory    directoryCmd `cmd:"" help:"The embedded directory of customers of a running node: import and export."`
	HashPassword hashCmd      `cmd:"" help:"Read a password from standard input and print it as an argon2id string."`
	Desk         deskCmd      `cmd:"" help:"A CSR client for the terminal: shows the events of a desk and takes commands."`
	Demo         demoCmd      `cmd:"" help:"Print the configuration of the built-in demo center."`
	Sim          simCmd       `cmd:"" help:"Run simulated centers, a seed each, and check that no invariant is broken."`
	Replay       replayCmd    `cmd:"" help:"Replay the journal of a node that does not run: does it still mean what it said?"`
	Version      versionCmd   `cmd:"" help:"Print the version."`
}

// Main is the program with its surroundings, so that a test runs it without a process of its own.
type Main struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string // KEY=value, as os.Environ gives

	mu      sync.Mutex
	cancel  context.CancelFunc // guarded by mu; nil while nothing runs
	running sync.WaitGroup
}

// New is a Main with the surroundings of this process.
func New() *Main {
	return &Main{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ()}
}

// Run runs one command line (without the program's name) to its end or until ctx is done, and returns the exit code.
func (m *Main) Run(ctx context.Context, args []string) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m.mu.Lock()
	m.cancel = cancel
	m.running.Add(1)
	m.mu.Unlock()
	defer m.running.Done()

	exited := -1 // what --help asked for
	parser, err := kong.New(&cli{}, kong.Name("wirechief"), kong.Description("Call routing for large call centers."),
		kong.Writers(m.Stdout, m.Stderr), kong.Exit(func(code int) {
			if exited < 0 {
				exited = code
			}
		}))
	if err != nil {
		return m.fail(err)
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		_, _ = fmt.Fprintf(m.Stderr, "wirechief: %v\nTry wirechief --help.\n", err)
		return exitMisused
	}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(m); err != nil {
		return m.fail(err)
	}
	return exitOK
}

// Close ends what Run is doing and waits for it.
func (m *Main) Close() {
	m.mu.Lock()
	if m.cancel != nil {
		m.cancel()
	}
	m.mu.Unlock()
	m.running.Wait()
}

// errReported ends with exit code 1 without a further line: the command has said what there is to say.
var errReported = errors.New("reported")

func (m *Main) fail(err error) int {
	if !errors.Is(err, errReported) {
		_, _ = fmt.Fprintf(m.Stderr, "wirechief: %v\n", err)
	}
	return exitFailed
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := New().Run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
