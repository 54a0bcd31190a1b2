package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wirechief/wirechief/actors/replay"
	"github.com/wirechief/wirechief/persistence"
)

// replayCmd replays a node's journal: see docs/replay.md.
type replayCmd struct {
	Data     string `help:"Data directory of a node that does not run." required:"" placeholder:"DIR" env:"-"`
	Mode     string `help:"apply: events give what is recorded. decide: commands give the events too." enum:"apply,decide" default:"apply"`
	From     uint64 `help:"First journal index to check; what lies before is applied only."`
	To       uint64 `help:"Last journal index to read; 0: all."`
	Stream   string `help:"One stream only, e.g. call/100-a1 or agent/anna." placeholder:"NAME"`
	WhatIf   string `name:"what-if" help:"Instead: what would the day have been with this center file?" placeholder:"CENTER.yml"`
	Patience string `help:"Patience of the answered: km, exponential[:MEAN], constant:TIME." default:"km" placeholder:"MODEL"`
	Seed     uint64 `help:"Of what --what-if draws." default:"1"`
	JSON     string `name:"json" help:"Write the report as JSON to this file; - is standard output." placeholder:"FILE"`
}

// Run implements the subcommand.
func (c *replayCmd) Run(m *Main) error {
	a, release, err := openArchive(c.Data)
	if err != nil {
		return err
	}
	defer release()
	if c.WhatIf != "" {
		return errors.Join(c.whatIf(m, a), a.Close())
	}
	p := newProgress(m.Stderr)
	rep, err := replay.Run(a.Reader(), replay.Options{
		Decide: c.Mode == "decide", From: c.From, To: c.To, Stream: c.Stream,
		Progress: func(records, streams, wrong int) {
			p.say("%d records of %d streams, %d differences", records, streams, wrong)
		},
	})
	p.end()
	if err := errors.Join(err, a.Close()); err != nil {
		return fmt.Errorf("replaying %s: %w", c.Data, err)
	}
	if err := c.report(m, &rep); err != nil {
		return err
	}
	if !rep.OK() {
		return errReported
	}
	return nil
}

func (c *replayCmd) report(m *Main, rep *replay.Report) error {
	if c.JSON != "-" {
		for _, d := range rep.Differences {
			_, _ = fmt.Fprintln(m.Stdout, d)
		}
		if left := rep.Different + rep.OtherRules - len(rep.Differences); left > 0 {
			_, _ = fmt.Fprintf(m.Stdout, "... and %d more\n", left)
		}
		_, _ = fmt.Fprintf(m.Stdout, "%s: %d records with %d events of %d calls and %d agents, applied index %d\n", rep.Mode,
			rep.Records, rep.Events, rep.Calls, rep.Agents, rep.Applied)
		_, _ = fmt.Fprintf(m.Stdout, "compared: %d index rows, %d snapshots; %d streams begin at their snapshot; %d records decided\n",
			rep.Rows, rep.Snapshots, rep.Cut, rep.Decided)
		if rep.MoreRules > 0 {
			_, _ = fmt.Fprintf(m.Stdout, "%d records were decided by other rules than this program's: %d differences of theirs do not count\n",
				rep.MoreRules, rep.OtherRules)
		}
		_, _ = fmt.Fprintf(m.Stdout, "state %s, journal %s: %d differences\n", rep.StateHash, orDash(rep.MachineHash), rep.Different)
	}
	return writeJSON(m.Stdout, c.JSON, rep)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// writeJSON writes a report to a file, to standard output for "-", or not at all for "".
func writeJSON(stdout io.Writer, path string, v any) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the report: %w", err)
	}
	text = append(text, '\n')
	if path == "-" {
		_, err = stdout.Write(text)
	} else {
		err = os.WriteFile(path, text, 0o644) //nolint:gosec // others may look at it
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// openArchive opens the journal of a data directory that nobody uses, and keeps others from using it until release.
func openArchive(dir string) (a *persistence.Archive, release func(), err error) {
	release, err = holdDataDir(dir)
	if err == nil {
		a, err = persistence.OpenArchive(filepath.Join(dir, "journal"), nil)
		if err != nil {
			release()
		}
	}
	switch {
	case errors.Is(err, errInUse) || errors.Is(err, persistence.ErrInUse):
		return nil, nil, fmt.Errorf("data directory %s %w (%s)", dir, errInUse, codeInUse)
	case err != nil:
		return nil, nil, err
	}
	return a, release, nil
}

// progress shows one line that changes on a terminal, and a line every 5 s elsewhere.
type progress struct {
	out   io.Writer
	tty   bool
	every time.Duration
	last  time.Time
	shown bool
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, every: 5 * time.Second, last: time.Now()}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.tty, p.every = true, 200*time.Millisecond
		}
	}
	return p
}

func (p *progress) say(format string, args ...any) {
	now := time.Now()
	if now.Sub(p.last) < p.every {
		return
	}
	p.last, p.shown = now, true
	line := fmt.Sprintf(format, args...)
	if p.tty {
		_, _ = fmt.Fprintf(p.out, "\r%s\x1b[K", line)
	} else {
		_, _ = fmt.Fprintln(p.out, line)
	}
}

// end leaves the line.
func (p *progress) end() {
	if p.tty && p.shown {
		_, _ = fmt.Fprintln(p.out)
	}
}
