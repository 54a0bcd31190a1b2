package media

// samplesPerMs of the 8 kHz clock of G.711 and telephone-event.
const samplesPerMs = 8

// outStream is what a leg hears as one unbroken RTP stream: one SSRC, sequence numbers and timestamps that go on,
// whatever it is made of (a peer, another peer, music).
type outStream struct {
	ssrc   uint32
	seq    uint16 // newest sent
	ts     uint32 // newest sent
	at     int64  // ms, monotonic, when
	begun  bool
	from   *leg // peer the offsets are for; nil: none, or a clip
	inSSRC uint32
	base   uint16 // first sequence number taken from it
	young  uint8  // packets until reordering across base is over
	seqOff uint16
	tsOff  uint32
}

// reorderWindow is how many packets after a switch may still be late ones from before it.
const reorderWindow = 100

// cut makes the next packet begin a new talk: marker, new offsets.
func (o *outStream) cut() { o.from = nil }

// gap is where the timestamp goes on after a switch: by the time that passed, at least one packet.
func (o *outStream) gap(now int64) uint32 {
	return o.ts + uint32(max(20, min(now-o.at, 1<<28))*samplesPerMs)
}

// relay gives sequence number and timestamp for a packet of a peer; false: it belongs before the switch, drop it.
func (o *outStream) relay(from *leg, ssrc uint32, seq uint16, ts uint32, now int64) (outSeq uint16, outTS uint32,
	marker, ok bool) {
	if o.from != from || o.inSSRC != ssrc {
		next := o.gap(now)
		o.from, o.inSSRC, o.base, o.young = from, ssrc, seq, reorderWindow
		o.seqOff, o.tsOff = o.seq+1-seq, next-ts
		marker = true
	} else if o.young > 0 {
		o.young--
		if int16(seq-o.base) < 0 {
			return 0, 0, false, false
		}
	}
	outSeq, outTS = seq+o.seqOff, ts+o.tsOff
	if int16(outSeq-o.seq) > 0 {
		o.seq = outSeq
	}
	if int32(outTS-o.ts) > 0 {
		o.ts = outTS
	}
	o.at, o.begun = now, true
	return outSeq, outTS, marker, true
}

// page gives sequence number and timestamp for the next page of a clip; first: it begins.
func (o *outStream) page(first bool, now int64) (uint16, uint32) {
	o.from = nil
	o.seq++
	if first {
		o.ts = o.gap(now)
	} else {
		o.ts += 20 * samplesPerMs
	}
	o.at, o.begun = now, true
	return o.seq, o.ts
}
