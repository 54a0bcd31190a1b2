package record

import (
	"encoding/binary"
	"fmt"
	"io"
)

// maxSamples bounds a file: 24 hours. What is later is not rendered.
const maxSamples = int64(24) * 3600 * 8000

// result is what rendering found.
type result struct {
	opening    Opening
	endMs      int64
	gaps       []Gap
	gapsMore   int
	pauses     []Pause
	segments   []SegmentEntry
	packets    uint64
	lost       uint64
	dropped    uint64
	duplicates uint64
	late       uint64
	stopped    bool
}

// renderer turns the slots of a recording, segment after segment, into 16-bit stereo.
type renderer struct {
	out      io.Writer // of the samples, in order
	ch       [2]*channel
	res      result
	started  bool
	startMs  int64
	lastMs   int64
	written  int64 // samples
	ordinal  uint32
	pausedAt int64 // sample; -1: not paused
	buf      []byte
}

// start begins another recording, with the old buffers.
func (r *renderer) start(out io.Writer) {
	old := *r
	*r = renderer{out: out, pausedAt: -1, buf: old.buf, ch: old.ch}
	if r.buf == nil {
		r.buf = make([]byte, 0, windowSamples*4)
	}
	for i := range r.ch {
		r.ch[i] = r.ch[i].again(i, r.gap)
	}
}

func (r *renderer) gap(g Gap) {
	if len(r.res.gaps) >= MaxGaps {
		r.res.gapsMore++
		return
	}
	r.res.gaps = append(r.res.gaps, g)
}

func (r *renderer) sample(ms int64) int64 { return (ms - r.startMs) * 8 }

// slot takes the next slot.
func (r *renderer) slot(s *Slot) error {
	if s.Kind != KindOpen && !r.started {
		return fmt.Errorf("%w: it does not come first", ErrBadOpening)
	}
	at := r.sample(s.AtMs)
	if s.Kind != KindOpen {
		if at > maxSamples {
			return nil
		}
		if s.Ordinal > r.ordinal+1 {
			r.res.dropped += uint64(s.Ordinal - r.ordinal - 1)
			r.ch[0].dropped, r.ch[1].dropped = at, at
		}
		r.ordinal = s.Ordinal
		r.lastMs = max(r.lastMs, s.AtMs)
	}
	switch s.Kind {
	case KindOpen:
		return r.open(s)
	case KindPacket, KindEvent:
		r.ch[s.Stream&1].packet(at, s.Data, s.Kind == KindEvent)
	case KindPause:
		r.pause(at)
	case KindResume:
		r.resume(at)
	case KindStop:
		r.res.stopped = true
	}
	return r.advance(at)
}

// open begins the first segment, or another one after a restart.
func (r *renderer) open(s *Slot) error {
	o, err := decodeOpening(s.Data)
	if err != nil {
		return err
	}
	first := !r.started
	if first {
		r.started, r.startMs, r.lastMs, r.res.opening = true, o.StartMs, o.StartMs, o
	}
	r.ordinal = s.Ordinal
	r.res.segments = append(r.res.segments, SegmentEntry{Segment: o.Segment, StartMs: o.StartMs})
	if first {
		return nil
	}
	r.resume(r.sample(r.lastMs))
	from, to := r.sample(r.lastMs)+historySamples, max(r.sample(o.StartMs), r.sample(r.lastMs)+historySamples)
	if to > maxSamples {
		return nil
	}
	r.gap(Gap{Channel: -1, StartMs: from / 8, DurationMs: (to - from) / 8, Reason: "restart"})
	for _, c := range r.ch {
		c.endRun()
		c.silence = append(c.silence, stretch{from, to})
	}
	r.res.stopped = false
	r.lastMs = max(r.lastMs, o.StartMs)
	return r.advance(to)
}

func (r *renderer) pause(at int64) {
	if r.pausedAt >= 0 {
		return
	}
	r.pausedAt = at
	for _, c := range r.ch {
		c.silence = append(c.silence, stretch{at, openEnd})
	}
}

func (r *renderer) resume(at int64) {
	if r.pausedAt < 0 {
		return
	}
	r.res.pauses = append(r.res.pauses, Pause{StartMs: r.pausedAt / 8, DurationMs: (at - r.pausedAt) / 8})
	r.pausedAt = -1
	for _, c := range r.ch {
		c.silence[len(c.silence)-1].end = at
		c.recount()
	}
}

// advance places and writes what can be final when the newest slot is at sample `now`.
func (r *renderer) advance(now int64) error {
	const step = 8000
	for now-holdSamples-r.written >= step {
		to := r.written + step
		for _, c := range r.ch {
			c.place(max(now-aheadSamples, to+aheadSamples))
		}
		if err := r.write(to); err != nil {
			return err
		}
	}
	return nil
}

// write settles both channels up to sample `to` and appends them to the output.
func (r *renderer) write(to int64) error {
	left, right := r.ch[0], r.ch[1]
	left.settle(to)
	right.settle(to)
	n := int(to - r.written)
	r.buf = r.buf[:4*n]
	l, g := left.pcm[r.written-left.base:][:n], right.pcm[r.written-right.base:][:n]
	for i := range n {
		binary.LittleEndian.PutUint32(r.buf[4*i:], uint32(uint16(l[i]))|uint32(uint16(g[i]))<<16)
	}
	if _, err := r.out.Write(r.buf); err != nil {
		return err
	}
	r.written = to
	left.slide(to)
	right.slide(to)
	return nil
}

// finish writes the rest. Without a stop the file ends 20 ms after the last slot.
func (r *renderer) finish() (result, error) {
	if !r.started {
		return r.res, fmt.Errorf("%w: there is none", ErrBadOpening)
	}
	end := min(r.sample(r.lastMs), maxSamples)
	if !r.res.stopped {
		end += historySamples
	}
	r.resume(end)
	for r.written < end {
		to := min(r.written+8000, end)
		for _, c := range r.ch {
			c.place(to + 2*aheadSamples)
		}
		if err := r.write(to); err != nil {
			return r.res, err
		}
	}
	for _, c := range r.ch {
		c.end(end)
		r.res.packets += c.packets
		r.res.lost += c.lostSum
		r.res.duplicates += c.duplicates
		r.res.late += c.late
	}
	r.res.endMs = r.startMs + end/8
	for i := range r.res.segments {
		last := r.res.endMs
		if i+1 < len(r.res.segments) {
			last = r.res.segments[i+1].StartMs
		}
		r.res.segments[i].EndMs = last
	}
	return r.res, nil
}
