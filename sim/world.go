package sim

import (
	"container/heap"
	"fmt"

	"github.com/cespare/xxhash/v2"

	cc "github.com/wirechief/wirechief/callcenter"
)

// World is one run.
type World struct {
	plan      Plan
	mut       *Mutant
	trace     func(line string) // nil: nobody listens
	now       int64
	seq       uint64
	steps     uint64 // events done
	since     int64  // begin of the second looked at
	busy      int    // events in it
	agenda    agenda
	net       dice // of the network and the machinery between people
	ids       dice // of what shells draw
	journal   *journal
	procs     []*proc // every process there was, in order of birth
	addresses int
	desk      *proc // runs the agents and the matcher; nil while nobody does
	weather   weather
	crash     crashing
	center    *cc.Center
	dirs      map[uint64]*cc.Directory // configuration by version
	disk      disk
	phones    []*phone
	callers   []*caller
	people    []*person
	sides     map[string]*sideCall
	uas       map[uaPort]*ua
	check     *checker
	wire      *wire
	calm      bool // the load is over and nothing breaks any more
	digest    *xxhash.Digest
	last      ring
	failed    *Failure
}

// Failure is a breach of an invariant.
type Failure struct {
	Invariant string // I1, I2, ... or stuck, panic
	Text      string
	AtMs      int64
}

func (f *Failure) String() string {
	return fmt.Sprintf("%s at %d.%03d s: %s", f.Invariant, f.AtMs/1000, f.AtMs%1000, f.Text)
}

// line is one line of the trace, written out only when somebody reads it.
type line struct {
	at              int64
	who, what, with string
}

func (l *line) String() string {
	return fmt.Sprintf("%10.3f %-24s %-18s %s", float64(l.at)/float64(sec), l.who, l.what, l.with)
}

// ringSize is how many of the last lines a failure shows.
const ringSize = 80

type ring struct {
	lines [ringSize]line
	n     int
}

// note adds a line to the trace. Everything that may differ between two runs goes through here.
func (w *World) note(who, what, with string) {
	l := &w.last.lines[w.last.n%ringSize]
	*l = line{w.now, who, what, with}
	w.last.n++
	var b [8]byte
	for i := range b {
		b[i] = byte(w.now >> (8 * i))
	}
	_, _ = w.digest.Write(b[:]) // a hash takes everything
	_, _ = w.digest.WriteString(who)
	_, _ = w.digest.WriteString(what)
	_, _ = w.digest.WriteString(with)
	if w.trace != nil {
		w.trace(l.String())
	}
}

// fail ends the run.
func (w *World) fail(invariant, format string, args ...any) {
	if w.failed == nil {
		w.failed = &Failure{invariant, fmt.Sprintf(format, args...), w.now / ms}
		w.note("!", invariant, w.failed.Text)
	}
}

// maxBusy is how many events a second of virtual time may have.
const maxBusy = 500_000

// step does the next event; false when there is none or the run is over.
func (w *World) step(until int64) bool {
	if w.failed != nil || len(w.agenda) == 0 || w.agenda[0].at > until {
		return false
	}
	e := heap.Pop(&w.agenda).(*event)
	if w.busy++; e.at-w.since > sec {
		w.since, w.busy = e.at, 0
	}
	if w.busy > maxBusy {
		w.fail("stuck", "%d events within a second: something turns in circles", w.busy)
		return false
	}
	w.now = e.at
	w.steps++
	fn := e.fn
	e.fn = nil
	fn()
	w.check.always()
	return true
}

func (w *World) lines() []string {
	var out []string
	for i := max(0, w.last.n-ringSize); i < w.last.n; i++ {
		out = append(out, w.last.lines[i%ringSize].String())
	}
	return out
}

// applyCenter puts a configuration in force at every process, once it is durable.
func (w *World) applyCenter(c *cc.Center) {
	p := w.desk
	if p == nil {
		return
	}
	p.applyCenter(c)
}
