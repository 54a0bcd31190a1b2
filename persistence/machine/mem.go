package machine

import (
	"bytes"

	"github.com/google/btree"
)

type memItem struct{ key, value []byte }

// Mem is an ordered map in memory: the simulator's KV. Owned by one goroutine.
type Mem struct{ tree *btree.BTreeG[memItem] }

// NewMem is an empty map.
func NewMem() *Mem {
	return &Mem{btree.NewG(32, func(a, b memItem) bool { return bytes.Compare(a.key, b.key) < 0 })}
}

// Clone is a copy as of now, made in constant time; both may go on changing.
func (m *Mem) Clone() *Mem { return &Mem{m.tree.Clone()} }

// Len is the number of keys.
func (m *Mem) Len() int { return m.tree.Len() }

// Get implements Reader.
func (m *Mem) Get(key []byte) ([]byte, bool, error) {
	it, ok := m.tree.Get(memItem{key: key})
	return it.value, ok, nil
}

// Scan implements Reader.
func (m *Mem) Scan(start, end []byte, fn func(key, value []byte) bool) error {
	m.tree.AscendGreaterOrEqual(memItem{key: start}, func(it memItem) bool {
		if end != nil && bytes.Compare(it.key, end) >= 0 {
			return false
		}
		return fn(it.key, it.value)
	})
	return nil
}

// Set implements KV.
func (m *Mem) Set(key, value []byte) error {
	m.tree.ReplaceOrInsert(memItem{bytes.Clone(key), append([]byte{}, value...)})
	return nil
}

// Delete implements KV.
func (m *Mem) Delete(key []byte) error {
	m.tree.Delete(memItem{key: key})
	return nil
}

// DeleteRange implements KV.
func (m *Mem) DeleteRange(start, end []byte) error {
	var keys []memItem
	_ = m.Scan(start, end, func(k, _ []byte) bool { // Mem's Scan never fails
		keys = append(keys, memItem{key: k})
		return true
	})
	for _, it := range keys {
		m.tree.Delete(it)
	}
	return nil
}
