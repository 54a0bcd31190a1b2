package leg

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Record format. First byte: kind and version. Then fields, each once, as number, length, value; a
// field that is not there is zero in a full record and unchanged in a delta. An empty value is the
// field's zero. Field numbers are never used again for something else; a new field bumps the version.
const (
	kindFull  = 0x01
	kindDelta = 0x81
)

// Clone returns an independent copy.
func (s *State) Clone() *State {
	c := *s // slices are replaced, never written into
	return &c
}

// Marshal appends the full record to b. Credentials' secret and timer sequence numbers stay behind.
func (s *State) Marshal(b []byte) []byte {
	b = append(b, kindFull)
	var room [512]byte
	for id := fieldFirst; id < fieldEnd; id++ {
		if v := s.appendField(room[:0], id); len(v) > 0 {
			b = appendNumbered(b, id, v)
		}
	}
	return b
}

// Unmarshal replaces s by the record.
func (s *State) Unmarshal(data []byte) error {
	var fresh State
	if err := fresh.decode(data, kindFull, ErrNotRecord); err != nil {
		return fmt.Errorf("reading leg record: %w", err)
	}
	*s = fresh
	return nil
}

// Delta appends what makes old into cur. Equal states give a delta of one byte.
func Delta(old, cur *State, b []byte) []byte {
	b = append(b, kindDelta)
	var r1, r2 [512]byte
	for id := fieldFirst; id < fieldEnd; id++ {
		was, is := old.appendField(r1[:0], id), cur.appendField(r2[:0], id)
		if !bytes.Equal(was, is) {
			b = appendNumbered(b, id, is)
		}
	}
	return b
}

// ApplyDelta makes s what Delta was computed for. On error s is unchanged.
func (s *State) ApplyDelta(d []byte) error {
	next := *s
	if err := next.decode(d, kindDelta, ErrNotDelta); err != nil {
		return fmt.Errorf("applying leg delta: %w", err)
	}
	*s = next
	return nil
}

func appendNumbered(b []byte, id int, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(id))
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

func (s *State) decode(data []byte, kind byte, wrongKind error) error {
	switch {
	case len(data) == 0:
		return ErrCorrupt
	case len(data) > MaxStateBytes:
		return ErrTooLarge
	case data[0]&0x7f != kindFull:
		return fmt.Errorf("%w: %d", ErrVersion, data[0]&0x7f)
	case data[0] != kind:
		return wrongKind
	}
	r := reader{b: data[1:]}
	last := 0
	for len(r.b) > 0 {
		id, v := int(r.uint()), r.bytes()
		if r.bad || id <= last || id >= fieldEnd {
			return ErrCorrupt
		}
		last = id
		f := reader{b: v}
		s.setField(id, &f)
		if f.bad || len(f.b) > 0 {
			return fmt.Errorf("%w: field %d", ErrCorrupt, id)
		}
	}
	return nil
}

// reader takes values off a buffer; after a mistake it gives zeros and stays bad.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes() []byte {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) string() string { return string(r.bytes()) }
func (r *reader) bool() bool     { return r.small(1) == 1 }

// small reads a number that must not exceed limit.
func (r *reader) small(limit uint64) uint64 {
	v := r.uint()
	if v > limit {
		r.fail()
		return 0
	}
	return v
}

// blob copies: the state must not keep the journal's buffer alive.
func (r *reader) blob() []byte {
	b := r.bytes()
	if len(b) > MaxSDP {
		r.fail()
		return nil
	}
	return bytes.Clone(b)
}

func (r *reader) list(limit int) []string {
	n := r.small(uint64(limit))
	if n == 0 || r.bad {
		return nil
	}
	out := make([]string, 0, n)
	for range n {
		out = append(out, r.string())
	}
	return out
}

func (r *reader) fail() { r.bad, r.b = true, nil }

func putString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func putBytes(b, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

func putList(b []byte, l []string) []byte {
	if len(l) == 0 {
		return append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(l)))
	for _, s := range l {
		b = putString(b, s)
	}
	return b
}

func putBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}
