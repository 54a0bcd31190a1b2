package machine

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// model is what the machine should hold, written the plain way.
type model struct {
	index   uint64
	epoch   map[ShardID]uint64
	records map[string][]string // all ever appended
	ids     map[string][2]uint64
	writers map[string][]uint64 // of each record; 0: without an id
	results map[string]Result
	index2  map[string]string
	snaps   map[string]string
	floor   map[string]int // records compacted away
	snapAt  map[string]int
}

func newModel() *model {
	return &model{
		epoch: map[ShardID]uint64{}, records: map[string][]string{}, ids: map[string][2]uint64{},
		results: map[string]Result{}, index2: map[string]string{}, snaps: map[string]string{},
		floor: map[string]int{}, snapAt: map[string]int{}, writers: map[string][]uint64{},
	}
}

func (m *model) apply(a *Append, timeMs int64) Result {
	if id := m.ids[a.Stream]; a.Stream != "" && a.Seq != 0 && id[0] == a.Incarnation && a.Seq <= id[1] {
		res := m.results[a.Stream]
		if a.Seq < id[1] {
			res.Version = a.Expect + uint64(len(a.Records))
		}
		return res
	}
	epoch, ok := m.epoch[a.Shard]
	switch {
	case !ok:
		return Result{Status: Refused, Reason: UnknownShard}
	case epoch != a.Epoch:
		return Result{Status: Refused, Reason: StaleEpoch}
	case a.Stream != "" && uint64(len(m.records[a.Stream])) != a.Expect:
		return Result{Status: Refused, Reason: VersionConflict}
	case a.Seq > 1 && m.ids[a.Stream] != [2]uint64{a.Incarnation, a.Seq - 1}:
		return Result{Status: Refused, Reason: VersionConflict}
	}
	for _, r := range a.Requires {
		if !m.has(r) {
			return Result{Status: Refused, Reason: RequireFailed}
		}
	}
	m.index++
	res := Result{Status: OK, Index: m.index, TimeMs: timeMs}
	for _, op := range a.Index {
		if op.Delete {
			delete(m.index2, string(op.Key))
		} else {
			m.index2[string(op.Key)] = string(op.Value)
		}
	}
	if a.Stream == "" {
		return res
	}
	for _, r := range a.Records {
		m.records[a.Stream] = append(m.records[a.Stream], string(r))
		writer := a.Incarnation
		if a.Seq == 0 {
			writer = 0
		}
		m.writers[a.Stream] = append(m.writers[a.Stream], writer)
	}
	res.Version = uint64(len(m.records[a.Stream]))
	if a.Snapshot != nil {
		m.snaps[a.Stream], m.snapAt[a.Stream] = string(a.Snapshot), len(m.records[a.Stream])
	}
	if a.Compact {
		m.floor[a.Stream] = m.snapAt[a.Stream]
	}
	m.results[a.Stream] = res
	if a.Seq != 0 {
		m.ids[a.Stream] = [2]uint64{a.Incarnation, a.Seq}
	}
	return res
}

// has says whether a requirement holds: of a stream's writers the last three turns are known.
func (m *model) has(r Require) bool {
	w := m.writers[r.Stream]
	switch {
	case uint64(len(w)) < r.Version:
		return false
	case r.Incarnation == 0:
		return true
	case r.Version == 0 || w[r.Version-1] != r.Incarnation:
		return false
	}
	turns := 1
	for i := int(r.Version); i < len(w); i++ {
		if w[i] != w[i-1] {
			turns++
		}
	}
	return turns <= 3
}

// drawAppend draws an append that is often right, sometimes wrong and sometimes repeated.
func drawAppend(t *rapid.T, m *model) *Append {
	streams := []string{"", "a", "ab", "b", "b\x01", "\xff"}
	a := &Append{
		Shard:  ShardID(rapid.IntRange(0, 3).Draw(t, "shard")) * 100,
		Stream: rapid.SampledFrom(streams).Draw(t, "stream"),
	}
	a.Epoch = m.epoch[a.Shard]
	if rapid.IntRange(0, 9).Draw(t, "stale") == 0 {
		a.Epoch++
	}
	a.Expect = uint64(len(m.records[a.Stream]))
	if rapid.IntRange(0, 5).Draw(t, "late") == 0 && a.Expect > 0 {
		a.Expect--
	}
	for range rapid.IntRange(0, 2).Draw(t, "ops") {
		a.Index = append(a.Index, IndexOp{
			Key:    []byte(rapid.StringN(1, 2, -1).Draw(t, "key")),
			Value:  []byte(rapid.StringN(0, 4, -1).Draw(t, "value")),
			Delete: rapid.Bool().Draw(t, "delete"),
		})
	}
	if rapid.IntRange(0, 5).Draw(t, "requires") == 0 {
		s := rapid.SampledFrom(streams[1:]).Draw(t, "required")
		v := uint64(len(m.records[s])) + uint64(rapid.IntRange(0, 1).Draw(t, "off"))
		if rapid.IntRange(0, 5).Draw(t, "back") == 0 {
			v -= min(v, 2)
		}
		a.Requires = append(a.Requires, Require{s, v, uint64(rapid.IntRange(0, 2).Draw(t, "by"))})
	}
	if a.Stream == "" {
		return a
	}
	a.Incarnation = uint64(rapid.IntRange(1, 2).Draw(t, "incarnation"))
	if rapid.Bool().Draw(t, "deduplicate") {
		last := m.ids[a.Stream][1]
		a.Seq = max(1, last+uint64(rapid.IntRange(0, 1).Draw(t, "next")))
	}
	for range rapid.IntRange(0, 3).Draw(t, "records") {
		a.Records = append(a.Records, []byte(rapid.StringN(0, 5, -1).Draw(t, "record")))
	}
	if rapid.IntRange(0, 4).Draw(t, "snap") == 0 {
		a.Snapshot = []byte(rapid.StringN(0, 5, -1).Draw(t, "state"))
	}
	a.Compact = rapid.IntRange(0, 4).Draw(t, "compact") == 0
	return a
}

// The machine does what the model does; a restart between any two entries changes nothing; the feed tells every
// effect; a replay of the same entries gives the same hash.
func TestMachineAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mem, ref := NewMem(), newModel()
		m, err := Load(mem)
		if err != nil {
			t.Fatal(err)
		}
		var entries [][]byte
		var fed []string
		apply := func(entry []byte) Applied {
			entries = append(entries, entry)
			var out Applied
			if err := m.Apply(mem, uint64(len(entries)), entry, &out); err != nil {
				t.Fatal(err)
			}
			for _, c := range out.Changes {
				fed = append(fed, feedLine(c))
			}
			return out
		}
		for range rapid.IntRange(1, 25).Draw(t, "entries") {
			h := Header{Node: 1, Boot: 1, TimeNs: rapid.Int64Range(0, 1e10).Draw(t, "time")}
			if rapid.IntRange(0, 7).Draw(t, "kind") == 0 {
				claimAgainstModel(t, ref, apply, h)
				continue
			}
			body := BeginAppends(nil, h)
			var want []Result
			timeMs := max(m.State().TimeNs+1, h.TimeNs) / 1e6
			for range rapid.IntRange(1, 6).Draw(t, "appends") {
				a := drawAppend(t, ref)
				if r := Check(a, Size(a)); r != NoReason {
					t.Fatalf("%+v: %v", a, r)
				}
				before := len(body)
				body = AddAppend(body, a)
				if len(body)-before != Size(a) {
					t.Fatalf("size %d, encoded %d", Size(a), len(body)-before)
				}
				want = append(want, ref.apply(a, timeMs))
			}
			if got := apply(body).Results; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("results %v, want %v", got, want)
			}
			if rapid.IntRange(0, 3).Draw(t, "restart") == 0 {
				if m, err = Load(mem); err != nil {
					t.Fatal(err)
				}
			}
		}
		compareModel(t, mem, ref)
		compareFeed(t, mem, fed)
		compareReplay(t, mem, entries)
	})
}

func claimAgainstModel(t *rapid.T, ref *model, apply func([]byte) Applied, h Header) {
	c := ShardCommand{Op: ClaimHash, Node: uint64(rapid.IntRange(1, 2).Draw(t, "node")), Incarnation: 1}
	out := apply(EncodeShards(nil, h, c))
	if len(out.Changes) == 0 {
		return
	}
	ref.index++
	for s := range ShardID(HashShards) {
		ref.epoch[s]++
	}
}

func compareModel(t *rapid.T, mem *Mem, ref *model) {
	for s, recs := range ref.records {
		i := ref.floor[s]
		err := Records(mem, s, 1, func(r Record) bool {
			if r.Version != uint64(i+1) || string(r.Data) != recs[i] {
				t.Fatalf("%q record %d %q, want %d %q", s, r.Version, r.Data, i+1, recs[i])
			}
			i++
			return true
		})
		if err != nil || i != len(recs) {
			t.Fatalf("%q: %d of %d records: %v", s, i, len(recs), err)
		}
		if v, err := StreamVersion(mem, s); err != nil || v != uint64(len(recs)) {
			t.Fatalf("%q at %d, want %d: %v", s, v, len(recs), err)
		}
		state, at, ok, err := Snapshot(mem, s)
		if want, had := ref.snaps[s]; err != nil || ok != had || string(state) != want || at != uint64(ref.snapAt[s]) {
			t.Fatalf("%q snapshot %q at %d, want %q at %d: %v", s, state, at, want, ref.snapAt[s], err)
		}
	}
	n := 0
	err := Scan(mem, nil, func(k, v []byte) bool {
		n++
		if want, ok := ref.index2[string(k)]; !ok || want != string(v) {
			t.Fatalf("key %q is %q, want %q (%v)", k, v, want, ok)
		}
		return true
	})
	if err != nil || n != len(ref.index2) {
		t.Fatalf("%d index keys, want %d: %v", n, len(ref.index2), err)
	}
}

// feedLine leaves out the records, which a later compaction takes from the feed.
func feedLine(c Change) string {
	c.Records, c.Compacted = nil, false
	return showChange(c)
}

func compareFeed(t *rapid.T, mem *Mem, fed []string) {
	for from := range len(fed) + 1 {
		i := from
		err := Feed(mem, uint64(from+1), ^uint64(0), func(c Change) bool {
			if got := feedLine(c); got != fed[i] {
				t.Fatalf("feed from %d gives %q, want %q", from+1, got, fed[i])
			}
			i++
			return true
		})
		if err != nil || i != len(fed) {
			t.Fatalf("feed from %d ends at %d of %d: %v", from+1, i, len(fed), err)
		}
	}
}

func compareReplay(t *rapid.T, mem *Mem, entries [][]byte) {
	again := NewMem()
	m, err := Load(again)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		var out Applied
		if err := m.Apply(again, uint64(i+1), e, &out); err != nil {
			t.Fatal(err)
		}
	}
	h1, err1 := Hash(mem)
	h2, err2 := Hash(again)
	if err1 != nil || err2 != nil || h1 != h2 {
		t.Fatalf("hash %x after replay, %x before: %v %v", h2, h1, err1, err2)
	}
}
