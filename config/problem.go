package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxProblems is how many problems one error spells out; the rest is counted.
const maxProblems = 200

// Problem is one mistake, or one warning, and where it stands.
type Problem struct {
	Source string // file:line, or the environment variable or flag that holds the value
	Line   int    // line in the file, 0 when the value is not from a file
	Path   string // field, e.g. queues[0].ring_timeout_ms; empty for the file as a whole
	Text   string // what is wrong, for a person
}

func (p Problem) String() string {
	if p.Path == "" {
		return p.Source + ": " + p.Text
	}
	return p.Source + ": " + p.Path + ": " + p.Text
}

// Problems is every mistake of one configuration, in the order of its lines.
type Problems []Problem //nolint:errname // warnings are Problems too

func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i == maxProblems {
			fmt.Fprintf(&b, "\nand %d more", len(ps)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// err sorts and returns the problems as an error, nil when there are none.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	ps.sort()
	return ps
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}

// places knows where each field of a file was written.
type places struct {
	file  string
	lines map[string]int // path -> line
}

// at makes a problem of the field; a field that was left out gets the line of what it is missing from.
func (pl places) at(path, format string, args ...any) Problem {
	line := pl.line(path)
	source := fmt.Sprintf("%s:%d", pl.file, line)
	return Problem{Source: source, Line: line, Path: path, Text: fmt.Sprintf(format, args...)}
}

func (pl places) line(path string) int {
	for {
		if n, ok := pl.lines[path]; ok {
			return n
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return pl.lines[""]
		}
		path = path[:cut]
	}
}
