package media

import "github.com/wirechief/wirechief/media/rtpwire"

const (
	// probationRun packets of one SSRC with consecutive sequence numbers make a source known.
	probationRun = 4
	// silentMs: a locked source that was silent for so long may be replaced after new signalling.
	silentMs = 500
)

// verdict on a packet's source.
type verdict uint8

const (
	stranger verdict = iota
	probation
	accepted
)

// latch decides whose packets a leg takes. It expects the signalled address. Another source is learned only within a
// window after signalling and only by a probation run; then it is locked, and only signalling opens the lock again.
type latch struct {
	expect     source // signalled address; port 0: none
	learnUntil int64  // ms, monotonic

	locked  bool
	learned bool // locked to another source than the signalled one
	reopen  bool // signalled again with the lock kept: a silent source may be replaced
	src     source
	ssrc    uint32
	lastAt  int64 // ms, monotonic: last accepted packet

	onTrial struct {
		src  source
		ssrc uint32
		next uint16
		run  int
	}
}

// signal takes a signalled address. The same one again keeps the lock.
func (l *latch) signal(expect source, now, windowMs int64) {
	l.learnUntil = now + windowMs
	l.onTrial.run = 0
	if l.locked && expect == l.expect {
		l.reopen = true
		return
	}
	l.expect, l.locked, l.learned, l.reopen = expect, false, false, false
}

func (l *latch) check(src source, h *rtpwire.Header, now int64) verdict {
	if l.locked && src == l.src {
		if h.SSRC == l.ssrc {
			l.lastAt = now
			return accepted
		}
		return l.try(src, h, now)
	}
	learning := now <= l.learnUntil
	if src == l.expect && (!l.locked || l.learned && learning) {
		l.lock(src, h.SSRC, now)
		return accepted
	}
	if !learning || l.locked && !(l.reopen && now-l.lastAt >= silentMs) {
		return stranger
	}
	return l.try(src, h, now)
}

// try puts a packet to the probation run.
func (l *latch) try(src source, h *rtpwire.Header, now int64) verdict {
	t := &l.onTrial
	if t.run == 0 || t.src != src || t.ssrc != h.SSRC || t.next != h.Seq {
		t.run = 0
	}
	t.src, t.ssrc, t.next = src, h.SSRC, h.Seq+1
	if t.run++; t.run < probationRun {
		return probation
	}
	l.lock(src, h.SSRC, now)
	return accepted
}

func (l *latch) lock(src source, ssrc uint32, now int64) {
	l.locked, l.learned, l.reopen = true, src != l.expect, false
	l.src, l.ssrc, l.lastAt, l.onTrial.run = src, ssrc, now, 0
}
