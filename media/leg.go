package media

import (
	"net/netip"

	"github.com/wirechief/wirechief/media/rtpwire"
)

// leg is one RTP endpoint of ours. name, w, port, fds and index belong to the engine and never change; all else is
// touched by the worker only.
type leg struct {
	name  string
	w     *worker
	local netip.AddrPort // advertised
	port  uint16
	fd    int
	rtcp  int
	index int32 // in worker.legs; -1 until added

	closed   bool
	to       sockaddr // where we send; n 0: nowhere yet
	toSource source   // the same
	audio    uint8    // payload type it wants
	events   uint8    // telephone-event payload type; 0 none
	sends    bool     // we may send
	takes    bool     // we take what it sends
	latch    latch
	out      outStream
	peer     *leg

	play    playing
	rec     *recording
	stream  uint64
	dtmf    rtpwire.DTMF
	dtmfAt  int64
	first   bool // FirstPacket has been told
	silence silence

	maxSeq   uint16
	cycles   uint64
	baseSeq  uint64
	run      uint64 // packets of the current SSRC
	inSSRC   uint32
	lostPast uint64
	transit  int32
	jitter   uint32 // 1/16 of a timestamp unit
	stats    LegStats
}

// count keeps the figures of RFC 3550 A.1, A.3 and A.8.
func (l *leg) count(h *rtpwire.Header, n int, nowSamples uint32, clusterMs int64) {
	s := &l.stats
	s.PacketsIn++
	s.BytesIn += uint64(n)
	s.LastPacketMs = clusterMs
	if l.run == 0 || h.SSRC != l.inSSRC {
		l.lostPast += l.lostNow()
		l.inSSRC, l.maxSeq, l.cycles, l.baseSeq, l.run = h.SSRC, h.Seq, 0, uint64(h.Seq), 1
		l.transit = int32(nowSamples - h.TS)
		return
	}
	l.run++
	if d := h.Seq - l.maxSeq; d < 1<<15 {
		if h.Seq < l.maxSeq {
			l.cycles += 1 << 16
		}
		l.maxSeq = h.Seq
	}
	if h.PayloadType == PCMU || h.PayloadType == PCMA {
		t := int32(nowSamples - h.TS)
		d := t - l.transit
		l.transit = t
		if d < 0 {
			d = -d
		}
		if d < 1<<20 {
			l.jitter += uint32(d) - (l.jitter+8)>>4
		}
	}
}

func (l *leg) lostNow() uint64 {
	if l.run == 0 {
		return 0
	}
	expected := l.cycles + uint64(l.maxSeq) - l.baseSeq + 1
	if expected < l.run {
		return 0
	}
	return expected - l.run
}

// snapshot gives the leg's figures now.
func (l *leg) snapshot() LegStats {
	s := l.stats
	s.Local, s.SSRCIn, s.SSRCOut = l.local, l.inSSRC, l.out.ssrc
	if l.latch.locked {
		s.Source = l.latch.src.addrPort()
	}
	s.Lost = l.lostPast + l.lostNow()
	s.JitterMs = float64(l.jitter) / 16 / samplesPerMs
	s.Playing, s.Bridged, s.Recording = l.play.clip != nil, l.peer != nil, l.rec != nil
	return s
}
