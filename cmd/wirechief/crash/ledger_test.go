package crash

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
)

// ledger keeps what the engine has acknowledged, until it was found in the journal (I7).
type ledger struct {
	mu       sync.Mutex
	agents   map[string][]command // acknowledged commands to agents, in order; guarded by mu
	calls    []command            // acknowledged commands to calls; guarded by mu
	answered []string             // numbers of callers who got a 200; guarded by mu

	read         map[string]uint64 // agent -> version of its stream up to which it was searched
	acknowledged int
	found        int
	beyond       int // could not be looked up: the records are below the agent's snapshot
}

func newLedger() *ledger {
	return &ledger{agents: make(map[string][]command), read: make(map[string]uint64)}
}

// acked notes an acknowledged command. Commands to one agent must be noted in the order they were given.
func (l *ledger) acked(c command) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acknowledged++
	if c.call != "" {
		l.calls = append(l.calls, c)
	} else {
		l.agents[c.agent] = append(l.agents[c.agent], c)
	}
}

// connected notes that the caller of this number heard a 200.
func (l *ledger) connected(number string) {
	l.mu.Lock()
	l.answered = append(l.answered, number)
	l.mu.Unlock()
}

// check looks everything up that is not found yet and returns what is missing. No commands may be under way.
func (l *ledger) check(t *testing.T, v *persistence.View) (missing []string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for agent, list := range l.agents {
		missing = append(missing, l.agent(t, v, agent, list)...)
		delete(l.agents, agent)
	}
	for _, c := range l.calls {
		list, _ := records(t, v, actors.CallStream(c.call), 1)
		if !has(list, c) {
			missing = append(missing, fmt.Sprintf("I7 %s of %s to call %s (%s)", c.verb, c.agent, c.call, c.arg))
			continue
		}
		l.found++
	}
	l.calls = nil
	byCaller := callsByCaller(t, v)
	for _, number := range l.answered {
		switch calls := byCaller[number]; {
		case len(calls) == 0:
			missing = append(missing, "I7 no call of "+number+", who was answered")
		case len(calls) > 1:
			missing = append(missing, fmt.Sprintf("I8 %d calls of %s, who called once", len(calls), number))
		case calls[0].ConnectedMs == 0:
			missing = append(missing, "I7 call "+calls[0].Call+" is not connected, but its caller was answered")
		}
	}
	l.answered = nil
	return missing
}

// agent finds an agent's commands in the stream, in their order.
func (l *ledger) agent(t *testing.T, v *persistence.View, agent string, want []command) (missing []string) {
	t.Helper()
	stream := actors.AgentStream(agent)
	list, first := records(t, v, stream, l.read[agent]+1)
	hole := first > l.read[agent]+1
	l.read[agent] = v.StreamVersion(stream)
	for _, c := range want {
		i := 0
		for i < len(list) && !fits(list[i], c) {
			i++
		}
		switch {
		case i < len(list):
			l.found++
			list = list[i+1:]
		case hole:
			l.beyond++
		default:
			missing = append(missing, fmt.Sprintf("I7 %s %s to %s", c.verb, c.arg, agent))
		}
	}
	return missing
}

func has(list []*cc.Record, c command) bool {
	for _, r := range list {
		if fits(r, c) {
			return true
		}
	}
	return false
}

// fits says whether a record is of this command and changed something.
func fits(r *cc.Record, c command) bool {
	if len(r.Events) == 0 {
		return false
	}
	switch m := r.Command.Message().(type) {
	case *cc.SetPresence:
		want := presenceOf(c.arg)
		return c.verb == "presence" && m.Presence == want.Presence && m.Reason == want.Reason
	case *cc.FinishWrapUp:
		return c.verb == "finish"
	case *cc.ReportNote:
		return c.verb == "note" && m.Customer == c.arg
	case *cc.CloseBubble:
		return c.verb == "close" && m.Reason == c.arg
	case *cc.HangUp:
		return c.verb == "hangup"
	case *cc.SessionOpened:
		return c.verb == "sit" && m.Session == c.arg
	case *cc.SessionClosed:
		return c.verb == "leave" && m.Session == c.arg
	}
	return c.verb == "takeover" && gains(r, c.agent)
}

// gains says whether a record makes the agent the owner of its bubble: who has it already is told yes as well.
func gains(r *cc.Record, agent string) bool {
	for _, e := range r.Events {
		switch m := e.Message().(type) {
		case *cc.BubbleTaken:
			return m.Agent == agent
		case *cc.BubbleClaimed:
			return m.Agent == agent
		case *cc.Answered:
			return m.Agent == agent
		}
	}
	return false
}

// The ledger itself must be able to fail.
func TestLedgerMissesWhatIsNotThere(t *testing.T) {
	j := openJournal(t, t.TempDir())
	defer func() { require.NoError(t, j.Close()) }()
	v := j.View()
	defer v.Close()
	l := newLedger()
	l.acked(command{verb: "presence", agent: "agent0", arg: "unavailable:r1"})
	l.acked(command{verb: "note", agent: "agent0", call: "1-x", arg: "c1"})
	l.connected("+15550001")
	require.Len(t, l.check(t, v), 3)
}
