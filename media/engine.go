package media

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"github.com/wirechief/wirechief/media/record"
)

// Engine moves the RTP of all legs of a process. Its methods may be called from any goroutine, also from OnEvent
// (Close apart). Open, OpenAt, Recover, Finish, LegStats and Close do work or wait; all others only queue a command.
// Commands for legs of one call key are carried out in the order they were given.
type Engine struct {
	cfg      Config
	workers  []*worker
	ports    *portPool
	recorder *record.Recorder

	events        chan Event
	eventsDropped atomic.Uint64
	dispatched    chan struct{}
	closing       atomic.Bool

	mu         sync.RWMutex
	legs       map[string]*leg
	recordings map[string]*recording
}

// New starts the workers and, with a RecordDir, the recorder.
func New(cfg Config) (*Engine, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, ports: newPortPool(&cfg), events: make(chan Event, cfg.Limits.Events),
		dispatched: make(chan struct{}), legs: map[string]*leg{}, recordings: map[string]*recording{}}
	for range cfg.Workers {
		w, err := newWorker(e)
		if err != nil {
			for _, w := range e.workers {
				w.release()
			}
			return nil, err
		}
		e.workers = append(e.workers, w)
	}
	if cfg.RecordDir != "" {
		var err error
		e.recorder, err = record.Open(record.Config{Dir: cfg.RecordDir, Slabs: cfg.Limits.Slabs,
			FinishWorkers: cfg.FinishWorkers, NowMs: cfg.NowMs, Logger: cfg.Logger,
			OnFinished: func(f record.Finished) { e.events <- RecordingFinished{f} },
			OnFailed:   func(id string, err error) { e.events <- RecordingFailed{id, err} }})
		if err != nil {
			for _, w := range e.workers {
				w.release()
			}
			return nil, err
		}
	}
	for _, w := range e.workers {
		go w.run()
	}
	go e.ports.keep()
	go e.dispatch()
	return e, nil
}

// Close ends all legs, writes what is recorded, finishes what was stopped, and waits for it; the last events are
// delivered before it returns. Running recordings stay unfinished on disk: the next Recover lists them.
// It must not be called from OnEvent.
func (e *Engine) Close() error {
	if e.closing.Swap(true) {
		return ErrClosed
	}
	for _, w := range e.workers {
		w.queue.nudge()
	}
	for _, w := range e.workers {
		<-w.done
	}
	e.ports.close()
	if e.recorder != nil {
		e.recorder.Close()
	}
	close(e.events)
	<-e.dispatched
	return nil
}

// dispatch calls OnEvent, one event at a time.
func (e *Engine) dispatch() {
	defer close(e.dispatched)
	for ev := range e.events {
		e.cfg.OnEvent(ev)
	}
}

// emit never blocks; false if the event was dropped.
func (e *Engine) emit(ev Event) bool {
	select {
	case e.events <- ev:
		return true
	default:
		e.eventsDropped.Add(1)
		return false
	}
}

// Open reserves a port pair and opens a leg's sockets. Legs that are ever bridged or recorded together are opened
// under the same call key. It returns the address to be advertised.
func (e *Engine) Open(call, name string) (netip.AddrPort, error) {
	return e.open(call, name, e.ports.open)
}

// OpenAt opens a leg at a known port again, after a restart. The kernel may free the port of a killed process late:
// it is tried for up to half a second.
func (e *Engine) OpenAt(call, name string, port uint16) error {
	_, err := e.open(call, name, func() (pair, error) { return e.ports.openAt(port) })
	return err
}

func (e *Engine) open(call, name string, sockets func() (pair, error)) (netip.AddrPort, error) {
	if err := e.mayOpen(name); err != nil {
		return netip.AddrPort{}, err
	}
	s, err := sockets()
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("opening leg %s: %w", name, err)
	}
	w := e.workers[xxhash.Sum64String(call)%uint64(len(e.workers))]
	l := &leg{name: name, w: w, local: netip.AddrPortFrom(e.cfg.Advertise, s.port), port: s.port, fd: s.rtp, rtcp: s.rtcp,
		index: -1}
	l.out.ssrc, l.out.seq, l.out.ts = randomStart()
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.legs[name]; ok {
		err = ErrLegExists
	} else {
		err = w.queue.postQuietly(func(w *worker) { w.addLeg(l) }) // without a SetRemote it neither sends nor takes
	}
	if err != nil {
		e.ports.release(s)
		return netip.AddrPort{}, fmt.Errorf("opening leg %s: %w", name, err)
	}
	e.legs[name] = l
	return l.local, nil
}

func (e *Engine) mayOpen(name string) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if _, ok := e.legs[name]; ok {
		return fmt.Errorf("opening leg %s: %w", name, ErrLegExists)
	}
	if len(e.legs) >= e.cfg.Limits.Legs {
		return fmt.Errorf("opening leg %s: %w: %d legs", name, ErrLimit, len(e.legs))
	}
	return nil
}

// randomStart gives SSRC, sequence number and timestamp a stream begins with (RFC 3550 5.1).
func randomStart() (ssrc uint32, seq uint16, ts uint32) {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint32(b[:]), binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint32(b[6:])
}

// CloseLeg ends a leg: its bridge, what it plays, its sockets. A recording goes on with the other leg. LegClosed
// follows with its figures.
func (e *Engine) CloseLeg(name string) error {
	l := e.forget(name)
	if l == nil {
		return fmt.Errorf("%w: %s", ErrNoLeg, name)
	}
	return l.w.queue.post(true, func(w *worker) { w.closeLeg(l) })
}

// forget takes a leg from the table; its name is free again.
func (e *Engine) forget(name string) *leg {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.legs[name]
	delete(e.legs, name)
	return l
}

// leg finds an open leg.
func (e *Engine) leg(name string) (*leg, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if l := e.legs[name]; l != nil {
		return l, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrNoLeg, name)
}

// command queues f for a leg's worker.
func (e *Engine) command(name string, f func(*worker, *leg)) error {
	l, err := e.leg(name)
	if err != nil {
		return err
	}
	return l.w.queue.post(false, func(w *worker) {
		if l.closed {
			w.counts.misses++
			return
		}
		f(w, l)
	})
}

// SetRemote tells what signalling agreed for a leg. With a new address the source lock is given up; with the same one
// it is kept. Either opens the window in which another source may be learned (Config.LearnWindowMs), so it is to be
// called at each offer, answer and 200 that concerns the leg.
func (e *Engine) SetRemote(name string, r Remote) error {
	if r.PayloadType != PCMU && r.PayloadType != PCMA {
		return fmt.Errorf("%w: payload type %d", ErrBadArgument, r.PayloadType)
	}
	if te := r.TelephoneEventPT; te != 0 && (te < 96 || te > 127) {
		return fmt.Errorf("%w: telephone-event payload type %d", ErrBadArgument, te)
	}
	if a := r.Addr.Addr().Unmap(); r.Addr.IsValid() && a.Is4() != e.cfg.Addr.Is4() {
		return fmt.Errorf("%w: %s cannot be reached from %s", ErrBadArgument, a, e.cfg.Addr)
	}
	return e.command(name, func(w *worker, l *leg) { w.setRemote(l, &r) })
}

// Bridge joins two legs and ends what they play. A leg bridged to another before leaves that one.
func (e *Engine) Bridge(a, b string) error {
	la, lb, err := e.two(a, b)
	if err != nil {
		return err
	}
	return la.w.queue.post(false, func(w *worker) { w.bridge(la, lb) })
}

// Unbridge parts two legs; if they are not bridged to each other nothing happens.
func (e *Engine) Unbridge(a, b string) error {
	la, lb, err := e.two(a, b)
	if err != nil {
		return err
	}
	return la.w.queue.post(false, func(w *worker) {
		if la.peer == lb {
			w.part(la)
		}
	})
}

func (e *Engine) two(a, b string) (*leg, *leg, error) {
	la, errA := e.leg(a)
	lb, errB := e.leg(b)
	switch {
	case errA != nil || errB != nil:
		return nil, nil, errors.Join(errA, errB)
	case la == lb:
		return nil, nil, fmt.Errorf("%w: %s with itself", ErrBadArgument, a)
	case la.w != lb.w:
		return nil, nil, fmt.Errorf("%w: %s and %s", ErrApart, a, b)
	}
	return la, lb, nil
}

// Play sends a clip to a leg, from now on. While it plays, a bridged leg hears the clip and not its peer.
func (e *Engine) Play(name string, src Source) error {
	if src.Clip == nil || src.Clip.Frames() == 0 || len(src.Clip.PCMA) != len(src.Clip.PCMU) {
		return fmt.Errorf("%w: no clip", ErrBadArgument)
	}
	return e.command(name, func(w *worker, l *leg) { w.play(l, src) })
}

// StopPlay ends what a leg plays.
func (e *Engine) StopPlay(name string) error {
	return e.command(name, func(w *worker, l *leg) { w.stopPlay(l) })
}

// LegStats asks the worker for a leg's figures. All commands queued for the leg before are carried out then.
func (e *Engine) LegStats(name string) (LegStats, error) {
	l, err := e.leg(name)
	if err != nil {
		return LegStats{}, err
	}
	answer := make(chan LegStats, 1)
	if err := l.w.queue.post(false, func(w *worker) {
		w.publish()
		answer <- l.snapshot()
	}); err != nil {
		return LegStats{}, err
	}
	return <-answer, nil
}
