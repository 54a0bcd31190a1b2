package machine

import "encoding/binary"

// decoder reads hand-written encodings. After the first fault it gives zeros and bad stays set.
type decoder struct {
	b     []byte
	bad   bool
	entry byte // version of the entry being read
}

func (d *decoder) fail() { d.b, d.bad = nil, true }

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads a number of parts, each of which takes at least one byte.
func (d *decoder) count(limit uint64) int {
	n := d.uvarint()
	if n > limit || n > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(n)
}

// bytes reads a length and that many bytes, without copying.
func (d *decoder) bytes(limit uint64) []byte {
	n := d.uvarint()
	if n > limit || n > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	s := d.b[:n:n]
	d.b = d.b[n:]
	return s
}

// version reads the first byte of every encoding.
func (d *decoder) version(want byte) error {
	switch v := d.byte(); {
	case d.bad || v == 0:
		d.fail()
		return ErrCorrupt
	case v > want:
		d.fail()
		return ErrVersion
	}
	return nil
}

// end checks that all was read and nothing was wrong.
func (d *decoder) end() error {
	if d.bad || len(d.b) != 0 {
		return ErrCorrupt
	}
	return nil
}

func appendBytes[T []byte | string](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// arena hands out slices cut from larger blocks, so that an entry with many small parts costs few allocations. What it
// handed out stays untouched, for as long as somebody holds it.
type arena[T any] struct {
	free  []T
	block int
}

func (a *arena[T]) take(n int) []T {
	if n == 0 {
		return nil
	}
	if n > len(a.free) {
		a.free = make([]T, max(n, a.block))
	}
	s := a.free[:n:n]
	a.free = a.free[n:]
	return s
}
