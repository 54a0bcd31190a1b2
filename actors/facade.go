package actors

import (
	"context"
	"errors"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
	"github.com/wirechief/wirechief/sip/transport"
)

// What the API and the main program use of a Node.

// Directory is the configuration in force.
func (n *Node) Directory() *cc.Directory { return n.dir.Load() }

// Journal is the node's journal: for views, feeds and followers. Appends go through commands only.
func (n *Node) Journal() *persistence.Journal { return n.journal }

// Ready says that the node takes calls. A journal that fails ends the process.
func (n *Node) Ready() bool { return n.ready.Load() }

// AskAgent puts a command to an agent and waits until its outcome is durable. The error is a *callcenter.Error, or the
// context's: then the outcome is unknown to the caller.
func (n *Node) AskAgent(ctx context.Context, agent string, msg any) error {
	return n.wait(ctx, func(reply replyFunc) error { return n.askAgent(agent, seat.Ask{Cmd: cc.NewCommand(msg), Reply: reply}) })
}

// AskCall puts a command to a call and waits until its outcome is durable, as AskAgent does.
func (n *Node) AskCall(ctx context.Context, call string, msg any) error {
	return n.wait(ctx, func(reply replyFunc) error {
		return n.tellCall(call, b2bua.Ask{Cmd: cc.NewCommand(msg), Reply: reply})
	})
}

func (n *Node) wait(ctx context.Context, ask func(replyFunc) error) error {
	done := make(chan error, 1)
	if err := ask(func(err error) { done <- err }); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// AskMatcher runs a question on the matcher's turn and waits for it.
func (n *Node) AskMatcher(ctx context.Context, ask func(m *queues.Matcher, nowMs int64)) error {
	done := make(chan struct{})
	if h := n.matcher.Load(); h == nil || !h.force(matcherAsk{ask, done}) {
		return overloaded()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// PutIndex writes one key of the replicated index and waits until it is durable; value nil deletes it. The caller stays
// away from this package's prefixes: nothing here checks it.
func (n *Node) PutIndex(ctx context.Context, key string, value []byte) error {
	return n.wait(ctx, func(reply replyFunc) error {
		n.appendIndex(machine.IndexOp{Key: []byte(key), Value: value, Delete: value == nil}, reply)
		return nil
	})
}

// PutRows is PutIndex of several keys at once, all or none of them.
func (n *Node) PutRows(ctx context.Context, rows []machine.IndexOp) error {
	return n.wait(ctx, func(reply replyFunc) error {
		n.appendOps(rows, reply)
		return nil
	})
}

// putIndex writes a message, and with it keys without a value.
func (n *Node) putIndex(key string, m interface{ MarshalVT() ([]byte, error) }, done func(error), also ...[]byte) {
	value, err := m.MarshalVT()
	if err != nil {
		done(err)
		return
	}
	ops := []machine.IndexOp{{Key: []byte(key), Value: value}}
	for _, k := range also {
		ops = append(ops, machine.IndexOp{Key: k, Value: []byte{}})
	}
	n.appendOps(ops, done)
}

// appendIndex writes one key under the company's shard; done gets nil once it is durable.
func (n *Node) appendIndex(op machine.IndexOp, done func(error)) {
	n.appendOps([]machine.IndexOp{op}, done)
}

func (n *Node) appendOps(ops []machine.IndexOp, done func(error)) {
	shard := shardOfCompany(n.company)
	n.journal.Append(&machine.Append{Shard: shard, Epoch: n.epochs[shard], Index: ops},
		func(r machine.Result) {
			switch {
			case r.Status == machine.OK:
				done(nil)
			case r.Reason == machine.Overloaded:
				done(overloaded())
			default:
				done(cc.Errorf(cc.CodeUnavailable, "the journal did not take it"))
			}
		})
}

// codeOf is the machine code of an error.
func codeOf(err error) string {
	if e, ok := errors.AsType[*cc.Error](err); ok {
		return e.Code
	}
	return cc.CodeUnavailable
}

// SIPAddrs are the addresses the SIP side listens on.
func (n *Node) SIPAddrs() []transport.Bound { return n.endpoint.Addrs() }
