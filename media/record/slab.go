package record

import (
	"fmt"

	"golang.org/x/sys/unix"
)

const (
	// SlabBytes is the room of a slab.
	SlabBytes = 1 << 20
	// blockBytes is what writes are padded to and aligned on, for O_DIRECT.
	blockBytes = 4096
)

// Slab is a page-aligned piece of memory that one worker fills with slots and then seals. Until it is sealed it belongs
// to that worker; afterwards to the recorder, until Get gives it out again.
type Slab struct {
	buf     []byte
	pos     int
	FirstMs int64 // cluster time of the first slot; 0: none yet
	log     uint64
}

func newSlab() (*Slab, error) {
	buf, err := unix.Mmap(-1, 0, SlabBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("mapping a slab: %w", err)
	}
	return &Slab{buf: buf}, nil
}

// Room says whether one more slot of any length fits.
func (s *Slab) Room() bool { return s.pos+SlotHeader+MaxPacket+8 <= len(s.buf) }

// Empty says that the slab has no slot.
func (s *Slab) Empty() bool { return s.pos == 0 }

// Next is where the next slot's packet is to be put; Room must hold. Without a Commit it is simply used again.
func (s *Slab) Next() []byte {
	from := s.pos + SlotHeader
	return s.buf[from : from+MaxPacket : from+MaxPacket]
}

// Commit makes a slot of the first n bytes at Next.
func (s *Slab) Commit(n int, stream uint64, atMs int64, ordinal uint32, kind Kind) {
	putSlot(s.buf[s.pos:], n, stream, atMs, ordinal, kind)
	s.pos += slotBytes(n)
	if s.FirstMs == 0 {
		s.FirstMs = max(atMs, 1)
	}
}

// pad fills the last block with zeros and gives what is to be written.
func (s *Slab) pad() []byte {
	end := (s.pos + blockBytes - 1) &^ (blockBytes - 1)
	clear(s.buf[s.pos:end])
	return s.buf[:end]
}

func (s *Slab) reset() { s.pos, s.FirstMs, s.log = 0, 0, 0 }

// each calls f for every slot with its raw bytes.
func (s *Slab) each(f func(slot *Slot, raw []byte)) {
	var slot Slot
	for at := 0; at < s.pos; {
		n := viewSlot(s.buf[at:], &slot)
		f(&slot, s.buf[at:at+n])
		at += n
	}
}

// slabs hands out a bounded number of slabs; memory is mapped when first needed.
type slabs struct {
	free chan *Slab
	more chan struct{} // a token for each slab that may still be made
}

func newSlabs(n int) *slabs {
	p := &slabs{free: make(chan *Slab, n), more: make(chan struct{}, n)}
	for range n {
		p.more <- struct{}{}
	}
	return p
}

// get never blocks; nil when all are in use.
func (p *slabs) get() *Slab {
	select {
	case s := <-p.free:
		return s
	default:
	}
	select {
	case <-p.more:
	default:
		return nil
	}
	s, err := newSlab()
	if err != nil {
		p.more <- struct{}{}
		return nil
	}
	return s
}

func (p *slabs) put(s *Slab) {
	s.reset()
	p.free <- s
}

// unmap gives the memory of all free slabs back.
func (p *slabs) unmap() {
	for {
		select {
		case s := <-p.free:
			_ = unix.Munmap(s.buf)
		default:
			return
		}
	}
}
