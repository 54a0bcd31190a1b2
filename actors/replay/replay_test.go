package replay_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/replay"
	"github.com/wirechief/wirechief/actors/replay/replaytest"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/sim"
)

// book is a journal of a busy hour with faults, whose agent has a snapshot.
var book = sync.OnceValue(func() machine.Reader {
	var j machine.Reader
	p := sim.NewPlan(11, sim.Size{Agents: 2, Queues: 2, Tenants: 2, Nodes: 2, LoadS: 6000, PerHour: 40, Faults: 6})
	if f := sim.Run(p, sim.Options{Journal: func(r machine.Reader) { j = r }}).Failure; f != nil {
		panic(f)
	}
	return j
})

func copied(t *testing.T, compact bool, edit func(string, uint64, []byte) []byte) *replaytest.Memory {
	t.Helper()
	mem, err := replaytest.NewMemory()
	require.NoError(t, err)
	require.NoError(t, replaytest.Copy(book(), compact, edit, mem.Put))
	return mem
}

func run(t *testing.T, r machine.Reader, o replay.Options) replay.Report {
	t.Helper()
	rep, err := replay.Run(r, o)
	require.NoError(t, err)
	return rep
}

// kinds lists the differences of a report by kind, each once, in the order of their first.
func kinds(rep replay.Report) (out []string) {
	for _, d := range rep.Differences {
		if len(out) == 0 || out[len(out)-1] != d.Kind {
			out = append(out, d.Kind)
		}
	}
	return out
}

// I11: apply and decide come to what is recorded, and to the same states.
func TestI11BothModes(t *testing.T) {
	apply, decide := run(t, book(), replay.Options{}), run(t, book(), replay.Options{Decide: true})
	require.True(t, apply.OK(), apply.Differences)
	require.True(t, decide.OK(), decide.Differences)
	require.Positive(t, apply.Snapshots)
	require.Positive(t, apply.Rows)
	require.Zero(t, apply.Decided)
	require.Greater(t, decide.Decided, 100)
	require.Equal(t, apply.StateHash, decide.StateHash)
	require.Equal(t, apply.MachineHash, decide.MachineHash)
}

// Streams whose older records are gone begin at their snapshot and come to the same states.
func TestCompactedStreams(t *testing.T) {
	whole, cut := run(t, copied(t, false, nil), replay.Options{Decide: true}), run(t, copied(t, true, nil), replay.Options{Decide: true})
	require.True(t, cut.OK(), cut.Differences)
	require.Positive(t, cut.Cut)
	require.Less(t, cut.Records, whole.Records)
	require.Equal(t, whole.StateHash, cut.StateHash)
}

// someCall is the stream of a call that was answered, with the version of the answer.
func someCall(t *testing.T) (stream string, version uint64) {
	t.Helper()
	require.NoError(t, machine.Streams(book(), replay.CallStreams, func(s string) bool {
		require.NoError(t, machine.Records(book(), s, 1, func(rec machine.Record) bool {
			var r cc.Record
			require.NoError(t, r.UnmarshalVT(rec.Data))
			for _, e := range r.Events {
				if e.GetAnswered() != nil {
					stream, version = s, rec.Version
				}
			}
			return version == 0
		}))
		return version == 0
	}))
	require.NotZero(t, version)
	return stream, version
}

func TestDamageIsFound(t *testing.T) {
	stream, version := someCall(t)
	change := func(f func(*cc.Record)) func([]byte) []byte {
		return func(data []byte) []byte {
			var r cc.Record
			require.NoError(t, r.UnmarshalVT(data))
			f(&r)
			data, _ = r.MarshalVT()
			return data
		}
	}
	for name, c := range map[string]struct {
		edit          func([]byte) []byte
		apply, decide []string
		says          string
	}{
		"garbage": {
			edit:  func([]byte) []byte { return []byte("\xff\xff\xff") },
			apply: []string{replay.Unreadable}, decide: []string{replay.Unreadable},
		},
		"record lost": {
			edit:  func([]byte) []byte { return nil },
			apply: []string{replay.Index}, decide: []string{replay.Events, replay.Index},
		},
		"other event": {
			edit: change(func(r *cc.Record) {
				for _, e := range r.Events {
					if a := e.GetAnswered(); a != nil {
						a.Agent += "x"
					}
				}
			}),
			apply: []string{replay.Index}, decide: []string{replay.Events, replay.Index}, says: "answered.agent",
		},
		"other command": {
			edit:   change(func(r *cc.Record) { r.Command, r.Further = cc.NewCommand(&cc.TokenProbe{}), nil }),
			decide: []string{replay.Events}, says: "TokenProbe",
		},
		"event of a later version": {
			edit:  change(func(r *cc.Record) { r.Events = append(r.Events, &cc.Event{Schema: 9}) }),
			apply: []string{replay.Unreadable}, decide: []string{replay.Unreadable},
		},
		"leg delta": {
			edit:  change(func(r *cc.Record) { r.Legs = append(r.Legs, &cc.LegDelta{Leg: "nobody", Data: []byte{1}}) }),
			apply: []string{replay.Unreadable}, decide: []string{replay.Unreadable},
		},
	} {
		t.Run(name, func(t *testing.T) {
			mem := copied(t, false, func(s string, v uint64, data []byte) []byte {
				if s == stream && v == version {
					return c.edit(data)
				}
				return data
			})
			apply, decide := run(t, mem, replay.Options{}), run(t, mem, replay.Options{Decide: true})
			require.Subset(t, kinds(apply), c.apply, apply.Differences)
			require.Equal(t, len(c.apply) == 0, apply.OK())
			require.Subset(t, kinds(decide), c.decide, decide.Differences)
			var lines []string
			for _, d := range decide.Differences {
				require.Equal(t, stream, d.Stream)
				lines = append(lines, d.String())
			}
			require.Contains(t, strings.Join(lines, "\n"), c.says)
		})
	}
}

// A row that is not there, one that is wrong, one too many, a snapshot that says something else.
func TestIndexAndSnapshotsAreCompared(t *testing.T) {
	stream, _ := someCall(t)
	id := strings.TrimPrefix(stream, replay.CallStreams)
	for name, c := range map[string]struct {
		op   machine.IndexOp
		kind string
	}{
		"gone":     {machine.IndexOp{Key: []byte("c/" + id), Delete: true}, replay.Index},
		"wrong":    {machine.IndexOp{Key: []byte("a/agent000"), Value: []byte{8, 1}}, replay.Index},
		"waits":    {machine.IndexOp{Key: []byte("w/" + id), Value: []byte{}}, replay.Index},
		"too many": {machine.IndexOp{Key: []byte("c/nobody"), Value: []byte{}}, replay.Rows},
		"config":   {machine.IndexOp{Key: []byte("cfg/center"), Value: []byte{}}, replay.Index},

		"a place left":      {machine.IndexOp{Key: []byte("lp/" + id), Value: []byte{}}, replay.Index},
		"a draft":           {machine.IndexOp{Key: []byte("bd/" + id), Value: []byte{}}, replay.Index},
		"an owner":          {machine.IndexOp{Key: []byte("bo/nobody/" + id), Value: []byte{}}, replay.Rows},
		"a follow-up":       {machine.IndexOp{Key: []byte("bf/tenant0/2026-01-01/" + id), Value: []byte{}}, replay.Rows},
		"an alarm":          {machine.IndexOp{Key: b2bua.DueKey(1, id), Value: make([]byte, 8)}, replay.Rows},
		"number, gone":      {machine.IndexOp{Key: []byte("nl/+18005550000"), Delete: true}, replay.Index},
		"number, an older":  {machine.IndexOp{Key: []byte("nl/+18005550000"), Value: b2bua.PackTimes(1)}, replay.Index},
		"number, nobody's":  {machine.IndexOp{Key: []byte("nl/+1"), Value: b2bua.PackTimes(1)}, replay.Rows},
		"caller, an older":  {machine.IndexOp{Key: []byte("ca/tenant0/+12120000000"), Value: b2bua.PackTimes(1)}, replay.Index},
		"last agent of one": {machine.IndexOp{Key: []byte("la/tenant0/+12120000000"), Value: []byte{}}, replay.Rows},
	} {
		t.Run(name, func(t *testing.T) {
			mem := copied(t, false, nil)
			require.NoError(t, mem.Put(&machine.Append{Epoch: 1, Index: []machine.IndexOp{c.op}}))
			rep := run(t, mem, replay.Options{})
			require.Equal(t, []string{c.kind}, kinds(rep), rep.Differences)
		})
	}
	mem := copied(t, false, nil)
	state, _ := (&cc.AgentState{Id: "agent000", Misses: 77}).MarshalVT()
	v, err := machine.StreamVersion(mem, "agent/agent000")
	require.NoError(t, err)
	require.NoError(t, mem.Put(&machine.Append{Epoch: 1, Stream: "agent/agent000", Expect: v, Snapshot: state}))
	rep := run(t, mem, replay.Options{})
	require.Equal(t, []string{replay.Snapshot}, kinds(rep), rep.Differences)
}

// Decide mode finds rules that have changed under the same version, in the call and in the agent, and says where.
func TestMutatedRulesAreFound(t *testing.T) {
	rep := run(t, book(), replay.Options{Decide: true,
		DecideCall: func(s *cc.CallState, c *cc.Command, env cc.Env) (cc.Outcome, error) {
			out, err := call.Decide(s, c, env)
			for _, e := range out.Events {
				if a := e.GetAnswered(); a != nil {
					a.OwnerEpoch++
				}
			}
			return out, err
		}})
	require.Equal(t, []string{replay.Events}, kinds(rep))
	require.Equal(t, "answered.owner_epoch", rep.Differences[0].Field)

	rep = run(t, book(), replay.Options{Decide: true,
		DecideAgent: func(s *cc.AgentState, c *cc.Command, env cc.Env) (cc.Outcome, error) {
			if c.GetLeftCall() != nil {
				return cc.Outcome{}, nil
			}
			return agent.Decide(s, c, env)
		}})
	require.Equal(t, []string{replay.Events}, kinds(rep))
	require.Contains(t, rep.Differences[0].String(), "LeftCall: events: recorded WrapUpStarted")
}

// What other rules decided is listed and does not count.
func TestOtherRulesAreListed(t *testing.T) {
	mem := copied(t, false, func(s string, _ uint64, data []byte) []byte {
		if s == replay.ConfigStream {
			return data
		}
		var r cc.Record
		require.NoError(t, r.UnmarshalVT(data))
		r.RulesVersion, r.Further = 1, nil
		if r.Command.GetLeftCall() != nil {
			r.Command = cc.NewCommand(&cc.ExtendWrapUp{})
		}
		data, _ = r.MarshalVT()
		return data
	})
	rep := run(t, mem, replay.Options{Decide: true})
	require.True(t, rep.OK())
	require.Positive(t, rep.OtherRules)
	require.Equal(t, uint32(1), rep.Differences[0].Rules)
}

func TestPartsOfAJournal(t *testing.T) {
	whole := run(t, book(), replay.Options{Decide: true})
	part := run(t, book(), replay.Options{Decide: true, From: 100, To: 200})
	require.True(t, part.OK(), part.Differences)
	require.Positive(t, part.Decided)
	require.LessOrEqual(t, part.Decided, 101)
	require.Less(t, part.Records, whole.Records)
	require.Empty(t, part.MachineHash)

	stream, _ := someCall(t)
	one := run(t, book(), replay.Options{Decide: true, Stream: stream})
	require.True(t, one.OK())
	require.Equal(t, 1, one.Streams)
	_, err := replay.Run(book(), replay.Options{Stream: "call/none"})
	require.ErrorContains(t, err, "there is no stream")
}
