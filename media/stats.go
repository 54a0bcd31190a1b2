package media

import (
	"net/netip"
	"sync"
)

// LegStats are one leg's figures since it was opened.
type LegStats struct {
	Local        netip.AddrPort
	Source       netip.AddrPort // locked source; invalid while none is
	SSRCIn       uint32
	SSRCOut      uint32
	PacketsIn    uint64 // accepted
	BytesIn      uint64 // payload and header of the accepted
	PacketsOut   uint64 // handed to the kernel
	Lost         uint64 // missing sequence numbers, RFC 3550 A.3
	JitterMs     float64
	Strangers    uint64 // from another source than the locked one: dropped
	Probation    uint64 // dropped while a source or an SSRC was on probation
	Malformed    uint64
	Unwanted     uint64 // payload type not agreed, or direction does not receive
	SendFailed   uint64 // the kernel did not take it
	RTCPIn       uint64
	DTMF         uint64
	LastPacketMs int64 // cluster time; 0 none
	Playing      bool
	Bridged      bool
	Recording    bool
}

// counts are a worker's counters. Only the worker touches them; it shows a copy at times.
type counts struct {
	packetsIn, packetsOut, pages, transcoded        uint64
	strangers, probation, malformed, unwanted       uint64
	unwantedOut, nowhere, lateSwitch, replaced      uint64
	sendFailed, recvErrors, epollErrors, rtcp, dtmf uint64
	slots, recordDropped, noSlab, misses, playin    uint64
}

func (c *counts) add(o *counts) {
	c.packetsIn += o.packetsIn
	c.packetsOut += o.packetsOut
	c.pages += o.pages
	c.transcoded += o.transcoded
	c.strangers += o.strangers
	c.probation += o.probation
	c.malformed += o.malformed
	c.unwanted += o.unwanted
	c.unwantedOut += o.unwantedOut
	c.nowhere += o.nowhere
	c.lateSwitch += o.lateSwitch
	c.replaced += o.replaced
	c.sendFailed += o.sendFailed
	c.recvErrors += o.recvErrors
	c.epollErrors += o.epollErrors
	c.rtcp += o.rtcp
	c.dtmf += o.dtmf
	c.slots += o.slots
	c.recordDropped += o.recordDropped
	c.noSlab += o.noSlab
	c.misses += o.misses
	c.playin += o.playin
}

// shownCounts is the copy others may read.
type shownCounts struct {
	mu sync.Mutex
	c  counts
}

// publish shows the counters; at most scanMs old while legs are open.
func (w *worker) publish() {
	w.counts.playin = uint64(w.wheel.count)
	w.shown.mu.Lock()
	w.shown.c = w.counts
	w.shown.mu.Unlock()
}

// Stats are the engine's counters, of all workers and of the recorder.
type Stats struct {
	names  []string
	values []float64
}

// Each calls f for every counter, in a fixed order.
func (s Stats) Each(f func(name string, v float64)) {
	for i, n := range s.names {
		f(n, s.values[i])
	}
}

// Get gives one counter; 0 if there is none of that name.
func (s Stats) Get(name string) float64 {
	for i, n := range s.names {
		if n == name {
			return s.values[i]
		}
	}
	return 0
}

func (s *Stats) put(name string, v float64) {
	s.names, s.values = append(s.names, name), append(s.values, v)
}

// Stats sums the counters.
func (e *Engine) Stats() Stats {
	var c counts
	for _, w := range e.workers {
		w.shown.mu.Lock()
		c.add(&w.shown.c)
		w.shown.mu.Unlock()
	}
	e.mu.RLock()
	legs := len(e.legs)
	e.mu.RUnlock()
	var s Stats
	for _, v := range []struct {
		name string
		v    uint64
	}{
		{"legs", uint64(legs)}, {"legs_playing", c.playin},
		{"packets_in", c.packetsIn}, {"packets_out", c.packetsOut}, {"pages_played", c.pages},
		{"transcoded", c.transcoded}, {"strangers_dropped", c.strangers}, {"probation_dropped", c.probation},
		{"malformed_dropped", c.malformed}, {"unwanted_dropped", c.unwanted}, {"unwanted_out_dropped", c.unwantedOut},
		{"nowhere_dropped", c.nowhere}, {"late_after_switch_dropped", c.lateSwitch},
		{"replaced_by_play_dropped", c.replaced}, {"send_failed", c.sendFailed}, {"recv_errors", c.recvErrors},
		{"epoll_errors", c.epollErrors}, {"rtcp_dropped", c.rtcp}, {"dtmf", c.dtmf}, {"record_slots", c.slots},
		{"record_dropped", c.recordDropped}, {"record_no_slab", c.noSlab}, {"command_misses", c.misses},
		{"events_dropped", e.eventsDropped.Load()},
	} {
		s.put(v.name, float64(v.v))
	}
	e.ports.each(s.put)
	if e.recorder != nil {
		e.recorder.Stats.Each(s.put)
	}
	return s
}
