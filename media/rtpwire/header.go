package rtpwire

import "encoding/binary"

// HeaderBytes is the length of an RTP header without CSRC list and extension.
const HeaderBytes = 12

// Header is what the engine wants to know of an RTP packet. The payload is b[Off:End] of the packet it was read from.
//
//	 0                   1                   2                   3
//	|V=2|P|X|  CC   |M|     PT      |       sequence number         |
//	|                           timestamp                           |
//	|                             SSRC                              |
type Header struct {
	Seq         uint16
	PayloadType uint8
	Marker      bool
	TS          uint32
	SSRC        uint32
	Off, End    int
}

// Read reads the header of packet b; false if b is not a whole RTP packet of version 2 (RFC 3550 A.1).
func Read(b []byte, h *Header) bool {
	if len(b) < HeaderBytes || b[0]&0xC0 != 0x80 {
		return false
	}
	off, end := HeaderBytes+4*int(b[0]&0x0F), len(b)
	if b[0]&0x10 != 0 {
		if off+4 > end {
			return false
		}
		off += 4 + 4*int(binary.BigEndian.Uint16(b[off+2:]))
	}
	if off > end {
		return false
	}
	if b[0]&0x20 != 0 {
		pad := int(b[end-1])
		if pad == 0 || pad > end-off {
			return false
		}
		end -= pad
	}
	h.PayloadType, h.Marker = b[1]&0x7F, b[1]&0x80 != 0
	h.Seq = binary.BigEndian.Uint16(b[2:])
	h.TS = binary.BigEndian.Uint32(b[4:])
	h.SSRC = binary.BigEndian.Uint32(b[8:])
	h.Off, h.End = off, end
	return true
}

// Write writes a header without CSRC, extension and padding to b[:HeaderBytes].
func Write(b []byte, marker bool, pt uint8, seq uint16, ts, ssrc uint32) {
	_ = b[HeaderBytes-1]
	if marker {
		pt |= 0x80
	}
	b[0], b[1] = 0x80, pt
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], ssrc)
}
