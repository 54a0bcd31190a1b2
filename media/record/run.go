package record

// A run is a stretch of one SSRC with a steady timestamp. Its packets are placed by timestamp; the anchor ties the
// timestamps to cluster time. It follows the least transit time seen around a packet (transit: cluster time of receipt
// minus timestamp, in samples), so that jitter does not move sound and a drifting clock of the far end does not
// carry it away.
type run struct {
	ssrc    uint32
	ts      int64 // unwrapped timestamp of the newest packet
	anchor  int64 // position in the file = unwrapped timestamp + anchor
	placed  bool
	minimum []transit // ascending in time and value: the front is the least of the window

	seq      int64 // unwrapped sequence number of the newest packet
	first    int64 // where counting of losses began
	received int64
	counting bool
	seen     [seenWords]uint64 // which of the last sequence numbers came
}

type transit struct{ at, value int64 }

const (
	seenWords = 16
	seenBits  = seenWords * 64
	// jumpSamples: a packet whose timestamp is further than this from where cluster time expects it begins a new run.
	jumpSamples = 2 * 8000
	// drift by more than driftSamples moves the anchor.
	driftSamples = 80
	// windowBack is how long before a packet transit times still count for its anchor.
	windowBack = 4 * 8000
)

// extend unwraps the low 32 bits of a timestamp near the newest one.
func (r *run) extend(ts uint32) int64 { return r.ts + int64(int32(ts-uint32(r.ts))) }

// observe notes the transit time of a packet that came at sample `at` of the file.
func (r *run) observe(at, ts int64) {
	v := at - ts
	for n := len(r.minimum); n > 0 && r.minimum[n-1].value >= v; n-- {
		r.minimum = r.minimum[:n-1]
	}
	r.minimum = append(r.minimum, transit{at, v})
	r.ts = max(r.ts, ts)
}

// position gives the place of a packet that came at sample `at`; packets up to the look-ahead are observed by then.
func (r *run) position(at, ts int64) int64 {
	drop := 0
	for drop < len(r.minimum)-1 && r.minimum[drop].at < at-windowBack {
		drop++
	}
	if drop > 0 {
		r.minimum = append(r.minimum[:0], r.minimum[drop:]...)
	}
	least := r.minimum[0].value
	if d := least - r.anchor; !r.placed || d > driftSamples || d < -driftSamples {
		r.anchor, r.placed = least, true
	}
	return ts + r.anchor
}

// count takes a sequence number; false if this packet was there already.
func (r *run) count(seq uint16) bool {
	if !r.counting {
		r.counting, r.seq, r.first, r.received = true, int64(seq), int64(seq), 0
		r.seen = [seenWords]uint64{}
	}
	s := r.seq + int64(int16(seq-uint16(r.seq)))
	if s > r.seq {
		for k := max(r.seq+1, s-seenBits+1); k <= s; k++ {
			r.mark(k, false)
		}
		r.seq = s
	} else if s <= r.seq-seenBits || (r.received > 0 && r.marked(s)) {
		return false
	}
	r.mark(s, true)
	r.first = min(r.first, s)
	r.received++
	return true
}

// maxDropout is the jump of sequence numbers still taken for loss (RFC 3550 A.1).
const maxDropout = 3000

// strayed says that a sequence number is too far off to be counted on from the newest.
func (r *run) strayed(seq uint16) bool {
	d := int16(seq - uint16(r.seq))
	return r.counting && (d > maxDropout || d < -maxDropout)
}

// lost is the number of packets missing since counting began.
func (r *run) lost() uint64 {
	if !r.counting {
		return 0
	}
	return uint64(max(0, r.seq-r.first+1-r.received))
}

func (r *run) mark(s int64, v bool) {
	k := uint64(s) % seenBits
	if v {
		r.seen[k/64] |= 1 << (k % 64)
	} else {
		r.seen[k/64] &^= 1 << (k % 64)
	}
}

func (r *run) marked(s int64) bool {
	k := uint64(s) % seenBits
	return r.seen[k/64]>>(k%64)&1 == 1
}
