package machine

import (
	"bytes"
	"testing"
)

func seeds() [][]byte {
	h := Header{Node: 1, Boot: 2, Number: 3, TimeNs: 4e9}
	full := AddAppend(BeginAppends(nil, h), &Append{
		Shard: 1, Epoch: 1, Stream: "s", Incarnation: 5, Seq: 6,
		Records: [][]byte{[]byte("r1"), nil}, Snapshot: []byte("state"), Compact: true,
		Index:    []IndexOp{{Key: []byte("k"), Value: []byte("v")}, {Key: []byte("d"), Delete: true}},
		Requires: []Require{{"t", 0, 0}},
	})
	return [][]byte{
		full,
		AddAppend(full, &Append{Shard: 300, Epoch: 9}),
		EncodeShards(nil, h, ShardCommand{Op: ClaimHash, Node: 1, Incarnation: 1}),
		EncodeShards(nil, h, ShardCommand{Op: CreateHome, Node: 1, Incarnation: 1}),
		{entryVersion + 1}, {},
	}
}

// FuzzApply: no entry makes the machine panic; one it accepts leaves a state that can be read and that a replay
// gives again.
func FuzzApply(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	claim := EncodeShards(nil, Header{}, ShardCommand{Op: ClaimHash, Node: 1, Incarnation: 1})
	f.Fuzz(func(t *testing.T, entry []byte) {
		var hashes [2]uint64
		for i := range hashes {
			mem := NewMem()
			m, err := Load(mem)
			if err != nil {
				t.Fatal(err)
			}
			var out Applied
			if err := m.Apply(mem, 1, claim, &out); err != nil {
				t.Fatal(err)
			}
			if err := m.Apply(mem, 2, entry, &out); err != nil {
				return
			}
			if _, err := Load(mem); err != nil {
				t.Fatalf("cannot load what was written: %v", err)
			}
			if err := Feed(mem, 1, ^uint64(0), func(Change) bool { return true }); err != nil {
				t.Fatalf("cannot read the feed written: %v", err)
			}
			if hashes[i], err = Hash(mem); err != nil {
				t.Fatal(err)
			}
		}
		if hashes[0] != hashes[1] {
			t.Fatal("two runs, two states")
		}
	})
}

// FuzzRows: no stored value makes a reader panic.
func FuzzRows(f *testing.F) {
	st := State{Raft: 1, Index: 2, TimeNs: 3, FeedFloor: 1}
	me := meta{version: 1, first: 1, index: 7}
	f.Add(st.encode(nil))
	f.Add(me.encode(nil))
	f.Add((&Record{Index: 1, TimeMs: 2, seq: 3, incarnation: 4, Data: []byte("x")}).encode(nil))
	f.Add(appendShardRow([]byte{rowVersion}, ShardRow{Node: 1}))
	f.Add(appendChange([]byte{rowVersion, 1}, &Change{Stream: "s", Records: [][]byte{nil}}))
	f.Fuzz(func(t *testing.T, v []byte) {
		if s, err := decodeState(v); err == nil {
			if again, err := decodeState(s.encode(nil)); err != nil || again != s {
				t.Fatalf("state %+v, again %+v: %v", s, again, err)
			}
		}
		var m meta
		if err := m.decode(v); err == nil {
			var again meta
			if err := again.decode(m.encode(nil)); err != nil || again != m {
				t.Fatalf("meta %+v, again %+v: %v", m, again, err)
			}
		}
		if r, err := decodeRecord(1, v); err == nil {
			again, err := decodeRecord(1, r.encode(nil))
			if err != nil || !bytes.Equal(again.Data, r.Data) || again.Index != r.Index || again.seq != r.seq {
				t.Fatalf("record %+v, again %+v: %v", r, again, err)
			}
		}
		_, _ = decodeShardRow(1, v)
		mem := NewMem()
		_ = mem.Set(keyFeed(nil, 1), v)
		_ = mem.Set(keySnapshot(nil, "s"), v)
		_ = mem.Set(keyState(nil), (&State{Index: 10}).encode(nil))
		_ = Feed(mem, 1, 10, func(Change) bool { return true })
		_, _, _, _ = Snapshot(mem, "s")
	})
}
