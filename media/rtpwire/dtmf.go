package rtpwire

import "encoding/binary"

// digits of events 0-15 (RFC 4733 3.2).
const digits = "0123456789*#ABCD"

// lateUnits is how far behind the current press a packet still counts as a late one of the press before: 1 s.
const lateUnits = 8000

// DTMF finds key presses in the telephone-events of one leg. An event's packets share its timestamp; its end is sent
// three times. A press is told once, at the first end packet, or, if all of them are lost, when the next press begins
// or Flush is called.
type DTMF struct {
	ts       uint32
	event    uint8
	duration uint16
	open     bool // a press has begun and is not told
	seen     bool // ts is valid
}

// Feed takes one telephone-event payload. It gives up to one press: digit 0 means none. Durations are in timestamp
// units (8 a millisecond).
func (d *DTMF) Feed(ts uint32, payload []byte) (digit byte, duration uint16) {
	if len(payload) < 4 || payload[0] >= uint8(len(digits)) {
		return 0, 0
	}
	event, end, dur := payload[0], payload[1]&0x80 != 0, binary.BigEndian.Uint16(payload[2:])
	if d.seen && ts == d.ts {
		if !d.open || event != d.event {
			return 0, 0
		}
		d.duration = max(d.duration, dur)
		if !end {
			return 0, 0
		}
		d.open = false
		return digits[d.event], d.duration
	}
	if late := d.ts - ts; d.seen && late < lateUnits {
		return 0, 0 // a late packet of the press before
	}
	digit, duration = d.Flush()
	d.ts, d.event, d.duration, d.open, d.seen = ts, event, dur, true, true
	if end && digit == 0 {
		d.open = false
		return digits[event], dur
	}
	return digit, duration
}

// Flush tells a press whose end never came.
func (d *DTMF) Flush() (digit byte, duration uint16) {
	if !d.open {
		return 0, 0
	}
	d.open = false
	return digits[d.event], d.duration
}

// Open says that a press has begun and has not been told.
func (d *DTMF) Open() bool { return d.open }
