package persistence

import (
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/wirechief/wirechief/persistence/machine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens a journal in memory, with small limits where o has none, and closes it with the test.
func open(t *testing.T, o Options) *Journal {
	t.Helper()
	if o.FS == nil {
		o.FS = vfs.NewMem()
	}
	if o.NodeID == 0 {
		o.NodeID = 1
	}
	if o.MemTableBytes == 0 {
		o.MemTableBytes = 1 << 20
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 1 << 20
	}
	if o.Fatal == nil {
		o.Fatal = func(err error) { t.Errorf("fatal: %v", err) }
	}
	o.Dir = "journal"
	j, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil && j.failure() == nil {
			t.Errorf("closing: %v", err)
		}
	})
	return j
}

// await appends and waits for the outcome.
func await(j *Journal, a *machine.Append) machine.Result {
	got := make(chan machine.Result, 1)
	j.Append(a, func(r machine.Result) { got <- r })
	return <-got
}

// must appends and expects it to take effect.
func must(t *testing.T, j *Journal, a *machine.Append) machine.Result {
	t.Helper()
	r := await(j, a)
	if r.Status != machine.OK {
		t.Fatalf("append to %q: %+v", a.Stream, r)
	}
	return r
}

// rec is an append of one record by incarnation 7, which is deduplicated.
func rec(stream string, version uint64, data string) *machine.Append {
	return &machine.Append{
		Epoch: 1, Stream: stream, Expect: version, Incarnation: 7, Seq: version + 1, Records: [][]byte{[]byte(data)},
	}
}

func recordsOf(v *View, stream string) []string {
	var out []string
	for r := range v.Records(stream, 1) {
		out = append(out, string(r.Data))
	}
	return out
}

// history is every entry applied, over several lives of a journal.
type history struct {
	mu      sync.Mutex
	entries map[uint64][]byte
	faults  []string
}

// hook takes note of an entry. One that was applied before, in this life or an earlier one, must be the same
// again.
func (h *history) hook(index uint64, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.entries == nil {
		h.entries = map[uint64][]byte{}
	}
	if old, ok := h.entries[index]; ok && string(old) != string(data) {
		h.faults = append(h.faults, fmt.Sprintf("entry %d was %d bytes, is %d others", index, len(old), len(data)))
	}
	h.entries[index] = append([]byte{}, data...)
}

// replay applies the history on an empty map and gives its hash.
func (h *history) replay(t *testing.T) uint64 {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.faults {
		t.Error(f)
	}
	mem := machine.NewMem()
	m, err := machine.Load(mem)
	if err != nil {
		t.Fatal(err)
	}
	for i := uint64(bootIndex + 1); i <= uint64(bootIndex+len(h.entries)); i++ {
		data, ok := h.entries[i]
		if !ok {
			t.Fatalf("entry %d was never applied, of %d", i, len(h.entries))
		}
		var out machine.Applied
		if err := m.Apply(mem, i, data, &out); err != nil {
			t.Fatal(err)
		}
	}
	hash, err := machine.Hash(mem)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// forget drops what earlier lives applied beyond the store's last index: the crash lost it, new entries take its place.
func (h *history) forget(last uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.entries {
		if i > last {
			delete(h.entries, i)
		}
	}
}
