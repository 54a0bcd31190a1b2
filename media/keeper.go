package media

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// tidyEvery is how often the keeper looks at resting pairs: together they cost less than one by one.
const tidyEvery = 50 * time.Millisecond

// startQuiet is how long after its start the keeper leaves the processor to calls that are being brought back; pairs
// they use are opened one by one.
const startQuiet = 500 * time.Millisecond

// keep runs until close: it keeps ahead pairs ready, and empties those whose rest is over.
func (p *portPool) keep() {
	defer close(p.done)
	timer := time.NewTimer(startQuiet)
	defer timer.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-p.work:
		case <-timer.C:
		}
		if p.tidy() {
			timer.Reset(tidyEvery)
		}
	}
}

// nudge wakes the keeper.
func (p *portPool) nudge() {
	select {
	case p.work <- struct{}{}:
	default:
	}
}

// tidy does what is due, and says whether time alone will bring more.
func (p *portPool) tidy() bool {
	for p.refresh() {
	}
	for p.fill() {
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lists[portResting].n > 0 || p.lists[portReady].n < p.ahead && p.lists[portClosed].n > 0
}

// refresh makes a rested pair ready; one that is still sent to without end is closed, so that its sender is told
// (ICMP port unreachable), and rests again. False if no rest is over.
func (p *portPool) refresh() bool {
	s, ok := p.borrow(portResting)
	if !ok {
		return false
	}
	if p.empty(s) {
		p.giveBack(s, portReady)
	} else {
		p.counts.unclean.Add(1)
		p.giveBack(p.shut(s), portClosed)
	}
	return true
}

// fill opens one more pair; false if enough are ready, or none can be opened now.
func (p *portPool) fill() bool {
	s, ok := p.borrow(portClosed)
	if !ok {
		return false
	}
	s, err := p.bindOnce(s.port)
	if err == nil {
		p.giveBack(s, portReady)
		return true
	}
	p.counts.failed.Add(1)
	p.giveBack(s, portClosed)
	return errors.Is(err, unix.EADDRINUSE)
}

// borrow takes a pair for the keeper's work on it, if its rest is over.
func (p *portPool) borrow(state portState) (pair, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || state == portClosed && (p.lists[portReady].n >= p.ahead || p.idle() >= p.limit) {
		return pair{}, false
	}
	i, ok := p.rested(state)
	if !ok {
		return pair{}, false
	}
	p.moving++
	return p.claim(i, portMoving), true
}

func (p *portPool) giveBack(s pair, state portState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var until time.Time
	if state == portClosed {
		until = p.now().Add(p.drain)
	}
	p.moving--
	p.put(s, state, until)
	p.settled.Broadcast()
}

// close ends the keeper and closes the sockets of all idle pairs. Pairs released later are closed as they come.
func (p *portPool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	close(p.stop)
	<-p.done
	for p.shedOne() {
	}
}
