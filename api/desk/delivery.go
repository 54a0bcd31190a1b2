package desk

import "github.com/wirechief/wirechief/api/wire"

// delivery is one frame for whoever its audience is. It is encoded when the first of them is found, and once only.
type delivery struct {
	seq     uint64
	atMs    int64
	to      Audience
	typ     string
	event   func() wire.Event // nil once encoded
	frame   []byte
	counted int // what it counts for in the ring
}

// assumed is the length of a frame that nobody needed yet: that of a call with all its names.
const assumed = 1_024

func (d *delivery) encoded() []byte {
	if d.event != nil {
		d.frame = wire.Encode(d.event(), d.typ, d.seq, wire.At(d.atMs))
		d.event = nil
	}
	return d.frame
}

// size is what the ring counts for it; it stays the same when it is encoded later.
func (d *delivery) size() int {
	if d.counted == 0 {
		d.counted = assumed
		if d.event == nil {
			d.counted = len(d.frame)
		}
	}
	return d.counted
}
