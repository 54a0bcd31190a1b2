package desk

// Bounds of what is kept for clients that come back.
const (
	ringFrames  = 32_768
	ringBytes   = 32 << 20
	maxReplayed = 256 // more missed frames than this are a snapshot instead
)

// ring keeps the newest frames with their audiences.
type ring struct {
	items []*delivery // oldest first, from head on
	head  int
	bytes int
	floor uint64 // every frame of a later seq is here
}

func (r *ring) reset(floor uint64) { *r = ring{floor: floor} }

func (r *ring) add(ds []*delivery) {
	for _, d := range ds {
		r.items = append(r.items, d)
		r.bytes += d.size()
	}
	for len(r.items)-r.head > ringFrames || r.bytes > ringBytes {
		d := r.items[r.head]
		r.bytes -= d.counted
		r.floor = d.seq
		r.items[r.head] = nil
		r.head++
	}
	if r.head > ringFrames {
		r.items = append([]*delivery(nil), r.items[r.head:]...)
		r.head = 0
	}
}

// after gives what a viewer missed since seq, and whether that is all of it. The last seq is repeated when it brought
// this viewer more than one frame: which of them arrived is not known.
func (r *ring) after(v *Viewer, from uint64) (missed []*delivery, ok bool) {
	if from < r.floor {
		return nil, false
	}
	items := r.items[r.head:]
	same := 0
	for i := searchSeq(items, from); i < len(items); i++ {
		if !Receives(v, &items[i].to) {
			continue
		}
		if items[i].seq == from {
			same++
		}
		if len(missed) > maxReplayed {
			return nil, false
		}
		missed = append(missed, items[i])
	}
	if same == 1 {
		missed = missed[1:]
	}
	return missed, true
}

// searchSeq is the place of the first item with this seq or a later one.
func searchSeq(items []*delivery, seq uint64) int {
	lo, hi := 0, len(items)
	for lo < hi {
		mid := (lo + hi) / 2
		if items[mid].seq < seq {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
