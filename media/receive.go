package media

import (
	"golang.org/x/sys/unix"

	"github.com/wirechief/wirechief/media/g711"
	"github.com/wirechief/wirechief/media/record"
	"github.com/wirechief/wirechief/media/rtpwire"
)

// receive takes one packet of a leg: it is received where it will be recorded, checked, sent on from there, and only
// then becomes a slot. Whatever fails a check is overwritten by the next packet.
func (w *worker) receive(l *leg) { //nolint:cyclop // one path, read from top to bottom
	if l == nil {
		return
	}
	buf, slab := w.in, false
	if l.rec != nil && w.records(l.rec) {
		buf, slab = w.slab.Next(), true
	}
	n, errno := recvFrom(l.fd, buf, &w.from)
	if errno != 0 {
		if errno != unix.EAGAIN {
			w.counts.recvErrors++
		}
		return
	}
	if n > 1 && buf[0]&0xC0 == 0x80 && buf[1] >= 192 && buf[1] <= 223 { // RTCP on the same port (RFC 5761 4)
		l.stats.RTCPIn++
		w.counts.rtcp++
		return
	}
	var h rtpwire.Header
	if n >= len(buf) || !rtpwire.Read(buf[:n], &h) {
		l.stats.Malformed++
		w.counts.malformed++
		return
	}
	switch l.latch.check(w.from.source(), &h, w.now) {
	case stranger:
		l.stats.Strangers++
		w.counts.strangers++
		return
	case probation:
		l.stats.Probation++
		w.counts.probation++
		return
	}
	event := l.events != 0 && h.PayloadType == l.events
	if !l.takes || !event && h.PayloadType != PCMU && h.PayloadType != PCMA && h.PayloadType != ComfortNoise {
		l.stats.Unwanted++
		w.counts.unwanted++
		return
	}
	if l.latch.src != l.toSource { // symmetric RTP (RFC 4961): we send to where it sends from
		l.toSource = l.latch.src
		l.to.set(l.toSource.addrPort())
	}
	l.count(&h, n, w.nowUnits, w.clusterMs)
	w.counts.packetsIn++
	if !l.first || l.silence.told != 0 || event {
		w.remark(l, &h, buf, event)
	}
	if l.peer != nil {
		w.forward(l, l.peer, buf, &h, event)
	}
	if l.rec != nil && !l.rec.paused {
		w.keep(l, buf, n, slab, event)
	}
}

// remark is for packets that tell something beside their sound.
func (w *worker) remark(l *leg, h *rtpwire.Header, buf []byte, event bool) {
	if !l.first {
		l.first = w.e.emit(FirstPacket{Leg: l.name, Source: l.latch.src.addrPort(), AtMs: w.clusterMs})
	}
	if l.silence.told != 0 && w.e.emit(RTPBack{Leg: l.name, AtMs: w.clusterMs}) {
		l.silence.over()
	}
	if event {
		l.dtmfAt = w.now
		digit, units := l.dtmf.Feed(h.TS, buf[h.Off:h.End])
		if digit != 0 {
			w.pressed(l, func() (byte, uint16) { return digit, units })
		}
	}
}

// forward sends a packet on to a peer: its header is written in place, right before the payload, and put back
// afterwards for the recording. The payload is copied only if the legs speak different laws.
func (w *worker) forward(l, to *leg, buf []byte, h *rtpwire.Header, event bool) {
	pt := h.PayloadType
	switch {
	case to.play.clip != nil:
		w.counts.replaced++
		return
	case event && to.events == 0 || !to.sends:
		w.counts.unwantedOut++
		return
	case event:
		pt = to.events
	case pt != ComfortNoise:
		pt = to.audio
	}
	if to.to.n == 0 {
		w.counts.nowhere++
		return
	}
	seq, ts, marker, ok := to.out.relay(l, h.SSRC, h.Seq, h.TS, w.now)
	if !ok {
		w.counts.lateSwitch++
		return
	}
	marker = marker || h.Marker
	p := buf[h.Off-rtpwire.HeaderBytes : h.End]
	if pt != h.PayloadType && !event {
		p = w.transcode(p, pt)
		rtpwire.Write(p, marker, pt, seq, ts, to.out.ssrc)
		w.send(to, p)
		return
	}
	kept := [rtpwire.HeaderBytes]byte(p)
	rtpwire.Write(p, marker, pt, seq, ts, to.out.ssrc)
	w.send(to, p)
	copy(p, kept[:])
}

// transcode copies a packet with its payload in the other law.
func (w *worker) transcode(p []byte, to uint8) []byte {
	out := w.scratch[:len(p)]
	if to == PCMA {
		g711.ToPCMA(out[rtpwire.HeaderBytes:], p[rtpwire.HeaderBytes:])
	} else {
		g711.ToPCMU(out[rtpwire.HeaderBytes:], p[rtpwire.HeaderBytes:])
	}
	w.counts.transcoded++
	return out
}

func (w *worker) send(to *leg, p []byte) {
	if sendTo(to.fd, p, &to.to) != 0 {
		to.stats.SendFailed++
		w.counts.sendFailed++
		return
	}
	to.stats.PacketsOut++
	w.counts.packetsOut++
}

// page sends the next page of what a leg plays.
func (w *worker) page(l *leg) {
	p := &l.play
	if p.page == p.clip.Frames() {
		p.page = 0
		if !p.loop {
			w.stopPlay(l)
			w.e.emit(PlayEnded{Leg: l.name, AtMs: w.clusterMs})
			return
		}
	}
	from := p.page * pageBytes
	p.page++
	if !l.sends || l.to.n == 0 {
		return
	}
	sound := p.clip.PCMU
	if l.audio == PCMA {
		sound = p.clip.PCMA
	}
	out := w.scratch[:rtpwire.HeaderBytes+pageBytes]
	seq, ts := l.out.page(!p.begun, w.now)
	rtpwire.Write(out, !p.begun, l.audio, seq, ts, l.out.ssrc)
	copy(out[rtpwire.HeaderBytes:], sound[from:from+pageBytes])
	p.begun = true
	w.counts.pages++
	w.send(l, out)
}

// pageBytes of G.711: 20 ms at 8 kHz.
const pageBytes = 160

// receiveRTCP takes RTCP and is silent: reports come with the media issue.
func (w *worker) receiveRTCP(l *leg) {
	if l == nil {
		return
	}
	if _, errno := recvFrom(l.rtcp, w.in, &w.from); errno == 0 {
		l.stats.RTCPIn++
		w.counts.rtcp++
	}
}

// keep makes a slot of the packet at buf. Of a telephone-event only the header is kept: digits may be of a card.
func (w *worker) keep(l *leg, buf []byte, n int, slab, event bool) {
	l.rec.ordinal++
	if !slab {
		w.counts.recordDropped++
		return
	}
	kind := record.KindPacket
	if event {
		kind, n = record.KindEvent, rtpwire.HeaderBytes
		buf[0] = 0x80
	}
	w.commit(n, l.stream, w.clusterMs, l.rec.ordinal, kind)
}
