package actors

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// dispatcher runs mailboxes on long-lived goroutines: protoactor's own starts a goroutine for each run of a mailbox,
// whose stack grows anew every time.
type dispatcher struct {
	queue    chan func()
	quit     chan struct{}
	overflow atomic.Uint64 // runs that found the queue full and got a goroutine of their own
	workers  sync.WaitGroup
}

const (
	dispatchQueue      = 65_536 // mailboxes waiting for a worker
	dispatchThroughput = 64     // messages a mailbox may handle before others get their turn
)

func newDispatcher() *dispatcher {
	d := &dispatcher{queue: make(chan func(), dispatchQueue), quit: make(chan struct{})}
	for range max(4, 2*runtime.GOMAXPROCS(0)) {
		d.workers.Add(1)
		go d.work()
	}
	return d
}

func (d *dispatcher) work() {
	defer d.workers.Done()
	for {
		select {
		case run := <-d.queue:
			run()
		case <-d.quit:
			return
		}
	}
}

// close ends the workers; mailboxes scheduled later run nowhere.
func (d *dispatcher) close() {
	close(d.quit)
	d.workers.Wait()
}

// Schedule implements actor.Dispatcher.
func (d *dispatcher) Schedule(run func()) {
	select {
	case d.queue <- run:
	default:
		d.overflow.Add(1)
		go run()
	}
}

// Throughput implements actor.Dispatcher.
func (d *dispatcher) Throughput() int { return dispatchThroughput }
