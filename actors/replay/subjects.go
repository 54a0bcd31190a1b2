package replay

import (
	"bytes"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/persistence/machine"
)

// message is a state or index value.
type message interface {
	proto.Message
	MarshalVT() ([]byte, error)
	UnmarshalVT([]byte) error
}

// row compares an index row with what the state gives; nil: there is to be none. into is empty, of the row's type.
func (x *run) row(prefix, key string, want []byte, into message) {
	have, ok, err := machine.Get(x.r, []byte(key))
	if err != nil {
		x.differ(Difference{Kind: Unreadable, Field: key, Replayed: err.Error()})
		return
	}
	if want != nil {
		x.rows[prefix]++
		x.rep.Rows++
	}
	if ok == (want != nil) && bytes.Equal(have, want) {
		return
	}
	d := Difference{Kind: Index, Field: fmt.Sprintf("%q", key), Recorded: present(ok), Replayed: present(want != nil)}
	if !ok || want == nil || into == nil {
		x.differ(d)
		return
	}
	is := into.ProtoReflect().New().Interface().(message)
	if err := into.UnmarshalVT(have); err != nil || is.UnmarshalVT(want) != nil {
		d.Recorded = "a value that cannot be read"
		x.differ(d)
		return
	}
	fields := diff(into, is)
	for _, f := range fields {
		x.differ(Difference{Kind: Index, Field: key + " " + f.path, Recorded: f.was, Replayed: f.is})
	}
	if len(fields) == 0 {
		d.Recorded, d.Replayed = "the row in other bytes", "the same row"
		x.differ(d)
	}
}

func present(there bool) string {
	if there {
		return "a row"
	}
	return ""
}

// agentSubject is one agent.
type agentSubject struct {
	*run
	id string
	s  *cc.AgentState
}

func (a *agentSubject) load(snap []byte, _ uint64) error {
	a.s = agent.New(a.id, a.configs.company)
	if snap == nil {
		return nil
	}
	if err := a.s.UnmarshalVT(snap); err != nil {
		return fmt.Errorf("reading the snapshot: %w", err)
	}
	return nil
}

func (a *agentSubject) apply(r *cc.Record) error {
	for _, e := range r.Events {
		agent.Apply(a.s, e, r.NowMs)
	}
	return nil
}

// decide: every input of an agent is a command, and the record has it.
func (a *agentSubject) decide(r *cc.Record, env cc.Env) []*cc.Event {
	out, err := a.o.DecideAgent(a.s.CloneVT(), r.Command, env)
	if err != nil {
		return nil
	}
	return out.Events
}

func (a *agentSubject) state() message { return a.s }

func (a *agentSubject) end() {
	want, _ := agent.Summary(a.s).MarshalVT()
	a.row(seat.IndexPrefix, seat.IndexPrefix+a.id, want, &cc.AgentSummary{})
}

// callSubject is one call with its legs.
type callSubject struct {
	*run
	id   string
	m    *b2bua.Machine
	left traces
}

func (c *callSubject) load(snap []byte, _ uint64) error {
	c.m, c.left = b2bua.New(b2bua.Node{}), traces{}
	if snap != nil {
		return fmt.Errorf("a call has no snapshots in this version")
	}
	return nil
}

func (c *callSubject) apply(r *cc.Record) error {
	err := c.m.LoadRecord(r)
	c.left.see(c.m.Call)
	return err
}

// Ids that b2bua draws from the seed of a step for a leg before the call goes on drawing: see b2bua's params and dial.
const (
	idsOfArrival = 3
	idsOfDial    = 4
)

// decide asks the call's rules. What legs received is not in the journal, only what they made of it: the command, and
// further ones of the same step.
func (c *callSubject) decide(r *cc.Record, env cc.Env) []*cc.Event {
	if r.Command == nil || fence(r) {
		return nil
	}
	s := c.m.Call.CloneVT()
	draw := func(n int) {
		for range n {
			env.IDs.Number()
		}
	}
	if _, ok := r.Command.Message().(*cc.Arrive); ok {
		draw(idsOfArrival)
	}
	var events []*cc.Event
	for _, cmd := range append([]*cc.Command{r.Command}, r.Further...) {
		out, err := c.o.DecideCall(s, cmd, env)
		if err != nil {
			continue
		}
		events = append(events, out.Events...)
		for _, e := range out.Effects {
			if d, ok := e.(cc.DialAgent); ok && made(r, d.Leg) {
				draw(idsOfDial)
			}
		}
	}
	return events
}

// fence: a record that is there to shut out a predecessor's; the call was not asked. See b2bua.Fence.
func fence(r *cc.Record) bool {
	_, ok := r.Command.Message().(*cc.Recovered)
	return ok && len(r.Events) == 0
}

// made: the step of the record made this leg.
func made(r *cc.Record, leg string) bool {
	for _, l := range r.Legs {
		if l.Leg == leg && l.Full {
			return true
		}
	}
	return false
}

func (c *callSubject) state() message { return c.m.Call }

// configSubject is the center configuration: a record is a whole version.
type configSubject struct {
	*run
	data []byte
}

func (c *configSubject) load(data []byte, version uint64) error {
	if data == nil {
		return nil
	}
	c.data = append(c.data[:0], data...)
	var center cc.Center
	if err := center.UnmarshalVT(data); err != nil {
		return fmt.Errorf("reading a configuration: %w", err)
	}
	if center.Version != version {
		return fmt.Errorf("configuration %d stands as version %d", center.Version, version)
	}
	return nil
}

func (*configSubject) apply(*cc.Record) error                { return nil }
func (*configSubject) decide(*cc.Record, cc.Env) []*cc.Event { return nil }
func (*configSubject) state() message                        { return nil }
func (c *configSubject) end()                                { c.row(configKey, configKey, c.data, &cc.Center{}) }
