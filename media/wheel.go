package media

import (
	"slices"

	"github.com/wirechief/wirechief/media/audio"
)

const (
	pageMs     = 20
	wheelSlots = 10 // the legs of a worker send at ten different moments of each 20 ms
	slotMs     = pageMs / wheelSlots
)

// playing is what a leg plays.
type playing struct {
	clip  *audio.Clip // nil: nothing
	loop  bool
	page  int
	begun bool
	slot  int // of the wheel
	place int // in the slot
}

// wheel sends a page to each playing leg every 20 ms.
type wheel struct {
	slots [wheelSlots][]*leg
	count int
	at    int64 // ms, monotonic: next slot is due; a multiple of slotMs
}

func (w *wheel) index(at int64) int { return int(at / slotMs % wheelSlots) }

// add puts a leg into the emptiest slot.
func (w *wheel) add(l *leg, now int64) {
	if w.count == 0 {
		w.at = now - now%slotMs + slotMs
	}
	best := w.index(w.at)
	for k := range wheelSlots {
		if s := (w.index(w.at) + k) % wheelSlots; len(w.slots[s]) < len(w.slots[best]) {
			best = s
		}
	}
	l.play.slot, l.play.place = best, len(w.slots[best])
	w.slots[best] = append(w.slots[best], l)
	w.count++
}

func (w *wheel) remove(l *leg) {
	s := w.slots[l.play.slot]
	last := s[len(s)-1]
	s[l.play.place], last.play.place = last, l.play.place
	s[len(s)-1] = nil
	w.slots[l.play.slot] = s[:len(s)-1]
	w.count--
}

// next gives when the next slot with legs is due.
func (w *wheel) next() (int64, bool) {
	if w.count == 0 {
		return 0, false
	}
	for k := range int64(wheelSlots) {
		if t := w.at + k*slotMs; len(w.slots[w.index(t)]) > 0 {
			return t, true
		}
	}
	return 0, false
}

// due sends what is due. send may remove the leg it is called with.
func (w *wheel) due(now int64, send func(*leg)) {
	if now-w.at > idleStall {
		w.at = now - now%slotMs
	}
	for ; w.at <= now; w.at += slotMs {
		s := w.index(w.at)
		for _, v := range slices.Backward(w.slots[s]) {
			send(v)
		}
	}
}
