package actors

import (
	"sync"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// replyFunc takes the outcome of a command once it is durable: nil, or a *callcenter.Error.
type replyFunc func(error)

// agents are the agent actors of this node by agent id; bounded by the configuration.
type agents struct {
	mu     sync.RWMutex
	active map[string]*handle // guarded by mu
}

func newAgents() *agents { return &agents{active: make(map[string]*handle)} }

func (a *agents) put(id string, h *handle) {
	a.mu.Lock()
	a.active[id] = h
	a.mu.Unlock()
}

func (a *agents) drop(id string, h *handle) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.active[id] == h {
		delete(a.active, id)
	}
}

func (a *agents) all() []*handle { return a.having(func(string) bool { return true }) }

func (a *agents) having(ok func(id string) bool) []*handle {
	a.mu.RLock()
	defer a.mu.RUnlock()
	out := make([]*handle, 0, len(a.active))
	for id, h := range a.active {
		if ok(id) {
			out = append(out, h)
		}
	}
	return out
}

func (a *agents) get(id string) *handle {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.active[id]
}

// askAgent posts a command to an agent; reply is called once, later, unless an error is returned at once.
func (n *Node) askAgent(id string, ask seat.Ask) error {
	h := n.agents.get(id)
	switch {
	case h != nil:
	case n.journal.Aside(AgentStream(id)) != nil:
		return unreadable("agent", id)
	case n.Directory().Agent(id) != nil: // its actor is being replaced, or its shard is another's
		return cc.Errorf(cc.CodeUnavailable, "agent %s is not here right now, try again", id)
	default:
		return cc.Errorf(cc.CodeNotFound, "there is no agent %s", id)
	}
	if gone, full := h.post(ask); gone || full {
		n.stats.overloaded.Add(1)
		return overloaded()
	}
	return nil
}

// TellAgent hands a command to an agent without waiting; who needs it done repeats it.
func (n *Node) TellAgent(id string, cmd *cc.Command) { n.tellAgent(id, seat.Ask{Cmd: cmd}) }

func (n *Node) tellAgent(id string, ask seat.Ask) {
	if err := n.askAgent(id, ask); err != nil {
		n.stats.tellsLost.Add(1)
		n.log.Warn("agent not told", "agent", id, "what", ask.Cmd.Name(), "err", err)
	}
}

// tellCallFrom carries a command from an agent to a call, with what it rests on.
func (n *Node) tellCallFrom(agent string, t cc.TellCall, requires []machine.Require) {
	err := n.tellCall(t.Call, b2bua.Ask{Cmd: t.Cmd, Requires: requires})
	switch {
	case err == nil:
	case codeOf(err) == cc.CodeNotFound, codeOf(err) == cc.CodeUnreadable:
		if answer, ok := seat.Unknown(t); ok {
			n.tellAgent(agent, answer)
		}
	default:
		n.stats.tellsLost.Add(1)
	}
}

// forward carries a person's command from their agent to a call; the call's answer is theirs.
func (n *Node) forward(f seat.Forwarded, requires []machine.Require) {
	ask := b2bua.Ask{Cmd: f.Cmd, Requires: requires}
	answer := func(err error) {
		for _, to := range f.Askers {
			to.(replyFunc)(err)
		}
	}
	if len(f.Askers) > 0 {
		ask.Reply = replyFunc(answer)
	}
	if err := n.tellCall(f.Call, ask); err != nil {
		answer(err)
	}
}

// roster is who needs an actor: the agents configured, and those removed who are not signed out yet (R15) or whose token
// a call still has to give back.
func (n *Node) roster(v reader) (ids []string) {
	dir := n.Directory()
	for _, a := range dir.Center.Agents {
		ids = append(ids, a.Id)
	}
	for k, value := range v.Scan([]byte(agentPrefix)) {
		id, s := string(k[len(agentPrefix):]), &cc.AgentSummary{}
		if dir.Agent(id) == nil && s.UnmarshalVT(value) == nil &&
			(s.Token > cc.TokenState_FREE || s.Presence > cc.Presence_OFFLINE) {
			ids = append(ids, id)
		}
	}
	return ids
}
