package media

import "github.com/wirechief/wirechief/media/record"

// recording is a running recording as its worker sees it.
type recording struct {
	id      string
	w       *worker
	number  uint64
	ordinal uint32
	opened  bool // its opening is in a slab
	paused  bool
	ended   bool
	legs    [2]*leg // caller, agent
}

// mark is a slot that is no packet and must not be lost: it waits when no slab is free.
type mark struct {
	rec  *recording
	kind record.Kind
	atMs int64
	data []byte
}

// records says whether a packet of a recording can be received into the slab now.
func (w *worker) records(rec *recording) bool {
	return !rec.paused && w.room() && w.flushMarks() && rec.opened && w.slab != nil && w.slab.Room()
}

// room makes sure of a slab with room for one more slot; false when all slabs are with the disk.
func (w *worker) room() bool {
	if w.slab != nil && !w.slab.Room() {
		w.sealSlab()
	}
	if w.slab == nil {
		if w.slab = w.e.recorder.Get(); w.slab == nil {
			w.counts.noSlab++
			return false
		}
	}
	return true
}

func (w *worker) commit(n int, stream uint64, atMs int64, ordinal uint32, kind record.Kind) {
	if w.slab.Empty() {
		w.seal = w.now + w.e.cfg.SealAfterMs
	}
	w.slab.Commit(n, stream, atMs, ordinal, kind)
	w.counts.slots++
}

// sealSlab gives the slab to the recorder. An empty one is given too: it only comes back.
func (w *worker) sealSlab() {
	if w.slab != nil {
		w.e.recorder.Seal(w.slab)
		w.slab, w.seal = nil, 0
	}
}

func (w *worker) mark(m mark) {
	w.marks = append(w.marks, m)
	w.flushMarks()
}

// flushMarks puts the marks that wait into the slab; true when none is left.
func (w *worker) flushMarks() bool {
	if len(w.marks) == 0 {
		return true
	}
	for len(w.marks) > 0 {
		if !w.room() {
			return false
		}
		m := w.marks[0]
		m.rec.ordinal++
		n := copy(w.slab.Next(), m.data)
		w.commit(n, m.rec.number*2, m.atMs, m.rec.ordinal, m.kind)
		m.rec.opened = true
		w.marks = w.marks[1:]
	}
	w.marks = nil
	return true
}

func (w *worker) startRecord(rec *recording, opening []byte, callerLeg, agentLeg *leg) {
	for ch, l := range [2]*leg{callerLeg, agentLeg} {
		if l == nil || l.closed {
			continue
		}
		if l.rec != nil {
			l.rec.legs[l.stream&1] = nil // a leg is in one recording; the newer one has it
		}
		l.rec, l.stream = rec, rec.number*2+uint64(ch)
		rec.legs[ch] = l
	}
	w.mark(mark{rec, record.KindOpen, w.clusterMs, opening})
}

func (w *worker) pauseRecord(rec *recording, pause bool) {
	if rec.ended || rec.paused == pause {
		return
	}
	rec.paused = pause
	kind := record.KindResume
	if pause {
		kind = record.KindPause
	}
	w.mark(mark{rec: rec, kind: kind, atMs: w.clusterMs})
}

func (w *worker) stopRecord(rec *recording) {
	rec.ended = true
	for ch, l := range rec.legs {
		if l != nil && l.rec == rec {
			l.rec, l.stream = nil, 0
		}
		rec.legs[ch] = nil
	}
	w.mark(mark{rec: rec, kind: record.KindStop, atMs: w.clusterMs})
	if w.slab != nil && !w.slab.Empty() { // the file should not wait for the clock, but for those that stop with it
		w.seal = min(w.seal, w.now+stopSealMs)
	}
}

// stopSealMs: a slab is sealed this long after a recording's stop. At 900 stops a second about twenty of them are one
// write to the crash log and are made durable together.
const stopSealMs = 20
