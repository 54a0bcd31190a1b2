package actors

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/cespare/xxhash/v2"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/callback"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Where callbacks stand in the journal.
const (
	callbackStreams = "callback/" // stream callback/<tenant>/<number>: one Record a decision
	callbackPrefix  = "cb/"       // cb/<tenant>/<number> -> CallbackState, while it is open
	callbackEnded   = "cbd/"      // cbd/<ended ms, inverted, 8 bytes big endian><tenant>/<number>/<round> -> CallbackState
	callbackMark    = "cbm"       // how far calls were reported: see callbackfeed.go

	CallbackPrefix = callbackPrefix
	CallbackEnded  = callbackEnded
)

// callbackSnapshotEvery is how many records of a callback are kept on top of its snapshot.
const callbackSnapshotEvery = 64

// callbackTries bounds how often a decision is made again because another came first.
const callbackTries = 10

// callbacks are not actors: a callback has no timer and no effect but the answer, so nobody has to hold it in memory. A
// command reads it, decides, and appends what it decided on the version it read; the journal refuses whoever was late,
// and that one decides again. The locks only spare the journal such refusals.
type callbacks struct{ locks [64]sync.Mutex }

func (c *callbacks) lock(key string) *sync.Mutex {
	return &c.locks[xxhash.Sum64String(key)%uint64(len(c.locks))]
}

func callbackID(tenant, number string) string { return tenant + "/" + number }

// AskCallback puts a command to the callback of a number and waits until its outcome is durable, as AskAgent does.
func (n *Node) AskCallback(ctx context.Context, tenant, number string, msg any) error {
	return n.askCallback(ctx, tenant, number, cc.NewCommand(msg), false)
}

func (n *Node) askCallback(ctx context.Context, tenant, number string, cmd *cc.Command, lazy bool) error {
	id := callbackID(tenant, number)
	mu := n.callbacks.lock(id)
	mu.Lock()
	defer mu.Unlock()
	for range callbackTries {
		a, err := n.decideCallback(tenant, number, cmd)
		if err != nil || a == nil {
			return err
		}
		a.Lazy = lazy
		r, err := n.appendFirmly(ctx, a)
		switch {
		case err != nil:
			return err
		case r.Status == machine.OK:
			return nil
		case r.Reason == machine.Overloaded:
			return overloaded()
		case r.Reason != machine.VersionConflict:
			return lostItsStream()
		}
	}
	return overloaded()
}

// decideCallback reads the callback and gives the append of what the command leads to, nil when it changes nothing.
func (n *Node) decideCallback(tenant, number string, cmd *cc.Command) (*machine.Append, error) {
	id := callbackID(tenant, number)
	stream := callbackStreams + id
	v := n.reader()
	s, err := n.loadCallback(v, tenant, number)
	version := v.StreamVersion(stream)
	v.Close()
	if err != nil {
		return nil, err
	}
	at := n.moment()
	env := cc.Env{NowMs: at.NowMs, Dir: at.Dir, IDs: cc.NewIDs(at.Seed)}
	wasOpen := callback.Open(s)
	out, err := callback.Decide(s, cmd, env)
	if err != nil || len(out.Events) == 0 {
		return nil, err
	}
	record := cc.Record{
		NowMs: at.NowMs, RulesVersion: cc.RulesVersion, ConfigVersion: at.Dir.Center.Version, AppliedSeen: at.Seen,
		Command: cmd, Events: out.Events,
	}
	data, err := record.MarshalVT()
	if err != nil {
		return nil, fmt.Errorf("encoding a callback's record: %w", err)
	}
	state, err := s.MarshalVT()
	if err != nil {
		return nil, fmt.Errorf("encoding a callback: %w", err)
	}
	shard := shardOfCompany(n.company)
	a := &machine.Append{
		Shard: shard, Epoch: n.epochs[shard], Stream: stream, Expect: version, Incarnation: n.actorIDs.Add(1), Seq: 1,
		Records: [][]byte{data},
	}
	switch {
	case callback.Open(s):
		a.Index = []machine.IndexOp{{Key: []byte(callbackPrefix + id), Value: state}}
	default:
		key := b2bua.TimeKey(callbackEnded, s.EndedMs, id+"/"+strconv.Itoa(int(s.Round)))
		a.Index = []machine.IndexOp{{Key: key, Value: state}}
		if wasOpen {
			a.Index = append(a.Index, machine.IndexOp{Key: []byte(callbackPrefix + id), Delete: true})
		}
	}
	if version%callbackSnapshotEvery == callbackSnapshotEvery-1 {
		a.Snapshot = state
	}
	return a, nil
}

// loadCallback: an open one stands in the index as it is; else the stream tells what there was.
func (n *Node) loadCallback(v reader, tenant, number string) (*cc.CallbackState, error) {
	s := callback.New(tenant, number)
	id := callbackID(tenant, number)
	if value := v.value(callbackPrefix + id); value != nil {
		if err := s.UnmarshalVT(value); err != nil {
			return nil, fmt.Errorf("reading a callback: %w", err)
		}
		return s, nil
	}
	stream, from := callbackStreams+id, uint64(1)
	if snap, at, ok := v.Snapshot(stream); ok {
		if err := s.UnmarshalVT(snap); err != nil {
			return nil, n.journal.SetAside(machine.Unreadable{Stream: stream, Err: err})
		}
		from = at + 1
	}
	err := n.replay(v, stream, from, func(data []byte) error {
		var rec cc.Record
		if err := rec.UnmarshalVT(data); err != nil {
			return err
		}
		for _, e := range rec.Events {
			callback.Apply(s, e, rec.NowMs)
		}
		return nil
	})
	if err != nil {
		return nil, cc.Errorf(cc.CodeUnreadable, "the journal of this callback cannot be read")
	}
	return s, nil
}

// appendFirmly appends and waits; one whose outcome is unknown is repeated with its id until it is known.
func (n *Node) appendFirmly(ctx context.Context, a *machine.Append) (machine.Result, error) {
	for {
		done := make(chan machine.Result, 1)
		n.journal.Append(a, func(r machine.Result) { done <- r })
		select {
		case r := <-done:
			if r.Status != machine.Unknown {
				return r, nil
			}
			if ctx.Err() != nil || !n.ready.Load() {
				return r, lostItsStream()
			}
		case <-ctx.Done():
			return machine.Result{}, ctx.Err()
		}
	}
}
