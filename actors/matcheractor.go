package actors

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/wirechief/wirechief/actors/b2bua"
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
	matcher *queues.Matcher
	applied uint64
	wake    *time.Timer
	wakeSeq uint64
	queued  map[string]string // call -> queue it waits in
	gone    chan struct{}     // closed when the actor stops, whatever the reason
	ahead   map[string]uint64 // index key -> version of its stream that a hint told of and the journal has not yet
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
		if a.matcher != nil {
			a.hinted(m)
		}
	case matcherReread:
		if a.matcher != nil {
			a.reread(m.key)
		}
	case reserveRefused:
		if a.matcher != nil {
			a.matcher.Refused(m.call, m.agent, m.code, a.n.journal.NowMs())
		}
	case matcherWake:
		if m.seq != a.wakeSeq {
			a.self.handled()
			return
		}
	case matcherAsk:
		if a.matcher != nil {
			m.ask(a.matcher, a.n.journal.NowMs())
		}
		close(m.done)
		a.self.handled()
		return
	default:
		return
	}
	if a.matcher != nil {
		a.match()
	}
	a.self.handled()
}

func (a *matcherActor) stopped() {
	if a.wake != nil {
		a.wake.Stop()
	}
	for call := range a.queued {
		a.count(call, "")
	}
	a.self.depth.Store(closed)
	close(a.gone)
}

func (a *matcherActor) reset(r matcherReset) {
	m, err := queues.New(a.n.Directory(), queues.Limits{})
	if err != nil {
		a.n.log.Error("matcher refuses the configuration", "err", err)
		return
	}
	for call := range a.queued {
		a.count(call, "")
	}
	a.matcher, a.applied = m, r.applied
	clear(a.ahead)
	for _, e := range r.entries {
		a.take(e.key, machine.IndexOp{Value: e.value})
	}
}

func (a *matcherActor) changed(changes []machine.Change) {
	for _, c := range changes {
		a.applied = c.Index
		version := c.FirstVersion + uint64(max(len(c.Records), 1)) - 1
		for _, op := range c.Ops {
			key := string(op.Key)
			if ahead, ok := a.ahead[key]; ok {
				if version < ahead {
					continue // a hint has told what follows this
				}
				delete(a.ahead, key)
			}
			a.take(key, op)
		}
	}
	a.n.seen.Store(a.applied)
}

// take applies one index operation.
func (a *matcherActor) take(key string, op machine.IndexOp) {
	if !op.Delete && !a.n.asideKey(key) {
		a.put(key, op.Value)
	} else if id, ok := strings.CutPrefix(key, b2bua.WaitingPrefix); ok {
		a.matcher.RemoveCall(id)
		a.count(id, "")
	} else if id, ok := strings.CutPrefix(key, agentPrefix); ok {
		a.matcher.RemoveAgent(id)
	}
}

// hinted acts on what an append under way will say, so that the path to ring need not wait for it: the agent's token
// and the call's offer wait for their own commits, and their appends require what they rest on.
func (a *matcherActor) hinted(h matcherHint) {
	for _, op := range h.ops {
		key := string(op.Key)
		a.ahead[key] = h.version
		a.take(key, op)
	}
}

// reread takes a key as the journal has it.
func (a *matcherActor) reread(key string) {
	delete(a.ahead, key)
	v := a.n.reader()
	defer v.Close()
	value, ok := v.Get([]byte(key))
	a.take(key, machine.IndexOp{Key: []byte(key), Value: value, Delete: !ok})
}

func (a *matcherActor) put(key string, value []byte) {
	var err error
	switch {
	case strings.HasPrefix(key, b2bua.WaitingPrefix):
		w := &cc.WaitingCall{}
		if err = w.UnmarshalVT(value); err == nil {
			a.matcher.SetCall(w)
			a.count(w.Call, w.Queue)
		}
	case strings.HasPrefix(key, agentPrefix):
		s := &cc.AgentSummary{}
		if err = s.UnmarshalVT(value); err == nil {
			a.matcher.SetAgent(s)
		}
	case key == configKey:
		err = a.matcher.Configure(a.n.Directory())
	}
	if err != nil {
		a.n.log.Error("matcher cannot read a change", "key", key, "err", err)
	}
}

// count keeps how many wait in each queue where arriving calls can see it (max_size).
func (a *matcherActor) count(call, queue string) {
	if was := a.queued[call]; was != queue {
		if was != "" {
			a.n.waitingIn(was).Add(-1)
			delete(a.queued, call)
		}
		if queue != "" {
			a.n.waitingIn(queue).Add(1)
			a.queued[call] = queue
		}
	}
}

func (a *matcherActor) match() {
	now := a.n.journal.NowMs()
	for _, m := range a.matcher.Match(now) {
		a.n.stats.matches.Add(1)
		m.Explain.AppliedIndex = a.applied
		a.reserve(m)
	}
	for _, call := range a.matcher.Unmatched(now) {
		_ = a.n.tellCall(call, b2bua.Ask{Cmd: cc.NewCommand(&cc.NoAgentNow{})})
	}
	a.arm(now)
}

func (a *matcherActor) reserve(m queues.Match) {
	self, call, agent := a.self, m.Call, m.Agent
	cmd := cc.NewCommand(&cc.Reserve{
		Offer: "of-" + a.n.unique(), Call: m.Call, Queue: m.Queue, Tenant: m.Tenant, Policy: m.Policy, Explain: m.Explain,
	})
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
	at, ok := a.matcher.NextWake(now)
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
		if bytes.HasPrefix(op.Key, []byte(b2bua.WaitingPrefix)) || bytes.HasPrefix(op.Key, []byte(agentPrefix)) {
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
		n.spawn(h, &matcherActor{n: n, self: h, queued: make(map[string]string), gone: gone,
			ahead: make(map[string]uint64)})
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
		for _, prefix := range []string{agentPrefix, b2bua.WaitingPrefix} {
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
