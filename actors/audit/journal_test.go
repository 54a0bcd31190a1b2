package audit_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wirechief/wirechief/actors/audit"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var layout = audit.Layout{
	CallStream:    func(id string) string { return "call/" + id },
	AgentStream:   func(id string) string { return "agent/" + id },
	SummaryPrefix: "c/", AgentPrefix: "a/", WaitingPrefix: "w/", LivePrefix: "l/",
}

// book writes streams of hand-made events into a real journal, and the index as the events want it.
type book struct {
	t      *testing.T
	j      *persistence.Journal
	epochs map[machine.ShardID]uint64
	index  map[string][]byte // written at the end; tests change it to break it
	raw    map[string][]byte // a record appended to a stream as it is
	seen   map[string]uint64 // versions of the streams
	broken bool              // the events cannot be applied: no index is made from them
}

func newBook(t *testing.T) *book {
	t.Helper()
	j, err := persistence.Open(persistence.Options{Dir: "journal", FS: vfs.NewMem(), NodeID: 1})
	require.NoError(t, err)
	b := &book{
		t: t, j: j, epochs: map[machine.ShardID]uint64{}, index: map[string][]byte{}, raw: map[string][]byte{},
		seen: map[string]uint64{},
	}
	done := make(chan machine.Result, 1)
	j.Shards(machine.ShardCommand{Op: machine.ClaimHash, Node: 1, Incarnation: j.Boot()},
		func(r machine.Result, rows []machine.ShardRow) {
			for _, row := range rows {
				b.epochs[row.Shard] = row.Epoch
			}
			done <- r
		})
	require.Equal(t, machine.OK, (<-done).Status)
	return b
}

func (b *book) append(a *machine.Append) {
	b.t.Helper()
	a.Epoch, a.Expect = b.epochs[0], b.seen[a.Stream]
	done := make(chan machine.Result, 1)
	b.j.Append(a, func(r machine.Result) { done <- r })
	r := <-done
	require.Equal(b.t, machine.OK, r.Status, "%v", r.Reason)
	if a.Stream != "" {
		b.seen[a.Stream] = r.Version
	}
}

// at is one record: its time and what happened.
type at struct {
	ms     int64
	events []any
}

func records(list []at) [][]byte {
	var out [][]byte
	for _, x := range list {
		r := cc.Record{NowMs: x.ms, RulesVersion: cc.RulesVersion}
		for _, e := range x.events {
			r.Events = append(r.Events, cc.NewEvent(e))
		}
		data, _ := r.MarshalVT()
		out = append(out, data)
	}
	return out
}

func (b *book) call(id string, list []at) {
	b.append(&machine.Append{Stream: layout.CallStream(id), Records: records(list)})
	s := &cc.CallState{}
	if b.broken {
		b.index["c/"+id] = []byte{}
		return
	}
	for _, x := range list {
		for _, e := range x.events {
			call.Apply(s, cc.NewEvent(e), x.ms)
		}
	}
	b.index["c/"+id], _ = call.Summary(s).MarshalVT()
	if w := call.Waiting(s); w != nil {
		b.index["w/"+id], _ = w.MarshalVT()
	}
	if s.Phase != cc.CallPhase_ENDED {
		b.index["l/"+id] = []byte{}
	}
}

func (b *book) agent(id string, list []at) {
	b.append(&machine.Append{Stream: layout.AgentStream(id), Records: records(list)})
	if b.broken {
		b.index["a/"+id] = []byte{}
		return
	}
	s := agent.New(id, "acme")
	for _, x := range list {
		for _, e := range x.events {
			agent.Apply(s, cc.NewEvent(e), x.ms)
		}
	}
	b.index["a/"+id], _ = agent.Summary(s).MarshalVT()
}

// audit writes the index and lets the auditor read.
func (b *book) audit(quiet bool) audit.Report {
	a := &machine.Append{}
	for k, v := range b.index {
		a.Index = append(a.Index, machine.IndexOp{Key: []byte(k), Value: v})
	}
	b.append(a)
	for stream, data := range b.raw {
		b.append(&machine.Append{Stream: stream, Records: [][]byte{data}})
	}
	v := b.j.View()
	r := audit.Journal(v, layout, quiet)
	v.Close()
	require.NoError(b.t, b.j.Close())
	return r
}
