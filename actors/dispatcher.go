package actors

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// dispatcher runs mailboxes on long-lived goroutines: protoactor's own starts a goroutine for each run of a mailbox,
// whose stack grows anew every time. A mailbox that a running actor wakes waits for the end of that run rather than for
// another thread: a run takes some ten microseconds, waking a thread of an idle machine a hundred. Actors never wait
// for each other, so nothing that is queued can hold up what runs.
type dispatcher struct {
	overflow atomic.Uint64 // runs that found the queue full and got a goroutine of their own
	done     sync.WaitGroup
	cores    int

	mu     sync.Mutex
	wake   sync.Cond // there is a permit, or the end
	queue  []func()  // a ring
	head   int
	queued int
	idle   int // workers that wait
	busy   int // workers that run or have a permit to
	permit int
	taken  time.Time // when a worker last took a run
	closed bool
}

const (
	dispatchQueue      = 65_536                 // mailboxes waiting for a worker
	dispatchThroughput = 64                     // messages a mailbox may handle before others get their turn
	dispatchStall      = 200 * time.Microsecond // when all runs under way are older, one more worker helps
)

func newDispatcher() *dispatcher { return dispatch(max(4, 2*runtime.GOMAXPROCS(0)), dispatchQueue) }

func dispatch(workers, queue int) *dispatcher {
	d := &dispatcher{queue: make([]func(), queue), cores: runtime.NumCPU(), idle: workers}
	d.wake.L = &d.mu
	for range workers {
		d.done.Go(d.work)
	}
	return d
}

func (d *dispatcher) work() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		for d.permit == 0 && !d.closed {
			d.wake.Wait()
		}
		if d.closed {
			return
		}
		d.permit--
		for d.queued > 0 && !d.closed {
			run := d.queue[d.head]
			d.queue[d.head] = nil
			d.head = (d.head + 1) % len(d.queue)
			d.queued--
			d.taken = time.Now()
			d.mu.Unlock()
			run()
			d.mu.Lock()
		}
		d.busy--
		d.idle++
	}
}

// close ends the workers; mailboxes scheduled later run nowhere.
func (d *dispatcher) close() {
	d.mu.Lock()
	d.closed = true
	d.wake.Broadcast()
	d.mu.Unlock()
	d.done.Wait()
}

// Schedule implements actor.Dispatcher.
func (d *dispatcher) Schedule(run func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.queued == len(d.queue) {
		d.overflow.Add(1)
		go run()
		return
	}
	d.queue[(d.head+d.queued)%len(d.queue)] = run
	d.queued++
	if d.idle > 0 && d.short() {
		d.idle--
		d.busy++
		d.permit++
		d.wake.Signal()
	}
}

// short says whether one more worker is due.
func (d *dispatcher) short() bool {
	switch {
	case d.busy == 0:
		return true
	case d.busy < d.cores && d.queued > d.busy:
		return true
	}
	return time.Since(d.taken) > dispatchStall
}

// Throughput implements actor.Dispatcher.
func (d *dispatcher) Throughput() int { return dispatchThroughput }
