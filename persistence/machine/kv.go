package machine

// Reader reads an ordered map of byte strings. Slices handed out are valid until the next call and not to be changed.
type Reader interface {
	Get(key []byte) (value []byte, ok bool, err error)
	// Scan calls fn for each key in [start, end) in order until fn returns false.
	Scan(start, end []byte, fn func(key, value []byte) bool) error
}

// KV is what the machine writes to. A write needs to be readable only after the next Machine.Evict: the machine
// remembers what it wrote since. Keys and values are copied by the KV before it returns.
type KV interface {
	Reader
	Set(key, value []byte) error
	Delete(key []byte) error
	DeleteRange(start, end []byte) error // [start, end)
}
