package media

import (
	"encoding/binary"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// commandQueue carries commands to one worker, in order. An eventfd wakes the worker for the first of a batch.
type commandQueue struct {
	limit  int
	wakeMu sync.Mutex // held to write to fd and to close it, never by the worker that reads
	fd     int        // -1 when closed
	mu     sync.Mutex
	list   []func(*worker)
	woken  bool // the worker has been told of what is in list
	closed bool
}

func newCommandQueue(limit int) (*commandQueue, error) {
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making a command queue: %w", err)
	}
	return &commandQueue{limit: limit, fd: fd}, nil
}

// post queues a command. One that frees or protects something (must) is taken beyond the limit: closing a leg, pausing
// or stopping a recording.
func (q *commandQueue) post(must bool, f func(*worker)) error { return q.add(must, true, f) }

// postQuietly queues a command that can wait for the next one that is not quiet: waking a worker costs its caller more
// than most commands.
func (q *commandQueue) postQuietly(f func(*worker)) error { return q.add(false, false, f) }

func (q *commandQueue) add(must, wake bool, f func(*worker)) error {
	due, err := q.append(must, wake, f)
	if due {
		q.wake() // not under the lock: on a busy core the worker runs at once and would only wait for it
	}
	return err
}

// append queues f and says whether the worker has to be woken for it.
func (q *commandQueue) append(must, wake bool, f func(*worker)) (due bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false, ErrClosed
	}
	if len(q.list) >= q.limit && !must {
		return false, ErrBusy
	}
	q.list = append(q.list, f)
	due = wake && !q.woken
	q.woken = q.woken || wake
	return due, nil
}

func (q *commandQueue) wake() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	q.wakeMu.Lock()
	defer q.wakeMu.Unlock()
	if q.fd >= 0 {
		_, _ = unix.Write(q.fd, one[:])
	}
}

// release closes the eventfd. Only the worker calls it, as its last act.
func (q *commandQueue) release() {
	q.wakeMu.Lock()
	defer q.wakeMu.Unlock()
	_ = unix.Close(q.fd)
	q.fd = -1
}

// take gives all commands waiting and keeps the emptied spare list for the next ones.
func (q *commandQueue) take(spare []func(*worker)) []func(*worker) {
	var b [8]byte
	_, _ = unix.Read(q.fd, b[:])
	q.mu.Lock()
	defer q.mu.Unlock()
	list := q.list
	q.list, q.woken = spare[:0], false
	return list
}

// close refuses further commands.
func (q *commandQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake()
}

// nudge wakes the worker without a command.
func (q *commandQueue) nudge() { q.wake() }
