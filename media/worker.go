package media

import (
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wirechief/wirechief/media/record"
)

const (
	// maxEvents is how many sockets are served per wake, one packet each.
	maxEvents = 64
	// scanMs is how often a worker looks over its legs for silence and publishes its counters.
	scanMs = 250
	// idleStall bounds what a late timer makes good: beyond it the pages missed are skipped.
	idleStall = 200
)

// What an epoll event is about, in the upper half of its data; the lower half is the index of the leg.
const (
	eventRTP int32 = iota
	eventRTCP
	eventCommand
)

// worker owns its legs and a thread. Nobody else touches them; others queue commands.
type worker struct {
	e     *Engine
	queue *commandQueue
	epoll int
	base  time.Time // of the monotonic ms

	now       int64 // ms, monotonic, of this wake
	nowUnits  uint32
	clusterMs int64 // cluster time of this wake
	legs      []*leg
	vacant    []int32
	open      int

	wheel wheel
	slab  *record.Slab
	seal  int64 // when the slab is to be sealed; 0 no slab with slots
	marks []mark
	scan  int64
	stop  bool

	from    sockaddr
	in      []byte // received here when nothing is recorded
	scratch []byte // sent from here when the payload cannot go as it came
	events  [maxEvents]unix.EpollEvent
	spare   []func(*worker)
	counts  counts
	shown   shownCounts
	done    chan struct{}
}

func newWorker(e *Engine) (*worker, error) {
	w := &worker{e: e, base: time.Now().Add(-time.Hour), in: make([]byte, record.MaxPacket),
		scratch: make([]byte, record.MaxPacket), done: make(chan struct{})}
	var err error
	if w.queue, err = newCommandQueue(e.cfg.Limits.Commands); err != nil {
		return nil, err
	}
	if w.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		w.queue.release()
		return nil, fmt.Errorf("making a worker: %w", err)
	}
	if err = w.watch(w.queue.fd, 0, eventCommand); err != nil {
		w.release()
		return nil, err
	}
	return w, nil
}

func (w *worker) release() {
	_ = unix.Close(w.epoll)
	w.queue.release()
}

func (w *worker) watch(fd int, index, what int32) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: index, Pad: what}
	if err := unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		return fmt.Errorf("watching a socket: %w", err)
	}
	return nil
}

func (w *worker) unwatch(fd int) error {
	return unix.EpollCtl(w.epoll, unix.EPOLL_CTL_DEL, fd, nil)
}

func (w *worker) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(w.done)
	w.tick()
	for !w.stop {
		// Blocking: a system call the scheduler knows of, so that the P goes on with other work.
		n, err := unix.EpollWait(w.epoll, w.events[:], w.timeout())
		w.tick()
		if err != nil && err != unix.EINTR {
			w.counts.epollErrors++
			continue
		}
		commands := false
		for i := range max(n, 0) {
			ev := &w.events[i]
			switch ev.Pad {
			case eventRTP:
				w.receive(w.legs[ev.Fd])
			case eventRTCP:
				w.receiveRTCP(w.legs[ev.Fd])
			default:
				commands = true
			}
		}
		w.timers()
		if commands {
			w.commands()
		}
	}
	w.end()
}

// tick reads the clocks once for a wake.
func (w *worker) tick() {
	since := time.Since(w.base)
	w.now, w.nowUnits = since.Milliseconds(), uint32(since.Microseconds()*samplesPerMs/1000)
	w.clusterMs = w.e.cfg.NowMs()
}

// timeout is how long the worker may sleep, in ms; -1 without bound.
func (w *worker) timeout() int {
	next := int64(1) << 62
	if w.open > 0 || len(w.marks) > 0 {
		next = w.scan
	}
	if w.seal != 0 {
		next = min(next, w.seal)
	}
	if t, ok := w.wheel.next(); ok {
		next = min(next, t)
	}
	if next == 1<<62 {
		return -1
	}
	return int(max(0, min(next-w.now, 1000)))
}

func (w *worker) timers() {
	if w.wheel.count > 0 {
		w.wheel.due(w.now, w.page)
	}
	if w.seal != 0 && w.now >= w.seal {
		w.sealSlab()
	}
	if w.now >= w.scan {
		w.look()
		w.scan = w.now + scanMs
	}
}

// commands carries out what is queued.
func (w *worker) commands() {
	list := w.queue.take(w.spare)
	for i, f := range list {
		f(w)
		list[i] = nil
	}
	w.spare = list[:0]
	if w.e.closing.Load() {
		w.stop = true
	}
	w.publish()
}

// end closes everything; commands still queued are carried out first, so that nobody waits for an answer.
func (w *worker) end() {
	w.queue.close()
	w.commands()
	for _, l := range w.legs {
		if l != nil {
			w.closeLeg(l)
		}
	}
	w.flushMarks()
	w.sealSlab()
	w.publish()
	w.release()
}

// look goes over the legs for what no packet tells.
func (w *worker) look() {
	w.flushMarks()
	for _, l := range w.legs {
		if l == nil {
			continue
		}
		if l.dtmf.Open() && w.now-l.dtmfAt > scanMs {
			w.pressed(l, l.dtmf.Flush)
		}
		timeout := w.e.cfg.RTPTimeoutMs
		if l.silence.due(w.now, l.latch.lastAt, timeout) && w.e.emit(RTPTimeout{Leg: l.name, AtMs: w.clusterMs}) {
			l.silence.notice(w.now, timeout)
		}
	}
	w.publish()
}

func (w *worker) pressed(l *leg, f func() (byte, uint16)) {
	if digit, units := f(); digit != 0 {
		l.stats.DTMF++
		w.counts.dtmf++
		w.e.emit(DTMF{Leg: l.name, Digit: digit, DurationMs: int64(units) / samplesPerMs, AtMs: w.clusterMs})
	}
}
