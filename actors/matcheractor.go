package actors

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/pairing"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
)

// pumpAhead is how many batches of changes may wait at the matcher before the pump waits for it.
const pumpAhead = 8

// matcherActor pairs calls and agents of the company. It holds nothing durable: it reads the index once and follows the
// changes of its node's journal from there.
type matcherActor struct {
	n       *Node
	self    *handle
	table   *pairing.Table // nil before the first reset
	applied uint64
	wake    *time.Timer
	wakeSeq uint64
	sumMs   int64
	gone    chan struct{} // closed when the actor stops, whatever the reason
}

type (
	// matcherReset gives the matcher the whole index, at the start and after the pump fell behind.
	matcherReset struct {
		entries []indexEntry
		applied uint64
		done    chan struct{}
	}
	indexEntry struct {
		key   string
		value []byte
	}
	matcherChanges struct {
		changes []machine.Change
		done    chan struct{}
	}
	// matcherHint is what an append under way will make of the index: it is true a moment later, or never.
	matcherHint struct {
		ops     []machine.IndexOp
		version uint64 // of the stream, with the append
	}
	// matcherReread takes back what an actor hinted that then lost its stream.
	matcherReread struct{ key string }
	// reserveRefused is an agent's no to a reservation.
	reserveRefused struct{ call, agent, code string }
	matcherWake    struct{ seq uint64 }
	// matcherAsk runs a question on the matcher's own turn.
	matcherAsk struct {
		ask  func(*queues.Matcher, int64)
		done chan struct{}
	}
)

// Receive implements actor.Actor.
func (a *matcherActor) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Stopping:
		a.stopped()
		return
	case matcherReset:
		a.reset(m)
		<-m.done
	case matcherChanges:
		a.changed(m.changes)
		<-m.done
	case matcherHint:
		if a.table != nil {
			a.complain(a.table.Hint(m.ops, m.version, a.n.journal.NowMs()))
		}
	case matcherReread:
		if a.table != nil {
			a.reread(m.key)
		}
	case reserveRefused:
		if a.table != nil {
			a.table.Matcher.Refused(m.call, m.agent, m.code, a.n.journal.NowMs())
		}
	case matcherWake:
		if m.seq != a.wakeSeq {
			a.self.handled()
			return
		}
	case matcherAsk:
		if a.table != nil {
			m.ask(a.table.Matcher, a.n.journal.NowMs())
		}
		close(m.done)
		a.self.handled()
		return
	default:
		return
	}
	if a.table != nil {
		a.match()
	}
	a.self.handled()
}

func (a *matcherActor) stopped() {
	if a.wake != nil {
		a.wake.Stop()
	}
	a.self.depth.Store(closed)
	close(a.gone)
}

// reset begins anew. What arriving calls see is the former until the new one is whole.
func (a *matcherActor) reset(r matcherReset) {
	sight := pairing.NewSight(new(sync.Mutex))
	t, err := pairing.New(pairing.Options{
		Dir: a.n.Directory(), Sight: sight, Hidden: a.n.asideKey,
		Load: func([]byte) (*cc.Directory, error) { return a.n.Directory(), nil },
	})
	if err != nil {
		a.n.log.Error("matcher refuses the configuration", "err", err)
		return
	}
	a.table, a.applied = t, r.applied
	for _, e := range r.entries {
		a.complain(t.Take(e.key, e.value, false, a.n.journal.NowMs()))
	}
	a.n.sight.Store(sight)
}

func (a *matcherActor) changed(changes []machine.Change) {
	now := a.n.journal.NowMs()
	for i := range changes {
		a.applied = changes[i].Index
		if a.table != nil {
			a.complain(a.table.Changed(&changes[i], now))
		}
	}
	a.n.seen.Store(a.applied)
}

// reread takes a key as the journal has it.
func (a *matcherActor) reread(key string) {
	v := a.n.reader()
	defer v.Close()
	value, ok := v.Get([]byte(key))
	a.complain(a.table.Reread(key, value, ok, a.n.journal.NowMs()))
}

func (a *matcherActor) complain(err error) {
	if err != nil {
		a.n.log.Error("matcher cannot take a change", "err", err)
	}
}

func (a *matcherActor) match() {
	now := a.n.journal.NowMs()
	for _, m := range a.table.Matcher.Match(now) {
		a.n.stats.matches.Add(1)
		a.reserve(m)
	}
	for _, call := range a.table.Matcher.Unmatched(now) {
		_ = a.n.tellCall(call, b2bua.Ask{Cmd: cc.NewCommand(&cc.NoAgentNow{})})
	}
	a.arm(now)
	a.sumEstimates(now)
}

func (a *matcherActor) reserve(m queues.Match) {
	self, call, agent := a.self, m.Call, m.Agent
	cmd := pairing.Reserve(m, "of-"+a.n.unique(), a.applied)
	err := a.n.askAgent(agent, seat.Ask{Cmd: cmd, OnlyNo: true, Reply: replyFunc(func(err error) {
		if err != nil {
			self.force(reserveRefused{call, agent, codeOf(err)})
		}
	})})
	if err != nil {
		self.force(reserveRefused{call, agent, codeOf(err)})
	}
}

// arm wakes the matcher when time alone may make a pair possible.
func (a *matcherActor) arm(now int64) {
	a.wakeSeq++
	if a.wake != nil {
		a.wake.Stop()
	}
	at, ok := a.table.Matcher.NextWake(now)
	if !ok {
		return
	}
	self, seq := a.self, a.wakeSeq
	a.wake = time.AfterFunc(time.Duration(at-now)*time.Millisecond, func() { self.force(matcherWake{seq}) })
}

// hint tells the matcher what an append under way does to the index. Losing a hint costs time, never a match.
func (n *Node) hint(a *machine.Append) {
	var ops []machine.IndexOp
	for _, op := range a.Index {
		if pairing.Hinted(op.Key) {
			ops = append(ops, op)
		}
	}
	if h := n.matcher.Load(); h != nil && len(ops) > 0 {
		h.force(matcherHint{ops, a.Expect + uint64(len(a.Records))})
	}
}

// unhint has the matcher read a key again: its actor lost its stream, and what it hinted may never come true.
func (n *Node) unhint(key string) {
	if h := n.matcher.Load(); h != nil {
		h.force(matcherReread{key})
	}
}

// matcherPause is the wait before a matcher that stopped is replaced.
const matcherPause = 50 * time.Millisecond

// runMatcher keeps a matcher running until the context ends: one that stops is replaced, since all it knew can be read
// again.
func (n *Node) runMatcher(ctx context.Context) {
	for first := true; ctx.Err() == nil; first = false {
		if !first {
			n.stats.matcherResets.Add(1)
			select {
			case <-time.After(matcherPause):
			case <-ctx.Done():
				return
			}
		}
		h, gone := &handle{root: n.system.Root}, make(chan struct{})
		n.spawn(h, &matcherActor{n: n, self: h, gone: gone})
		n.matcher.Store(h)
		n.pump(ctx, h, gone)
	}
}

// pump carries the journal's changes to the matcher until the context or the matcher ends.
func (n *Node) pump(ctx context.Context, matcher *handle, gone <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	turns := make(chan struct{}, pumpAhead)
	for ctx.Err() == nil {
		v := n.reader()
		reset := matcherReset{applied: v.Applied(), done: turns}
		for _, prefix := range pairing.Prefixes() {
			for k, value := range v.Scan([]byte(prefix)) {
				reset.entries = append(reset.entries, indexEntry{string(k), bytes.Clone(value)})
			}
		}
		follower := n.journal.Follow(v.View)
		v.Close()
		select {
		case turns <- struct{}{}:
			matcher.force(reset)
			n.follow(ctx, follower, matcher, turns)
		case <-ctx.Done():
		}
		follower.Close()
	}
}

func (n *Node) follow(ctx context.Context, f *persistence.Follower, matcher *handle, turns chan struct{}) {
	for {
		changes, err := f.Next(ctx)
		if errors.Is(err, persistence.ErrLagged) {
			n.stats.matcherResets.Add(1)
			return
		}
		if err != nil {
			return
		}
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			return
		}
		matcher.force(matcherChanges{changes, turns})
	}
}
