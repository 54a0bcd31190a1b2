package record

import (
	"encoding/binary"
	"hash/crc32"
)

// Kind of a slot.
type Kind uint8

// Kinds of slots. All but Packet and Event carry JSON or nothing.
const (
	KindPacket Kind = 1 + iota // one RTP packet as received
	KindEvent                  // header of a telephone-event packet: its payload is never kept
	KindOpen                   // start of a recording's segment; payload is an Opening
	KindPause
	KindResume
	KindStop
)

// SlotHeader is the length of a slot's header. All numbers are little-endian:
//
//	 0 length of what follows the header
//	 4 CRC32C of bytes 8 to the end of what follows
//	 8 stream: recording number * 2 + channel (0 caller, 1 agent)
//	16 cluster time, ms
//	24 ordinal: counts the slots of a recording's segment, those given up included
//	28 kind
const SlotHeader = 32

// MaxPacket bounds the bytes of a slot behind its header.
const MaxPacket = 2048

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Slot is one slot read.
type Slot struct {
	Stream  uint64
	AtMs    int64
	Ordinal uint32
	Kind    Kind
	Data    []byte // points into what was read
}

// slotBytes is the room a slot with n bytes takes.
func slotBytes(n int) int { return (SlotHeader + n + 7) &^ 7 }

// putSlot writes the header before n bytes that lie at b[SlotHeader:] already.
func putSlot(b []byte, n int, stream uint64, atMs int64, ordinal uint32, kind Kind) {
	le := binary.LittleEndian
	le.PutUint32(b[0:], uint32(n))
	le.PutUint64(b[8:], stream)
	le.PutUint64(b[16:], uint64(atMs))
	le.PutUint32(b[24:], ordinal)
	le.PutUint32(b[28:], uint32(kind))
	le.PutUint32(b[4:], crc32.Checksum(b[8:SlotHeader+n], castagnoli))
}

// readSlot reads the slot at the start of b and gives the room it takes; 0 if there is no whole, sound slot.
func readSlot(b []byte, s *Slot) int {
	if len(b) < SlotHeader {
		return 0
	}
	le := binary.LittleEndian
	n := int(le.Uint32(b))
	if n > MaxPacket || slotBytes(n) > len(b) || le.Uint32(b[28:]) == 0 {
		return 0
	}
	if crc32.Checksum(b[8:SlotHeader+n], castagnoli) != le.Uint32(b[4:]) {
		return 0
	}
	viewSlot(b, s)
	return slotBytes(n)
}

// viewSlot reads a slot known to be sound.
func viewSlot(b []byte, s *Slot) int {
	le := binary.LittleEndian
	n := int(le.Uint32(b))
	s.Stream, s.AtMs = le.Uint64(b[8:]), int64(le.Uint64(b[16:]))
	s.Ordinal, s.Kind = le.Uint32(b[24:]), Kind(b[28])
	s.Data = b[SlotHeader : SlotHeader+n]
	return slotBytes(n)
}
