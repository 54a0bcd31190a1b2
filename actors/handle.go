package actors

import (
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/wirechief/wirechief/actors/b2bua"
)

// MaxMailbox bounds the inputs waiting at one actor; more are refused as overloaded and counted. MaxReserve is the room
// beyond it for what nobody says again: messages of the network that came over a stream.
const (
	MaxMailbox = 4096
	MaxReserve = 4096
)

// room is how many inputs may wait when m comes.
func room(m any) int32 {
	if in, ok := m.(b2bua.Received); ok && in.Src.Reliable() {
		return MaxMailbox + MaxReserve
	}
	return MaxMailbox
}

// handle is how others reach an actor: its PID and the count of inputs under way to it.
type handle struct {
	pid   *actor.PID
	root  *actor.RootContext
	depth atomic.Int32 // inputs posted and not yet handled; closed when it left

	failures atomic.Int32 // predecessors in a row that failed without getting anything done
}

const closed = -1 << 30

// post hands an input to the actor. gone: the actor has left, look it up again. full: it has too much to do.
func (h *handle) post(m any) (gone, full bool) {
	n := h.depth.Add(1)
	if n <= 0 {
		return true, false
	}
	if n > room(m) {
		h.depth.Add(-1)
		return false, true
	}
	h.root.Send(h.pid, m)
	return false, false
}

// force hands over what must not be refused: results of the journal, timers.
func (h *handle) force(m any) bool {
	if h.depth.Add(1) <= 0 {
		return false
	}
	h.root.Send(h.pid, m)
	return true
}

// handled is called by the actor after each message that came by post or force.
func (h *handle) handled() { h.depth.Add(-1) }

// leave closes the handle if nothing is under way to the actor but the message it handles now.
func (h *handle) leave() bool { return h.depth.CompareAndSwap(1, closed) }
