package leg

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Record format. The first byte is version and kind. Then fields, each once, as number, length, value; a field that is
// not there is zero in a full record and unchanged in a delta. An empty value is the field's zero. The fields may be
// packed (pack.go). Field numbers are never used again for something else; a new field, another form of one or another
// dictionary is a new version, and the old ones are read for ever:
//
//	1  never packed; branches are spelled out, Invite and Request hold flags, code and time of retry
//	2  packed if that is shorter; branches by number
const (
	version = 2

	versionBits = 0x3f
	packedBit   = 0x40
	deltaBit    = 0x80
)

// Clone returns an independent copy.
func (s *State) Clone() *State {
	c := *s // slices are replaced, never written into
	return &c
}

// Marshal appends the full record to b. Credentials' secret and timer sequence numbers stay behind.
func (s *State) Marshal(b []byte) []byte {
	var fields [1536]byte
	var room [512]byte
	f := fields[:0]
	for id := fieldFirst; id < fieldEnd; id++ {
		if v := s.appendField(room[:0], id); len(v) > 0 {
			f = appendNumbered(f, id, v)
		}
	}
	return pack(b, version, f)
}

// Unmarshal replaces s by the record.
func (s *State) Unmarshal(data []byte) error {
	var fresh State
	if err := fresh.decode(data, 0, ErrNotRecord); err != nil {
		return fmt.Errorf("reading leg record: %w", err)
	}
	*s = fresh
	return nil
}

// Delta appends what makes old into cur: nothing when they are equal.
func Delta(old, cur *State, b []byte) []byte {
	var fields [1024]byte
	var r1, r2 [512]byte
	f := fields[:0]
	for id := fieldFirst; id < fieldEnd; id++ {
		was, is := old.appendField(r1[:0], id), cur.appendField(r2[:0], id)
		if !bytes.Equal(was, is) {
			f = appendNumbered(f, id, is)
		}
	}
	if len(f) == 0 {
		return b
	}
	return pack(b, version|deltaBit, f)
}

// ApplyDelta makes s what Delta was computed for. On error s is unchanged.
func (s *State) ApplyDelta(d []byte) error {
	next := *s
	if err := next.decode(d, deltaBit, ErrNotDelta); err != nil {
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
	}
	head := data[0]
	v := head & versionBits
	switch {
	case v == 0 || v > version || v == 1 && head&packedBit != 0:
		return fmt.Errorf("%w: %d", ErrVersion, v)
	case head&deltaBit != kind:
		return wrongKind
	}
	fields, err := unpack(head, data[1:])
	if err != nil {
		return err
	}
	r := reader{b: fields, version: v}
	last := 0
	for len(r.b) > 0 {
		id, v := int(r.uint()), r.bytes()
		if r.bad || id <= last || id >= fieldEnd {
			return ErrCorrupt
		}
		last = id
		f := reader{b: v, version: r.version}
		s.setField(id, &f)
		if f.bad || len(f.b) > 0 {
			return fmt.Errorf("%w: field %d", ErrCorrupt, id)
		}
	}
	return nil
}

// reader takes values off a buffer; after a mistake it gives zeros and stays bad.
type reader struct {
	b       []byte
	bad     bool
	version byte
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
