package actors

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
)

// calls are the call actors of this node by call id, and the alarm clock of those that sleep.
type calls struct {
	mu     sync.Mutex
	active map[string]*handle // guarded by mu; bounded by admission, those that linger too
	next   *time.Timer        // guarded by mu; wakes for the earliest desk timer in the index
	nextMs int64              // guarded by mu; 0 = not set
	closed bool               // guarded by mu
	up     atomic.Int64       // of the active, those that are not over
}

func newCalls() *calls { return &calls{active: make(map[string]*handle)} }

// count is the number of call actors.
func (c *calls) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.active)
}

func (c *calls) all() []*handle {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]*handle, 0, len(c.active))
	for _, h := range c.active {
		out = append(out, h)
	}
	return out
}

// drop forgets an actor that leaves; a successor of the same call is left alone.
func (c *calls) drop(id string, h *handle) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active[id] == h {
		delete(c.active, id)
	}
}

// call finds the actor of a call, or brings it back from the journal; nil when there is no such call.
func (n *Node) call(id string) *handle {
	c := n.calls
	c.mu.Lock()
	defer c.mu.Unlock()
	if h := c.active[id]; h != nil {
		return h
	}
	if _, fenced := n.fenced.Load(shardOfCall(id)); fenced || c.closed {
		return nil
	}
	v := n.reader()
	defer v.Close()
	if v.StreamVersion(callStream(id)) == 0 || v.Aside(callStream(id)) != nil {
		return nil
	}
	h, err := n.wake(id, v)
	if isAside(err) {
		n.unhint(b2bua.WaitingPrefix + id)
		return nil
	}
	if err != nil {
		n.log.Error("bringing a call back", "call", id, "err", err)
		return nil
	}
	return h
}

// wake starts the actor of a call known to the journal; one that was awake hears of the interruption first. The caller
// holds calls.mu.
func (n *Node) wake(id string, v reader) (*handle, error) {
	h := &handle{root: n.system.Root}
	a := n.newCallActor(id, h)
	if err := a.load(v); err != nil {
		return nil, err
	}
	n.spawn(h, a)
	n.calls.active[id] = h
	if !a.m.Asleep() {
		h.force(b2bua.Restarted{})
	}
	return h, nil
}

func (n *Node) spawn(h *handle, a actor.Actor) {
	h.pid = n.system.Root.Spawn(actor.PropsFromProducer(func() actor.Actor { return a },
		actor.WithDispatcher(n.dispatcher), actor.WithGuardian(n.supervisor)))
}

// tellCall posts an input to a call; it says whether there was such a call with room for it.
func (n *Node) tellCall(id string, in b2bua.Input) error {
	for range 3 { // an actor may leave between look-up and post
		h := n.call(id)
		if h == nil && n.journal.Aside(callStream(id)) != nil {
			return unreadable("call", id)
		}
		if h == nil {
			return cc.Errorf(cc.CodeNotFound, "there is no call %s", id)
		}
		gone, full := h.post(in)
		if full {
			n.stats.overloaded.Add(1)
			return overloaded()
		}
		if !gone {
			return nil
		}
		n.calls.drop(id, h) // it is about to do so itself
	}
	return overloaded()
}

func overloaded() error {
	return cc.Errorf(cc.CodeOverloaded, "too much to do right now, try again")
}

// alarm makes sure that the sleeping calls' timers are looked at by then.
func (n *Node) alarm(atMs int64) {
	c := n.calls
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.nextMs != 0 && c.nextMs <= atMs {
		return
	}
	c.nextMs = atMs
	if c.next != nil {
		c.next.Stop()
	}
	wait := time.Duration(atMs-n.journal.NowMs()) * time.Millisecond
	c.next = time.AfterFunc(max(wait, 0), n.ring)
}

// ringAtOnce bounds the sleepers woken in one go.
const ringAtOnce = 256

// ring wakes every sleeping call whose timer is due and sets the alarm for the next.
func (n *Node) ring() {
	n.calls.mu.Lock()
	n.calls.nextMs = 0
	done := n.calls.closed
	n.calls.mu.Unlock()
	if done {
		return
	}
	v := n.reader()
	defer v.Close()
	now, woken := n.journal.NowMs(), 0
	for key, value := range v.Scan([]byte(b2bua.DuePrefix)) {
		at, id, ok := b2bua.ParseDue(key)
		if !ok || n.journal.Aside(callStream(id)) != nil {
			continue
		}
		if at > now || woken == ringAtOnce {
			n.alarm(max(at, now+wakeAgainMs))
			return
		}
		woken++
		n.wakeFor(id, append([]byte(nil), key...), value)
	}
}

// wakeAgainMs is the pause before sleepers that found no room, or were too many at once, are looked at again.
const wakeAgainMs = 100

// wakeFor gives a sleeping call its timer; what comes of it takes the timer out of the index.
func (n *Node) wakeFor(id string, key, value []byte) {
	if len(value) != 8 {
		return
	}
	cmd := cc.NewCommand(&cc.CallTimer{Name: call.TimerDesk, Seq: binary.BigEndian.Uint64(value)})
	err := n.tellCall(id, b2bua.Ask{Cmd: cmd, Reply: replyFunc(func(err error) {
		if err != nil && (codeOf(err) == cc.CodeOverloaded || codeOf(err) == cc.CodeUnavailable) {
			// It did not happen: the next alarm finds it.
			n.alarm(n.journal.NowMs() + wakeAgainMs)
			return
		}
		// A timer that is no longer the call's own leaves no record, and so would stay.
		n.appendIndex(machine.IndexOp{Key: key, Delete: true}, func(error) {})
	})})
	switch {
	case err == nil:
	case codeOf(err) == cc.CodeUnreadable: // stays for the start that can read it
	case codeOf(err) == cc.CodeNotFound:
		n.appendIndex(machine.IndexOp{Key: key, Delete: true}, func(error) {})
	default:
		n.log.Warn("waking a call", "call", id, "err", err)
		n.alarm(n.journal.NowMs() + wakeAgainMs)
	}
}

// close stops the alarm; calls themselves end with the actor system.
func (c *calls) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.next != nil {
		c.next.Stop()
	}
}
