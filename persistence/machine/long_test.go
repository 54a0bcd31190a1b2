package machine

import (
	"fmt"
	"testing"
)

// longStream appends records one by one, each with an id, forgetting memory every 50.
func longStream(t testing.TB, n int) (*Mem, *Machine, uint64) {
	mem := NewMem()
	m, err := Load(mem)
	if err != nil {
		t.Fatal(err)
	}
	var out Applied
	raft := uint64(1)
	claim := EncodeShards(nil, Header{}, ShardCommand{Op: ClaimHash, Node: 1, Incarnation: 1})
	if err := m.Apply(mem, raft, claim, &out); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		a := Append{
			Epoch: 1, Stream: "call/1", Expect: uint64(i), Incarnation: 7, Seq: uint64(i + 1),
			Records: [][]byte{fmt.Append(nil, i)},
		}
		entry := AddAppend(BeginAppends(nil, Header{}), &a)
		for again := range 2 { // the second is a duplicate
			raft++
			if err := m.Apply(mem, raft, entry, &out); err != nil {
				t.Fatal(err)
			}
			if r := out.Results[0]; r.Status != OK || r.Version != uint64(i+1) || r.Index != uint64(i+2) {
				t.Fatalf("append %d, time %d: %+v", i, again, r)
			}
			if i%50 == 17 && again == 0 {
				if m, err = Load(mem); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return mem, m, raft
}

// What a stream's meta row does not say is found in the records after it, wherever memory was lost.
func TestMetaRowLagsBehindRecords(t *testing.T) {
	mem, _, _ := longStream(t, 3*metaEvery+5)
	if v, err := StreamVersion(mem, "call/1"); err != nil || v != 3*metaEvery+5 {
		t.Errorf("version %d: %v", v, err)
	}
	var row meta
	v, _, _ := mem.Get(keyMeta(nil, "call/1"))
	if err := row.decode(v); err != nil || row.version != 3*metaEvery {
		t.Errorf("row at %d: %v", row.version, err)
	}
}

// A compaction of many records deletes a range.
func TestCompactMany(t *testing.T) {
	const n = pointDeletes + 44
	mem, m, raft := longStream(t, n)
	a := Append{Epoch: 1, Stream: "call/1", Expect: n, Snapshot: []byte("S"), Compact: true}
	b := Append{Epoch: 1, Stream: "call/1", Expect: n, Records: [][]byte{[]byte("next")}}
	entry := AddAppend(AddAppend(BeginAppends(nil, Header{}), &a), &b)
	var out Applied
	if err := m.Apply(mem, raft+1, entry, &out); err != nil {
		t.Fatal(err)
	}
	var left []string
	err := Records(mem, "call/1", 1, func(r Record) bool {
		left = append(left, fmt.Sprintf("%d %s", r.Version, r.Data))
		return true
	})
	if err != nil || fmt.Sprint(left) != fmt.Sprintf("[%d next]", n+1) {
		t.Errorf("left %v: %v", left, err)
	}
}

// The machine remembers a bounded number of streams, and Evict loses nothing.
func TestEvict(t *testing.T) {
	mem := NewMem()
	m, err := Load(mem)
	if err != nil {
		t.Fatal(err)
	}
	var out Applied
	claim := EncodeShards(nil, Header{}, ShardCommand{Op: ClaimHash, Node: 1, Incarnation: 1})
	if err := m.Apply(mem, 1, claim, &out); err != nil {
		t.Fatal(err)
	}
	const streams, per = metaGeneration + 10, 1000
	raft := uint64(1)
	for round := range uint64(3) {
		for i := 0; i < streams; i += per {
			body := BeginAppends(nil, Header{})
			for k := i; k < min(i+per, streams); k++ {
				body = AddAppend(body, &Append{
					Epoch: 1, Stream: fmt.Sprint("s", k), Expect: round, Records: [][]byte{nil},
				})
			}
			raft++
			if err := m.Apply(mem, raft, body, &out); err != nil {
				t.Fatal(err)
			}
			for _, r := range out.Results {
				if r.Status != OK {
					t.Fatalf("round %d from %d: %+v", round, i, r)
				}
			}
			m.Evict()
			if n := len(m.hot) + len(m.cold); n > 2*metaGeneration+per {
				t.Fatalf("%d streams remembered", n)
			}
		}
	}
}

// discard is a KV for benchmarks: it keeps nothing.
type discard struct{ Mem }

func (discard) Set(_, _ []byte) error         { return nil }
func (discard) Delete(_ []byte) error         { return nil }
func (discard) DeleteRange(_, _ []byte) error { return nil }

// BenchmarkApply is the machine's own cost of an append in an entry of 256, each to its own stream.
func BenchmarkApply(b *testing.B) {
	kv := &discard{*NewMem()}
	m, err := Load(kv)
	if err != nil {
		b.Fatal(err)
	}
	var out Applied
	raft := uint64(1)
	claim := EncodeShards(nil, Header{}, ShardCommand{Op: ClaimHash, Node: 1, Incarnation: 1})
	if err := m.Apply(kv, raft, claim, &out); err != nil {
		b.Fatal(err)
	}
	const per = 256
	record := make([]byte, 200)
	b.ReportAllocs()
	version := uint64(0)
	for n := 0; n < b.N; n += per {
		b.StopTimer()
		body := BeginAppends(nil, Header{})
		for k := range per {
			body = AddAppend(body, &Append{
				Epoch: 1, Stream: fmt.Sprintf("call/%08d", k), Expect: version,
				Incarnation: 1, Seq: version + 1, Records: [][]byte{record},
			})
		}
		version++
		raft++
		b.StartTimer()
		if err := m.Apply(kv, raft, body, &out); err != nil {
			b.Fatal(err)
		}
		if out.Results[0].Status != OK {
			b.Fatalf("%+v", out.Results[0])
		}
	}
}
