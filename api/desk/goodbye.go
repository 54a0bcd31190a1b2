package desk

import (
	"context"
	"errors"
	"time"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Pauses between tries to tell an agent that a client is gone.
const (
	goodbyeAgain    = 100 * time.Millisecond // doubled with each try
	goodbyeAgainMax = 5 * time.Second
)

// tellGone tells an agent that a client is gone, until it hears: the grace of R98 begins with this, and an agent who is
// not told keeps a dead session and stays Available for ever (edge 4). Once the hub stops it tries once more: the next
// start begins the grace of every session anew.
func (h *Hub) tellGone(agent, session string) {
	pause := goodbyeAgain
	for tries, last := 1, false; ; tries++ {
		ctx, cancel := context.WithTimeout(context.Background(), commandWithin)
		err := h.o.Engine.AskAgent(ctx, agent, &cc.SessionClosed{Session: session})
		cancel()
		if err == nil || deaf(err) || last {
			return
		}
		h.Stats.GoodbyesRepeated.Add(1)
		if tries == 1 {
			h.log.Warn("telling an agent that a client is gone, again and again", "agent", agent, "session", session, "err", err)
		}
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-h.stopping:
			wait.Stop()
			last = true
		}
		pause = min(2*pause, goodbyeAgainMax)
	}
}

// deaf: the agent has said no for good, is no more, or cannot be told by this process.
func deaf(err error) bool {
	e, ok := errors.AsType[*cc.Error](err)
	return ok && e.Code != cc.CodeOverloaded && e.Code != cc.CodeUnavailable
}
