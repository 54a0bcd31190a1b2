package sim

import (
	"errors"
	"strings"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
)

// matcher is the actor around queues.Matcher: it reads the index once and follows the journal's changes, with hints of
// what is about to be written.
type matcher struct {
	p       *proc
	m       *queues.Matcher
	gone    bool
	wake    *event
	queued  map[string]string
	ahead   map[string]uint64
	behind  []machine.Change
	pumping bool
	dir     *cc.Directory
	fresh   int64 // when it was last filled
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
	m, err := queues.New(a.p.dir, queues.Limits{})
	if err != nil {
		a.p.w.fail("matcher", "refuses the configuration: %v", err)
		return
	}
	a.m, a.dir, a.queued, a.ahead, a.behind = m, a.p.dir, map[string]string{}, map[string]uint64{}, nil
	clear(a.p.waiting)
	a.fresh = a.p.w.now
	for _, prefix := range []string{seat.IndexPrefix, b2bua.WaitingPrefix} {
		keys, values := a.p.w.journal.scan(prefix)
		for i, k := range keys {
			a.put(k, values[i])
		}
	}
	a.match()
}

// fed is called for each change as it is committed; the matcher hears of it in order, a little later.
func (a *matcher) fed(c machine.Change) {
	if a.gone || a.m == nil {
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
	for _, c := range changes {
		version := c.FirstVersion + uint64(max(len(c.Records), 1)) - 1
		for _, op := range c.Ops {
			key := string(op.Key)
			if ahead, ok := a.ahead[key]; ok {
				if version < ahead {
					continue
				}
				delete(a.ahead, key)
			}
			a.take(key, op)
		}
	}
}

func (a *matcher) take(key string, op machine.IndexOp) {
	if !op.Delete {
		a.put(key, op.Value)
	} else if id, ok := strings.CutPrefix(key, b2bua.WaitingPrefix); ok {
		a.m.RemoveCall(id)
		a.count(id, "")
	} else if id, ok := strings.CutPrefix(key, seat.IndexPrefix); ok {
		a.m.RemoveAgent(id)
	}
}

func (a *matcher) put(key string, value []byte) {
	var err error
	switch {
	case strings.HasPrefix(key, b2bua.WaitingPrefix):
		w := &cc.WaitingCall{}
		if err = w.UnmarshalVT(value); err == nil {
			a.p.w.mut.waiting(w)
			a.m.SetCall(w)
			a.count(w.Call, w.Queue)
		}
	case strings.HasPrefix(key, seat.IndexPrefix):
		s := &cc.AgentSummary{}
		if err = s.UnmarshalVT(value); err == nil {
			a.m.SetAgent(s)
		}
	case key == configKey:
		c := &cc.Center{}
		if err = c.UnmarshalVT(value); err == nil {
			a.dir = a.p.w.directory(c, c.Version)
			err = a.m.Configure(a.dir)
		}
	}
	if err != nil {
		a.p.w.fail("I11", "the matcher cannot read %s: %v", key, err)
	}
}

func (a *matcher) count(call, queue string) {
	if was := a.queued[call]; was != queue {
		if was != "" {
			a.p.waiting[was]--
			delete(a.queued, call)
		}
		if queue != "" {
			a.p.waiting[queue]++
			a.queued[call] = queue
		}
	}
}

func (a *matcher) match() {
	w, now := a.p.w, a.p.nowMs()
	pairs := a.m.Match(now)
	w.check.pairs(a, pairs)
	for _, m := range pairs {
		a.reserve(m)
	}
	for _, id := range a.m.Unmatched(now) {
		w.gossip(true, func() {
			if q := w.ownerOf(id); q != nil {
				q.toCall(id, b2bua.Ask{Cmd: cc.NewCommand(&cc.NoAgentNow{})})
			}
		})
	}
	w.cancel(a.wake)
	if at, ok := a.m.NextWake(now); ok {
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
				a.m.Refused(m.Call, m.Agent, e.Code, a.p.nowMs())
				a.match()
			}
		})
	}
	cmd := cc.NewCommand(&cc.Reserve{
		Offer: offer, Call: m.Call, Queue: m.Queue, Tenant: m.Tenant, Policy: m.Policy, Explain: m.Explain,
	})
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
		if k := string(op.Key); strings.HasPrefix(k, b2bua.WaitingPrefix) || strings.HasPrefix(k, seat.IndexPrefix) {
			ops = append(ops, op)
		}
	}
	// A node hints its own matcher only.
	if len(ops) == 0 || p.matcher == nil || w.net.chance(w.weather.loseHint) || w.mut.dropsHints() {
		return
	}
	a, version := p.matcher, x.Expect+uint64(len(x.Records))
	w.after(10*us, func() {
		if a.gone || a.m == nil {
			return
		}
		for _, op := range ops {
			a.ahead[string(op.Key)] = version
			a.take(string(op.Key), op)
		}
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
		if a.gone || a.m == nil {
			return
		}
		delete(a.ahead, key)
		value := p.w.journal.get(key)
		a.take(key, machine.IndexOp{Key: []byte(key), Value: value, Delete: value == nil})
		a.match()
	})
}
