package media

// addLeg makes the worker serve a leg. What came before is of a time without a remote, and dropped as all of it is.
func (w *worker) addLeg(l *leg) {
	if n := len(w.vacant); n > 0 {
		l.index, w.vacant = w.vacant[n-1], w.vacant[:n-1]
		w.legs[l.index] = l
	} else {
		l.index = int32(len(w.legs))
		w.legs = append(w.legs, l)
	}
	if w.open++; w.open == 1 {
		w.scan = w.now + scanMs
	}
	if !w.e.ports.empty(pair{l.port, l.fd, l.rtcp}) {
		w.e.ports.counts.unclean.Add(1)
	}
	for _, s := range [2]struct {
		fd   int
		what int32
	}{{l.fd, eventRTP}, {l.rtcp, eventRTCP}} {
		if err := w.watch(s.fd, l.index, s.what); err != nil {
			w.counts.epollErrors++
			w.e.cfg.Logger.Error("leg is deaf", "leg", l.name, "err", err)
		}
	}
}

func (w *worker) closeLeg(l *leg) {
	if l.closed {
		return
	}
	if l.dtmf.Open() {
		w.pressed(l, l.dtmf.Flush)
	}
	stats := l.snapshot()
	w.part(l)
	w.stopPlay(l)
	if l.rec != nil {
		l.rec.legs[l.stream&1], l.rec = nil, nil
	}
	l.closed = true
	w.legs[l.index] = nil
	w.vacant = append(w.vacant, l.index)
	w.open--
	w.giveBack(l)
	w.e.emit(LegClosed{Leg: l.name, Stats: stats, AtMs: w.clusterMs})
}

// giveBack lets go of a leg's sockets; they are used again only if the worker surely hears nothing more of them.
func (w *worker) giveBack(l *leg) {
	s := pair{l.port, l.fd, l.rtcp}
	errRTP, errRTCP := w.unwatch(s.rtp), w.unwatch(s.rtcp)
	if errRTP != nil || errRTCP != nil {
		w.counts.epollErrors++
		w.e.ports.discard(s)
		return
	}
	w.e.ports.release(s)
}

func (w *worker) setRemote(l *leg, r *Remote) {
	l.audio, l.events = r.PayloadType, uint8(r.TelephoneEventPT)
	l.sends, l.takes = r.Direction.sends(), r.Direction.receives()
	var expect source
	if r.Addr.IsValid() && r.Addr.Port() != 0 {
		expect = sourceOf(r.Addr)
	}
	l.latch.signal(expect, w.now, w.e.cfg.LearnWindowMs)
	if !l.latch.locked {
		l.to, l.toSource = sockaddr{}, expect
		if expect.port != 0 {
			l.to.set(r.Addr)
		}
	}
	if !l.takes {
		l.silence = silence{}
	} else {
		l.silence.expect(w.now)
	}
}

func (w *worker) bridge(a, b *leg) {
	if a.closed || b.closed {
		w.counts.misses++
		return
	}
	if a.peer != b {
		w.part(a)
		w.part(b)
		a.peer, b.peer = b, a
		a.out.cut()
		b.out.cut()
	}
	w.stopPlay(a)
	w.stopPlay(b)
}

// part ends a leg's bridge.
func (w *worker) part(l *leg) {
	if p := l.peer; p != nil {
		l.peer, p.peer = nil, nil
		l.out.cut()
		p.out.cut()
	}
}

func (w *worker) play(l *leg, src Source) {
	if l.closed {
		w.counts.misses++
		return
	}
	w.stopPlay(l)
	l.play = playing{clip: src.Clip, loop: src.Loop}
	w.wheel.add(l, w.now)
}

func (w *worker) stopPlay(l *leg) {
	if l.play.clip != nil {
		w.wheel.remove(l)
		l.play = playing{}
		l.out.cut()
	}
}
