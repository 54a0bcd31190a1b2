package whatif

import (
	"container/heap"
	"errors"
	"fmt"

	"github.com/wirechief/wirechief/actors/pairing"
	cc "github.com/wirechief/wirechief/callcenter"
)

// world is one run: the people of a history under a configuration.
type world struct {
	h      *history
	seed   uint64
	model  *model
	nowMs  int64
	steps  uint64
	agenda agenda
	dir    *cc.Directory
	table  *pairing.Table
	sight  *pairing.Sight
	calls  map[string]*simCall
	agents map[string]*simAgent
	book   *book
	pools  pools

	last     map[string]string  // who talked with a caller last, by b2bua.LastKey
	callers  map[string][]int64 // when a caller called, by b2bua.CallerKey
	matching bool               // a match is on the agenda
	wake     *event
	live     int             // arrivals and calls that are not over
	refused  int             // arrivals that the configuration turns away
	unmade   map[string]bool // redials of callers who were answered
	fault    error
}

type event struct {
	atMs int64
	seq  uint64
	fn   func() // nil: taken back
}

type agenda []*event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].atMs < a[j].atMs || a[i].atMs == a[j].atMs && a[i].seq < a[j].seq
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push implements heap.Interface.
func (a *agenda) Push(x any) { *a = append(*a, x.(*event)) }

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	e := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	return e
}

func (w *world) at(atMs int64, fn func()) *event {
	w.steps++
	e := &event{max(atMs, w.nowMs), w.steps, fn}
	heap.Push(&w.agenda, e)
	return e
}

func (w *world) after(ms int64, fn func()) *event { return w.at(w.nowMs+ms, fn) }

// newWorld sets the stage: configs in the order of their times, the first in force at once.
func newWorld(h *history, configs []version, m *model, seed uint64) (*world, error) {
	w := &world{
		h: h, seed: seed, model: m, dir: configs[0].dir, calls: map[string]*simCall{}, agents: map[string]*simAgent{},
		book: newBook(), last: map[string]string{}, callers: map[string][]int64{}, sight: pairing.NewSight(nil), unmade: map[string]bool{}, pools: gatherPools(h),
	}
	w.book.fromMs, w.book.toMs = h.fromMs, h.toMs
	var err error
	load := func([]byte) (*cc.Directory, error) { return w.dir, nil }
	if w.table, err = pairing.New(pairing.Options{Dir: w.dir, Sight: w.sight, Load: load}); err != nil {
		return nil, fmt.Errorf("the configuration: %w", err)
	}
	w.nowMs = h.fromMs - leadMs
	w.people(configs)
	for _, c := range configs[1:] {
		w.at(c.atMs, func() { w.configure(c.dir) })
	}
	for _, a := range h.arrivals {
		w.live++
		w.at(a.atMs, func() { w.arrive(a) })
	}
	return w, nil
}

// leadMs is how long before the first call people take their places.
const leadMs = 1_000

// maxSteps ends a run that goes nowhere: some 100 a call are usual.
const maxSteps = 100_000

func (w *world) run() error {
	limit := uint64(len(w.h.arrivals)+len(w.agents)+1) * maxSteps
	for len(w.agenda) > 0 && (w.live > 0 || w.agenda[0].atMs <= w.h.toMs) && w.fault == nil {
		e := heap.Pop(&w.agenda).(*event)
		if e.fn == nil {
			continue
		}
		w.nowMs = e.atMs
		e.fn()
		if w.steps > limit {
			return fmt.Errorf("no end is in sight after %d steps, %d calls are up", w.steps, w.live)
		}
	}
	w.book.close(max(w.nowMs, w.h.toMs))
	return w.fault
}

func (w *world) configure(dir *cc.Directory) {
	w.dir = dir
	w.take(pairing.ConfigKey, []byte{})
	w.match()
}

// take hands the matcher a row of what would be the index; nil: it is gone.
func (w *world) take(key string, value []byte) {
	if err := w.table.Take(key, value, value == nil, w.nowMs); err != nil {
		w.fault = err
	}
}

// env is what machines are handed; ids depend on the step alone.
func (w *world) env() cc.Env {
	w.steps++
	return cc.Env{NowMs: w.nowMs, Dir: w.dir, IDs: cc.NewIDs(fmt.Appendf(nil, "%016x", w.steps))}
}

// match lets the matcher decide when all of this moment is done.
func (w *world) match() {
	if !w.matching {
		w.matching = true
		w.after(0, w.decide)
	}
}

func (w *world) decide() {
	w.matching = false
	for _, p := range w.table.Matcher.Match(w.nowMs) {
		w.steps++
		cmd := pairing.Reserve(p, fmt.Sprintf("of-%d", w.steps), 0)
		if err := w.agents[p.Agent].ask(cmd.Message()); err != nil {
			code := ""
			if e, ok := errors.AsType[*cc.Error](err); ok {
				code = e.Code
			}
			w.table.Matcher.Refused(p.Call, p.Agent, code, w.nowMs)
			w.match()
		}
	}
	for _, id := range w.table.Matcher.Unmatched(w.nowMs) {
		w.after(0, func() { w.calls[id].ask(&cc.NoAgentNow{}) })
	}
	if w.wake != nil {
		w.wake.fn = nil
		w.wake = nil
	}
	if at, ok := w.table.Matcher.NextWake(w.nowMs); ok {
		w.wake = w.at(max(at, w.nowMs+1), w.decide)
	}
}
