package sim

import (
	"errors"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/pairing"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
)

// matcher is the actor around queues.Matcher: it reads the index once and follows the journal's changes, with hints of
// what is about to be written.
type matcher struct {
	p       *proc
	table   *pairing.Table
	gone    bool
	wake    *event
	behind  []machine.Change
	pumping bool
	dir     *cc.Directory
	fresh   int64 // when it was last filled
	applied uint64
}

func newMatcher(p *proc) *matcher {
	a := &matcher{p: p}
	p.w.after(50*us, a.reset)
	return a
}

func (a *matcher) stop() {
	a.gone = true
	a.p.w.cancel(a.wake)
}

// restart replaces a matcher that failed: all it knew can be read again.
func (a *matcher) restart() {
	a.stop()
	a.p.w.note(a.p.name(), "matcher", "restarts")
	p := a.p
	p.w.after(50*ms, func() {
		if p.alive && p.matcher == a {
			p.matcher = newMatcher(p)
		}
	})
}

func (a *matcher) reset() {
	if a.gone {
		return
	}
	sight := pairing.NewSight(nil)
	t, err := pairing.New(pairing.Options{
		Dir: a.p.dir, Sight: sight,
		Load: func(value []byte) (*cc.Directory, error) {
			c := &cc.Center{}
			if err := c.UnmarshalVT(value); err != nil {
				return nil, err
			}
			a.dir = a.p.w.directory(c, c.Version)
			return a.dir, nil
		},
	})
	if err != nil {
		a.p.w.fail("matcher", "refuses the configuration: %v", err)
		return
	}
	a.table, a.dir, a.behind = t, a.p.dir, nil
	a.fresh = a.p.w.now
	for _, prefix := range pairing.Prefixes() {
		keys, values := a.p.w.journal.scan(prefix)
		for i, k := range keys {
			a.failed(t.Take(k, a.p.w.mut.row(k, values[i]), false, a.p.nowMs()))
		}
	}
	a.p.sight = sight
	a.match()
}

func (a *matcher) failed(err error) {
	if err != nil {
		a.p.w.fail("I11", "the matcher cannot read: %v", err)
	}
}

// fed is called for each change as it is committed; the matcher hears of it in order, a little later.
func (a *matcher) fed(c machine.Change) {
	if a.gone || a.table == nil {
		return
	}
	a.behind = append(a.behind, c)
	a.pump()
}

func (a *matcher) pump() {
	if a.pumping || len(a.behind) == 0 {
		return
	}
	a.pumping = true
	a.p.w.after(30*us+a.p.w.weather.feedLag, func() {
		a.pumping = false
		if a.gone || !a.p.alive {
			return
		}
		changes := a.behind
		a.behind = nil
		a.changed(changes)
		a.match()
		a.pump()
	})
}

func (a *matcher) changed(changes []machine.Change) {
	for i := range changes {
		c := changes[i]
		a.applied = c.Index
		c.Ops = a.p.w.mut.rows(c.Ops)
		a.failed(a.table.Changed(&c, a.p.nowMs()))
	}
}

func (a *matcher) match() {
	w, now := a.p.w, a.p.nowMs()
	pairs := a.table.Matcher.Match(now)
	w.check.pairs(a, pairs)
	for _, m := range pairs {
		a.reserve(m)
	}
	for _, id := range a.table.Matcher.Unmatched(now) {
		w.gossip(true, func() {
			if q := w.ownerOf(id); q != nil {
				q.toCall(id, b2bua.Ask{Cmd: cc.NewCommand(&cc.NoAgentNow{})})
			}
		})
	}
	w.cancel(a.wake)
	if at, ok := a.table.Matcher.NextWake(now); ok {
		a.wake = w.after(max(at-now, 0)*ms+us, func() {
			if !a.gone {
				a.match()
			}
		})
	}
}

func (a *matcher) reserve(m queues.Match) {
	w := a.p.w
	offer := "of-" + a.p.id()
	w.note("matcher", "reserve", m.Call+" "+m.Agent+" "+offer)
	refused := func(err error) {
		var e *cc.Error
		if err == nil || !errors.As(err, &e) {
			return
		}
		w.after(10*us, func() {
			if !a.gone {
				w.note("matcher", "refused", m.Call+" "+m.Agent+" "+e.Code)
				a.table.Matcher.Refused(m.Call, m.Agent, e.Code, a.p.nowMs())
				a.match()
			}
		})
	}
	cmd := pairing.Reserve(m, offer, a.applied)
	w.gossip(true, func() {
		if a.gone {
			return
		}
		if err := w.askAgent(m.Agent, seat.Ask{Cmd: cmd, OnlyNo: true, Reply: reply(refused)}); err != nil {
			refused(err)
		}
	})
}

// hint tells the matcher what an append under way does to the index. It may be lost.
func (p *proc) hint(x *machine.Append) {
	w := p.w
	var ops []machine.IndexOp
	for _, op := range x.Index {
		if pairing.Hinted(op.Key) {
			ops = append(ops, op)
		}
	}
	// A node hints its own matcher only.
	if len(ops) == 0 || p.matcher == nil || w.net.chance(w.weather.loseHint) || w.mut.dropsHints() {
		return
	}
	a, version := p.matcher, x.Expect+uint64(len(x.Records))
	w.after(10*us, func() {
		if a.gone || a.table == nil {
			return
		}
		a.failed(a.table.Hint(w.mut.rows(ops), version, p.nowMs()))
		a.match()
	})
}

// unhint has the matcher read a key again.
func (p *proc) unhint(key string) {
	a := p.matcher
	if a == nil {
		return
	}
	p.w.after(10*us, func() {
		if a.gone || a.table == nil {
			return
		}
		value := p.w.journal.get(key)
		a.failed(a.table.Reread(key, p.w.mut.row(key, value), value != nil, p.nowMs()))
		a.match()
	})
}
