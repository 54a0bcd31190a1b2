package media

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// portPool gives out pairs of ports with their sockets. A pair given back rests for a while with its sockets open, so
// that late packets of one call do not reach the next; what came meanwhile is dropped, once when the rest is over and
// again right before the pair is given out. A keeper goroutine does the first, and opens sockets ahead of their use.
type portPool struct {
	addr     netip.Addr
	min, max uint16
	drain    time.Duration
	ahead    int // pairs the keeper holds ready
	limit    int // pairs with sockets and without a leg
	now      func() time.Time

	mu      sync.Mutex
	slots   []portSlot
	lists   [listedStates]portList
	moving  int        // pairs in the hands of the keeper: 0 or 1
	settled *sync.Cond // the keeper has put a pair back
	closed  bool

	work, stop, done chan struct{}
	counts           portCounts
}

// portCounts are the pool's counters. opened and closed count sockets, stale counts packets, the others pairs.
type portCounts struct {
	opened, closed, reused, stale, unclean, shed, failed atomic.Uint64
}

const (
	// takeoverRetry bounds how long OpenAt waits for the kernel to free a killed process's sockets (RELIABILITY 2.1).
	takeoverRetry = 500 * time.Millisecond
	// idleShare of the descriptors the process may open are the most that sockets without a leg take.
	idleShare = 4
)

func newPortPool(cfg *Config) *portPool {
	p := &portPool{addr: cfg.Addr, min: cfg.PortMin, max: cfg.PortMax,
		drain: time.Duration(cfg.PortDrainMs) * time.Millisecond, now: time.Now,
		work: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	p.settled = sync.NewCond(&p.mu)
	p.limit = cfg.Limits.IdlePairs
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err == nil {
		p.limit = int(min(uint64(p.limit), files.Cur/2/idleShare))
	}
	p.ahead = min(cfg.ReadyPairs, p.limit)
	for i := range p.lists {
		p.lists[i] = portList{first: noPort, last: noPort}
	}
	p.slots = make([]portSlot, (int(p.max)-int(p.min)+1)/2)
	for i := range p.slots {
		p.put(closedPair(p.min+uint16(2*i)), portClosed, time.Time{})
	}
	return p
}

// next takes a pair: a ready one, or one whose rest is just over, or one without sockets.
func (p *portPool) next() (pair, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed {
		for _, state := range [...]portState{portReady, portResting, portClosed} {
			if i, ok := p.rested(state); ok {
				s := p.claim(i, portBusy)
				if p.lists[portReady].n < (p.ahead+1)/2 {
					p.nudge()
				}
				return s, nil
			}
		}
		if p.moving == 0 {
			return pair{}, ErrNoPorts
		}
		p.settled.Wait()
	}
	return pair{}, ErrClosed
}

// certain takes a pair by its port, resting or not.
func (p *portPool) certain(port uint16) (pair, error) {
	if port < p.min || port >= p.max || port%2 != 0 {
		return pair{}, ErrPortTaken
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	slot := &p.slots[p.place(port)]
	for slot.state == portMoving {
		p.settled.Wait()
	}
	switch {
	case p.closed:
		return pair{}, ErrClosed
	case slot.state == portBusy:
		return pair{}, ErrPortTaken
	}
	return p.claim(p.place(port), portBusy), nil
}

// release gives a pair back, to rest. Its sockets stay open as far as the limit allows; nothing may watch them.
func (p *portPool) release(s pair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.open() && !p.closed && p.idle() < p.limit {
		p.put(s, portResting, p.now().Add(p.drain))
		if p.lists[portResting].n == 1 {
			p.nudge()
		}
		return
	}
	p.mu.Unlock() // the pair is busy still: nobody else touches it
	s = p.shut(s)
	p.mu.Lock()
	p.put(s, portClosed, p.now().Add(p.drain))
}

// discard gives a pair back whose sockets must not be used again.
func (p *portPool) discard(s pair) { p.release(p.shut(s)) }

// idle counts the pairs that have sockets and no leg. The caller holds mu.
func (p *portPool) idle() int { return p.lists[portResting].n + p.lists[portReady].n + p.moving }

// prepare makes a pair fit for a leg: its sockets hold nothing of another call.
func (p *portPool) prepare(s pair) (pair, error) {
	if s.open() {
		if p.empty(s) {
			p.counts.reused.Add(1)
			return s, nil
		}
		p.counts.unclean.Add(1)
		s = p.shut(s)
	}
	return p.bind(s.port)
}

// bind opens sockets. When there are no descriptors left, idle pairs give theirs.
func (p *portPool) bind(port uint16) (pair, error) {
	for {
		s, err := p.bindOnce(port)
		if !errors.Is(err, unix.EMFILE) || !p.shedOne() {
			return s, err
		}
	}
}

// shedOne closes the sockets of an idle pair; false if there is none.
func (p *portPool) shedOne() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, state := range [...]portState{portResting, portReady} {
		if i := p.lists[state].first; i != noPort {
			until := p.slots[i].until
			p.put(p.shut(p.claim(i, portBusy)), portClosed, until)
			p.counts.shed.Add(1)
			return true
		}
	}
	return false
}

// open gives the next pair the kernel lets us have; pairs of others are put to rest.
func (p *portPool) open() (pair, error) {
	for range p.slots {
		s, err := p.next()
		if err != nil {
			return pair{}, err
		}
		if s, err = p.prepare(s); err == nil {
			return s, nil
		}
		p.release(s)
		if !errors.Is(err, unix.EADDRINUSE) {
			return pair{}, err
		}
	}
	return pair{}, ErrNoPorts
}

// openAt gives a certain pair. After a kill the kernel may need some time to free it: it is tried again.
func (p *portPool) openAt(port uint16) (pair, error) {
	s, err := p.certain(port)
	if err != nil {
		return pair{}, err
	}
	for until := p.now().Add(takeoverRetry); ; {
		if s, err = p.prepare(s); err == nil {
			return s, nil
		}
		if !errors.Is(err, unix.EADDRINUSE) || p.now().After(until) {
			p.release(s)
			return pair{}, errors.Join(ErrPortTaken, err)
		}
		time.Sleep(5 * time.Millisecond) // nothing tells when the kernel frees a port
	}
}

// each calls f for every figure of the pool.
func (p *portPool) each(f func(name string, v float64)) {
	p.mu.Lock()
	resting, ready := p.lists[portResting].n, p.lists[portReady].n
	p.mu.Unlock()
	c := &p.counts
	closed, opened := c.closed.Load(), c.opened.Load() // in this order: never more closed than opened
	f("sockets", float64(opened-closed))
	f("sockets_opened", float64(opened))
	f("port_pairs_ready", float64(ready))
	f("port_pairs_resting", float64(resting))
	f("port_pairs_reused", float64(c.reused.Load()))
	f("port_pairs_unclean", float64(c.unclean.Load()))
	f("port_pairs_shed", float64(c.shed.Load()))
	f("port_pairs_failed", float64(c.failed.Load()))
	f("stale_dropped", float64(c.stale.Load()))
}
