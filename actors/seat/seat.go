// Package seat is one agent's machine behind the host's interface: commands go in, a record and what is owed come out.
//
// It is pure, so the actor shell and the simulator drive the same code. It must not know how a record is kept, where
// other actors are, or what the rules of an agent say: those are callcenter/agent's.
package seat

import (
	"bytes"
	"fmt"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/persistence/machine"
)

// SnapshotEvery is how many records of an agent's stream are kept on top of its snapshot.
const SnapshotEvery = 256

// IndexPrefix is where an agent's summary stands in the index: a/<agent>.
const IndexPrefix = "a/"

// Ask is a command to an agent with what the shell hands in.
type Ask struct {
	Cmd   *cc.Command
	Reply any // comes back in b2bua.Replied; nil when nobody waits
	At    b2bua.Moment
	// OnlyNo: whoever asks wants to hear of a refusal only; a yes shows by itself.
	OnlyNo bool
	// Fence: the step leaves a record even if nothing changes. The first of a successor shuts out what a predecessor of
	// the same epoch still has under way: else that could be taken after the successor was loaded, and it would not know.
	Fence bool
	// Requires is what the command rests on: it was handed over ahead of the sender's commit.
	Requires []machine.Require
}

// Machine is one agent; it implements host.Machine.
type Machine struct {
	State    *cc.AgentState
	summary  []byte // as the index holds it
	snapshot uint64 // version of the newest snapshot
	askers   askers
}

var _ host.Machine = (*Machine)(nil)

// New makes the machine of an agent of whom nothing is written.
func New(id, company string) *Machine { return &Machine{State: agent.New(id, company)} }

// LoadSnapshot replaces the state by a snapshot of the stream at a version, before any Load.
func (m *Machine) LoadSnapshot(data []byte, version uint64) error {
	m.snapshot = version
	return m.State.UnmarshalVT(data)
}

// Load applies one record of the stream, in order, before the first Step.
func (m *Machine) Load(data []byte) error {
	var rec cc.Record
	if err := rec.UnmarshalVT(data); err != nil {
		return fmt.Errorf("reading an agent record: %w", err)
	}
	for _, e := range rec.Events {
		agent.Apply(m.State, e, rec.NowMs)
	}
	return nil
}

// Indexed tells the machine what the index holds of it, after a load.
func (m *Machine) Indexed(summary []byte) { m.summary = summary }

// Resume is what the loaded state still owes.
func (m *Machine) Resume(nowMs int64) []cc.Effect { return agent.Resume(m.State, nowMs) }

// Step implements host.Machine.
func (m *Machine) Step(input any) host.Decision {
	in := input.(Ask)
	env := cc.Env{NowMs: in.At.NowMs, Dir: in.At.Dir, IDs: cc.NewIDs(in.At.Seed)}
	out, err := agent.Decide(m.State, in.Cmd, env)
	var d host.Decision
	for _, e := range out.Effects {
		switch e := e.(type) {
		case cc.TellCall:
			d.Early = append(d.Early, e)
		case cc.Await, cc.Settle, cc.Forward:
			in.Reply = m.askers.take(e, in.Reply, &d)
		default:
			d.Release = append(d.Release, e)
		}
	}
	if in.Reply != nil && (err != nil || !in.OnlyNo) {
		d.Release, d.Prompt = append(d.Release, b2bua.Replied{To: in.Reply, Err: err}), true
	}
	if err != nil || len(out.Events) == 0 && !in.Fence {
		return d
	}
	d.Release = append(d.Release, b2bua.Happened{Events: out.Events})
	r := cc.Record{
		NowMs: in.At.NowMs, RulesVersion: cc.RulesVersion, ConfigVersion: in.At.Dir.Center.Version,
		AppliedSeen: in.At.Seen, Command: in.Cmd, Events: out.Events,
	}
	if env.IDs.Used() {
		r.Seed = in.At.Seed
	}
	if d.Record, err = r.MarshalVT(); err != nil {
		panic("seat: an agent record that cannot be encoded: " + err.Error()) //nolint:forbidigo // a mistake of the program itself
	}
	return d
}

// Seal implements host.Machine.
func (m *Machine) Seal(version uint64) host.Sealed {
	var s host.Sealed
	summary, _ := agent.Summary(m.State).MarshalVT()
	if !bytes.Equal(summary, m.summary) {
		m.summary = summary
		s.Index = []machine.IndexOp{{Key: []byte(IndexPrefix + m.State.Id), Value: summary}}
	}
	if version-m.snapshot >= SnapshotEvery {
		m.snapshot = version
		s.Snapshot, _ = m.State.MarshalVT()
	}
	return s
}
