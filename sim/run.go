package sim

import (
	"fmt"
	"runtime/debug"

	"github.com/cespare/xxhash/v2"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Options of a run.
type Options struct {
	Mutant *Mutant           // a planted bug; nil: the product as it is
	Trace  func(line string) // called with every line of the trace
	// Journal gets the journal that a run left, unless it panicked; nil: nobody wants it.
	Journal func(machine.Reader)
}

// Result of a run.
type Result struct {
	Plan      Plan
	Failure   *Failure // nil: all invariants held
	Hash      uint64   // of the whole trace: the same for the same plan
	Counts    Counts
	VirtualMs int64
	Events    uint64
	Last      []string // lines of the trace before the end
	Stack     string   // of a panic
}

// Limits of a run's end.
const (
	closingMs = 45 * minute // calls that are up get this long to end
	quietMs   = 60_000      // and then nothing happens for this long
)

// Run runs a plan to its end or to the first breach of an invariant.
func Run(p Plan, o Options) (r Result) {
	w := newWorld(p, o)
	defer func() {
		if x := recover(); x != nil {
			w.failed = &Failure{"panic", fmt.Sprint(x), w.now / ms}
			r = w.result()
			r.Stack = string(debug.Stack())
		}
	}()
	w.start()
	load := p.Size.LoadS * sec
	for w.step(load) {
	}
	w.now = max(w.now, load)
	w.clearUp()
	for w.step(load + closingMs*ms) {
		if w.steps%64 == 0 && w.check.open() == 0 && w.now > load+quietMs*ms {
			break
		}
	}
	end := w.now + quietMs*ms
	for w.step(end) {
	}
	if w.failed == nil {
		w.check.end()
	}
	if o.Journal != nil {
		o.Journal(w.journal.mem)
	}
	return w.result()
}

func newWorld(p Plan, o Options) *World {
	w := &World{
		plan: p, mut: o.Mutant, trace: o.Trace, net: newDice(p.Seed, "net", 0), ids: newDice(p.Seed, "ids", 0),
		dirs: map[uint64]*cc.Directory{}, disk: disk{}, uas: map[uaPort]*ua{},
		sides: map[string]*sideCall{}, digest: xxhash.New(), center: p.center(),
	}
	w.crash.w = w
	w.check, w.wire = newChecker(w), newWire(w)
	w.journal = newJournal(w)
	return w
}

func (w *World) start() {
	p := &w.plan
	for _, a := range p.Agents {
		w.phones = append(w.phones, w.newPhone(a))
		w.people = append(w.people, w.newPerson(a))
	}
	for n := range p.Size.Nodes {
		w.boot(uint64(n)+1, w.newAddress(), n == 0)
	}
	for _, x := range w.people {
		w.after(x.dice.between(sec, 60*sec), x.routine)
	}
	last := 0
	for _, c := range p.Calls {
		last = max(last, c.N)
	}
	w.callers = make([]*caller, last+1)
	for _, c := range p.Calls {
		x := w.newCaller(c)
		w.callers[c.N] = x
		w.after(c.AtMs*ms+5*sec, x.dial)
	}
	for _, f := range p.Faults {
		w.after(f.AtMs*ms, func() {
			if !w.calm {
				w.begin(f)
			}
		})
	}
	for _, c := range p.Changes {
		w.after(c.AtMs*ms+sec, func() { w.change(c) })
	}
	for _, a := range p.Acts {
		w.after(a.AtMs*ms+5*sec, func() { w.supervise(a) })
	}
	w.after(sweepEvery, w.check.sweep)
	w.after(5*sec, w.listen)
}

// listen is the media planes' watch for legs that send nothing.
func (w *World) listen() {
	for _, p := range w.procs {
		if p.alive && p.lease {
			p.silence()
		}
	}
	w.after(5*sec, w.listen)
}

func (w *World) result() Result {
	return Result{
		Plan: w.plan, Failure: w.failed, Hash: w.digest.Sum64(), Counts: w.check.counts, VirtualMs: w.now / ms,
		Events: w.steps, Last: w.lines(),
	}
}

// takeDesk moves agents and matcher to this process.
func (p *proc) takeDesk() {
	p.w.note(p.name(), "takes", "the agents")
	for _, row := range p.w.journal.shards(machine.ShardCommand{Op: machine.ClaimHash, Node: p.node, Incarnation: p.boot}) {
		p.own(row)
	}
	p.w.desk = p
	for _, id := range p.roster() {
		p.rouse(p.loadAgent(id), false)
	}
	p.matcher = newMatcher(p)
}
