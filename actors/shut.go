package actors

import (
	"context"
	"slices"
	"time"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/pairing"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/queues"
)

// What supervisors and administrators do to queues and to the calls that wait in them (R88, R97).

// CloseQueue keeps new calls out of a queue until it is opened. With reroute those who wait go on to what comes next;
// else they are served. Closing a closed queue again may reroute those who were to be served.
func (n *Node) CloseQueue(ctx context.Context, s *cc.QueueShut) error {
	if n.Directory().Queue(s.Queue) == nil {
		return cc.Errorf(cc.CodeNotFound, "there is no queue %s", s.Queue)
	}
	s = s.CloneVT()
	s.AtMs = n.journal.NowMs()
	err := n.wait(ctx, func(reply replyFunc) error {
		n.putIndex(pairing.ShutPrefix+s.Queue, s, reply)
		return nil
	})
	if err != nil {
		return err
	}
	n.stats.queuesClosed.Add(1)
	n.log.Info("queue closed", "queue", s.Queue, "by", s.By, "reroute", s.Reroute, "message", s.Message)
	if s.Reroute {
		n.leaveQueue(s.Queue, "", cc.QueueClosed, s.By)
	}
	return nil
}

// OpenQueue lets calls into a queue again.
func (n *Node) OpenQueue(ctx context.Context, queue, by string) error {
	if n.Directory().Queue(queue) == nil {
		return cc.Errorf(cc.CodeNotFound, "there is no queue %s", queue)
	}
	if err := n.PutIndex(ctx, pairing.ShutPrefix+queue, nil); err != nil {
		return err
	}
	n.log.Info("queue opened", "queue", queue, "by", by)
	return nil
}

// QueueShut says how a queue was closed, nil if it is open.
func (n *Node) QueueShut(queue string) *cc.QueueShut {
	v := n.reader()
	defer v.Close()
	s := &cc.QueueShut{}
	if value := v.value(pairing.ShutPrefix + queue); value == nil || s.UnmarshalVT(value) != nil {
		return nil
	}
	return s
}

// waitingCalls lists the calls that wait, as the journal has them.
func (n *Node) waitingCalls() (out []*cc.WaitingCall) {
	v := n.reader()
	defer v.Close()
	for _, value := range v.Scan([]byte(b2bua.WaitingPrefix)) {
		w := &cc.WaitingCall{}
		if w.UnmarshalVT(value) == nil {
			out = append(out, w)
		}
	}
	return out
}

// leaveQueue tells who waits in a queue that it does not serve them any more.
func (n *Node) leaveQueue(queue, to, why, by string) {
	for _, w := range n.waitingCalls() {
		if w.Queue != queue {
			continue
		}
		err := n.tellCall(w.Call, b2bua.Ask{Cmd: cc.NewCommand(&cc.LeaveQueue{Queue: queue, To: to, Why: why, By: by})})
		if err != nil { // its queue's patience ends in time, or it has left
			n.log.Warn("call not told that its queue is closed", "call", w.Call, "queue", queue, "err", err)
		}
	}
}

// gone says which queues of the configuration in force a new one no longer has; one with callers must have a queue to
// drain to (R88).
func (n *Node) gone(c *cc.Center, drain map[string]string) ([]string, error) {
	stays := func(id string) bool {
		return slices.ContainsFunc(c.Queues, func(q *cc.Queue) bool { return q.Id == id })
	}
	var out []string
	for _, q := range n.Directory().Center.GetQueues() {
		if !stays(q.Id) {
			out = append(out, q.Id)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	for _, to := range drain {
		if !stays(to) {
			return nil, cc.Errorf(cc.CodeNotFound, "there is no queue %s to drain to", to)
		}
	}
	for _, w := range n.waitingCalls() {
		if slices.Contains(out, w.Queue) && drain[w.Queue] == "" {
			return nil, cc.Errorf(cc.CodeQueueNotEmpty, "callers wait in queue %s, which is to go", w.Queue).With("queue", w.Queue)
		}
	}
	return out, nil
}

// drainGone moves who still waits in removed queues.
func (n *Node) drainGone(queues []string, drain map[string]string) {
	for _, q := range queues {
		n.leaveQueue(q, drain[q], cc.QueueGone, "")
	}
}

// pushWithin is how long a pushed call waits for its agent's word.
const pushWithin = 2 * time.Second

// PushCall offers a waiting call to an agent by name (R97). An agent who holds the token refuses: never two queue calls.
func (n *Node) PushCall(ctx context.Context, id, agent, by string) error {
	dir := n.Directory()
	w, s := n.waitingCall(id), n.agentSummary(agent)
	if w == nil {
		return cc.Errorf(cc.CodeNotWaiting, "the call does not wait in a queue")
	}
	if s.GetToken() > cc.TokenState_FREE {
		return tokenHeld(agent)
	}
	q := dir.Queue(w.Queue)
	if code := cc.Eligible(s, dir.Agent(agent), q, w.Tenant, n.journal.NowMs()); code != "" {
		return notEligible(agent, code)
	}
	if err := n.AskCall(ctx, id, &cc.MoveCall{Agent: agent, By: by}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pushWithin)
	defer cancel()
	err := n.AskAgent(ctx, agent, n.reservation(w, q, agent))
	switch code := codeOf(err); {
	case err == nil:
		return nil
	case code == cc.TokenTaken:
		return tokenHeld(agent)
	case code == cc.CodeOverloaded, ctx.Err() != nil:
		return overloaded()
	default:
		return notEligible(agent, code)
	}
}

func notEligible(agent, reason string) error {
	return cc.Errorf(cc.CodeNotEligible, "agent %s cannot be offered the call now", agent).With("reason", reason)
}

// pushedKey is the rank key of an offer that a person made.
const pushedKey = "pushed"

func (n *Node) reservation(w *cc.WaitingCall, q *cc.Queue, agent string) *cc.Reserve {
	dir := n.Directory()
	return &cc.Reserve{
		Offer: "of-" + n.unique(), Call: w.Call, Queue: w.Queue, Tenant: w.Tenant,
		Policy:  queues.ResolvePolicy(q, dir.Agent(agent), dir.Tenant(w.Tenant)),
		Explain: &cc.Explain{RankKey: pushedKey, AppliedIndex: n.seen.Load(), ConfigVersion: dir.Center.GetVersion()},
	}
}

func tokenHeld(agent string) error {
	return cc.Errorf(cc.CodeTokenHeld, "agent %s has a queue call", agent)
}

func (n *Node) waitingCall(id string) *cc.WaitingCall {
	v := n.reader()
	defer v.Close()
	w := &cc.WaitingCall{}
	if value := v.value(b2bua.WaitingPrefix + id); value == nil || w.UnmarshalVT(value) != nil {
		return nil
	}
	return w
}

func (n *Node) agentSummary(id string) *cc.AgentSummary {
	v := n.reader()
	defer v.Close()
	s := &cc.AgentSummary{}
	if value := v.value(agentPrefix + id); value == nil || s.UnmarshalVT(value) != nil {
		return nil
	}
	return s
}
