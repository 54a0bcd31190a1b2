package actors

import (
	"context"
	"encoding/binary"
	"runtime"
	"time"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
	"github.com/wirechief/wirechief/sip/registrar"
)

// Break makes the actor of a call fail: an INVITE that never was.
func (n *Node) Break(call string) { _ = n.tellCall(call, b2bua.Arrival{}) }

// BreakAgent makes the actor of an agent fail.
func (n *Node) BreakAgent(id string) {
	n.agents.get(id).force(seat.Ask{
		Cmd: cc.NewCommand(&cc.SetFocus{}), Reply: replyFunc(func(error) { panic("broken by a test") }),
	})
}

// Active says whether a call has an actor now.
func (n *Node) Active(call string) bool {
	n.calls.mu.Lock()
	defer n.calls.mu.Unlock()
	return n.calls.active[call] != nil
}

// Count gives a counter of one part.
func (n *Node) Count(part, name string) (value float64) {
	for _, s := range n.Sources() {
		if s.Part == part {
			s.Each(func(n string, v float64) {
				if n == name {
					value = v
				}
			})
		}
	}
	return value
}

// Fill posts harmless inputs to a call until its mailbox refuses one; while it is full it runs f. It gives the count.
func (n *Node) Fill(id string, f func()) int {
	h := n.call(id)
	gate, busy := make(chan struct{}), make(chan struct{})
	h.force(b2bua.Ask{Cmd: cc.NewCommand(&cc.TellAcked{Offer: "none"}), Reply: replyFunc(func(error) {
		close(busy)
		<-gate
	})})
	<-busy
	defer close(gate)
	for i := 0; ; i++ {
		if gone, full := h.post(callTimer{"none", 0}); gone || full {
			f()
			return i
		}
	}
}

// LateInput hands a command to a call in the way of one that was put off by an actor which has been replaced meanwhile.
func (n *Node) LateInput(id string, cmd any) {
	h := &handle{root: n.system.Root}
	h.depth.Store(closed)
	n.newCallActor(id, h).later(b2bua.Ask{Cmd: cc.NewCommand(cmd)})
}

// ForgetRecording makes the media plane forget whose a recording is: its call will not be told.
func (n *Node) ForgetRecording(recording string) {
	n.media.mu.Lock()
	defer n.media.mu.Unlock()
	delete(n.media.recordings, recording)
}

// HasRecording says whether a recording is in the index.
func (n *Node) HasRecording(recording string) bool {
	v := n.reader()
	defer v.Close()
	return v.value(recordPrefix+recording) != nil
}

// RecordingMade tells a call of a recording.
func (n *Node) RecordingMade(call, recording string) {
	n.media.tell(call, &cc.RecordingDone{Recording: recording, Bytes: 1, DurationMs: 1})
}

// SetMaxLingering sets how many calls may be over and still in memory.
func (n *Node) SetMaxLingering(limit int64) { n.settings.maxLingering.Store(limit) }

// AnyCall is the id of a call that has an actor.
func (n *Node) AnyCall() string {
	n.calls.mu.Lock()
	defer n.calls.mu.Unlock()
	for id := range n.calls.active {
		return id
	}
	return ""
}

// DeskDue moves a sleeping call's desk timer to now and rings the alarm.
func (n *Node) DeskDue(id string) error {
	v := n.reader()
	m := b2bua.New(n.settings.legs)
	for r := range v.Records(callStream(id), 1) {
		if err := m.Load(r.Data); err != nil {
			v.Close()
			return err
		}
	}
	v.Close()
	for _, e := range call.Resume(m.Call, 0) {
		if t, ok := e.(cc.SetTimer); ok && t.Name == call.TimerDesk {
			err := n.PutIndex(context.Background(), string(b2bua.DueKey(n.journal.NowMs(), id)),
				binary.BigEndian.AppendUint64(nil, t.Seq))
			if err != nil {
				return err
			}
			n.ring()
		}
	}
	return nil
}

// Steal moves a shard of this process to another incarnation, as a takeover does: what its actors append is refused.
func (n *Node) Steal() error {
	done := make(chan machine.Result, 1)
	n.journal.Shards(machine.ShardCommand{Op: machine.MoveFormer, Node: 1, Incarnation: n.journal.Boot() + 1},
		func(r machine.Result, _ []machine.ShardRow) { done <- r })
	if r := <-done; r.Status != machine.OK {
		return cc.Errorf(cc.CodeUnavailable, "%v", r.Reason)
	}
	return nil
}

// Intrude writes a record into an agent's stream behind its actor's back.
func (n *Node) Intrude(agent string, e any) error {
	return n.intrude(shardOfCompany(n.company), AgentStream(agent), e)
}

// IntrudeCall does so with a call's.
func (n *Node) IntrudeCall(call string, e any) error {
	return n.intrude(shardOfCall(call), callStream(call), e)
}

// OpenLegs is how many legs of a call have a media port.
func (n *Node) OpenLegs(call string) int { return len(n.media.legsOf(call)) }

func (n *Node) intrude(shard machine.ShardID, stream string, e any) error {
	v := n.reader()
	version := v.StreamVersion(stream)
	v.Close()
	r := cc.Record{NowMs: n.journal.NowMs(), Events: []*cc.Event{cc.NewEvent(e)}}
	data, err := r.MarshalVT()
	if err != nil {
		return err
	}
	done := make(chan machine.Result, 1)
	n.journal.Append(&machine.Append{
		Shard: shard, Epoch: n.epochs[shard], Stream: stream, Expect: version, Records: [][]byte{data},
	}, func(r machine.Result) { done <- r })
	if r := <-done; r.Status != machine.OK {
		return cc.Errorf(cc.CodeUnavailable, "%v", r.Reason)
	}
	return nil
}

// BreakMatcher makes the matcher panic and waits for its successor.
func (n *Node) BreakMatcher(ctx context.Context) error {
	was := n.matcher.Load()
	for ; was == nil; was = n.matcher.Load() { // its goroutine has only just begun
		runtime.Gosched()
	}
	was.force(matcherAsk{ask: func(*queues.Matcher, int64) { panic("planted") }, done: make(chan struct{})})
	for n.matcher.Load() == was {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// MatcherDepth is how many inputs wait at the matcher.
func (n *Node) MatcherDepth() int32 { return n.matcher.Load().depth.Load() }

// SetFinishAgain sets the pause before a recording that could not be finished is tried again.
func (n *Node) SetFinishAgain(d time.Duration) { n.media.again = d }

// LatePhoneNews delivers a change of a registration after the one that followed it: the phone is said to be gone.
func (n *Node) LatePhoneNews(user string) {
	n.registered(registrar.Change{Kind: registrar.ChangeUnreachable, Binding: registrar.Binding{AOR: user}})
}

// WaitingCall is any call that waits.
func (n *Node) WaitingCall() string {
	for _, w := range n.waitingCalls() {
		return w.Call
	}
	return ""
}

// Sees says whether a call of this caller would find an earlier one of theirs.
func (n *Node) Sees(caller string) bool {
	c := n.Directory().Center
	for _, f := range n.found(c.Workflows[0].Id, 0, c.Numbers[0].Tenant, caller) {
		if f.Redial != "" {
			return true
		}
	}
	return false
}
