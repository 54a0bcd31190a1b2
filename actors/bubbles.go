package actors

import (
	"context"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
)

// CreateBubble makes a manual bubble (R39) on this node and gives its id once it is durable. The command's own id is
// not looked at.
func (n *Node) CreateBubble(ctx context.Context, c *cc.CreateBubble) (string, error) {
	c = c.CloneVT()
	c.Call = callID(n.home, n.unique())
	h := &handle{root: n.system.Root}
	a := n.newCallActor(c.Call, h)
	a.newborn()
	n.calls.mu.Lock()
	if n.calls.closed {
		n.calls.mu.Unlock()
		return "", cc.Errorf(cc.CodeUnavailable, "the node is stopping")
	}
	n.spawn(h, a)
	n.calls.active[c.Call] = h
	n.calls.mu.Unlock()
	return c.Call, n.wait(ctx, func(reply replyFunc) error {
		if gone, full := h.post(b2bua.Ask{Cmd: cc.NewCommand(c), Reply: reply}); gone || full {
			return overloaded()
		}
		return nil
	})
}

// maxOwned is how many of an agent's newest bubbles are looked at for a booking that named none.
const maxOwned = 64

// SuggestBooking finds the one call that a booking without a bubble may belong to, and suggests it to the agent (R46).
// It gives that call's id, "" when none fits or more than one.
func (n *Node) SuggestBooking(ctx context.Context, c *cc.SuggestBooking) (string, error) {
	id := call.Suggestable(n.owned(c.Agent), c.Agent, c.Caller, n.journal.NowMs())
	if id == "" {
		return "", nil
	}
	return id, n.AskCall(ctx, id, c)
}

// owned are the newest bubbles of an agent.
func (n *Node) owned(agent string) (out []*cc.CallSummary) {
	v := n.reader()
	defer v.Close()
	prefix := []byte(b2bua.OwnerPrefix + agent + "/")
	for key := range v.Scan(prefix) {
		if len(out) >= maxOwned || len(key) < len(prefix)+8 {
			break
		}
		s := &cc.CallSummary{}
		if s.UnmarshalVT(v.value(b2bua.SummaryPrefix+string(key[len(prefix)+8:]))) == nil {
			out = append(out, s)
		}
	}
	return out
}
