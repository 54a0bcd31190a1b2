package persistence

import (
	"sync"
	"time"

	"github.com/wirechief/wirechief/persistence/machine"
)

// item is one thing to propose: an append or a shard command.
type item struct {
	append *machine.Append
	done   func(machine.Result)
	shards *shardItem
	size   int
}

type shardItem struct {
	command machine.ShardCommand
	done    func(machine.Result, []machine.ShardRow)
}

func (it *item) finish(res machine.Result, rows []machine.ShardRow) {
	if it.shards != nil {
		it.shards.done(res, rows)
		return
	}
	it.done(res)
}

// queue holds what is to be proposed. Its limits cover what is under way too, until release.
type queue struct {
	maxCount int
	maxBytes int64
	wake     chan struct{} // holds one token while there may be items

	mu     sync.Mutex
	idle   sync.Cond // nothing queued nor under way
	items  []item
	count  int
	bytes  int64
	closed bool
	prompt int         // queued items that somebody waits for
	due    bool        // the lazy ones have waited long enough
	timer  *time.Timer // makes them due; nil while none waits
}

// lazyDelay is how long an append that nobody waits for may wait for company.
const lazyDelay = 5 * time.Millisecond

func newQueue(count int, bytes int64) *queue {
	q := &queue{maxCount: count, maxBytes: bytes, wake: make(chan struct{}, 1)}
	q.idle.L = &q.mu
	return q
}

// put takes an item or says why not.
func (q *queue) put(it item) machine.Reason {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return machine.Closed
	case q.count >= q.maxCount || q.bytes+int64(it.size) > q.maxBytes:
		return machine.Overloaded
	}
	q.items = append(q.items, it)
	q.count++
	q.bytes += int64(it.size)
	if it.append == nil || !it.append.Lazy || len(q.items) >= lazyMany {
		q.prompt++
		if q.prompt == 1 {
			q.rouse()
		}
	} else if q.timer == nil {
		q.timer = time.AfterFunc(lazyDelay, q.ripen)
	}
	return machine.NoReason
}

// lazyMany lazy appends are worth a sync of their own.
const lazyMany = 1024

// ripen ends the wait of the lazy items.
func (q *queue) ripen() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.timer, q.due = nil, true
	q.rouse()
}

func (q *queue) rouse() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take moves the items for one entry into buf: appends up to the limits, or one shard command.
func (q *queue) take(buf []item, count, bytes int) (batch []item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.prompt == 0 && !q.due && !q.closed {
		return buf // only such as can wait
	}
	n, size := 0, 0
	for n < len(q.items) && n < count {
		it := &q.items[n]
		if n > 0 && (it.shards != nil || size+it.size > bytes) {
			break
		}
		size += it.size
		n++
		if it.shards != nil {
			break
		}
	}
	batch = append(buf, q.items[:n]...) //nolint:gocritic // buf is the place for it
	left := copy(q.items, q.items[n:])
	clear(q.items[left:])
	q.items = q.items[:left]
	if left == 0 {
		q.prompt, q.due = 0, false
	} else { // the rest goes with the next entry, at once
		q.prompt = max(q.prompt, 1)
	}
	return batch
}

// release gives back the room of finished items.
func (q *queue) release(count int, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count -= count
	q.bytes -= bytes
	if q.count == 0 {
		q.idle.Broadcast()
	}
}

// close refuses new items.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	q.rouse()
}

// drain waits until all items are finished.
func (q *queue) drain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.count > 0 {
		q.idle.Wait()
	}
}

// proposed are the items of one entry, waiting for it to be applied.
type proposed struct {
	number uint64 // of the first
	items  []item
}

// waiting holds proposed entries in the order of their numbers.
type waiting struct {
	mu   sync.Mutex
	list []proposed
	free [][]item
}

// buffer gives an empty slice for a batch of items.
func (w *waiting) buffer() []item {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.free); n > 0 {
		b := w.free[n-1]
		w.free = w.free[:n-1]
		return b
	}
	return nil
}

// recycle takes a batch's slice back.
func (w *waiting) recycle(b []item) {
	clear(b)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.free) < 8 {
		w.free = append(w.free, b[:0])
	}
}

func (w *waiting) push(p proposed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, p)
}

// pop takes the oldest entry with a number <= number.
func (w *waiting) pop(number uint64) (proposed, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) == 0 || w.list[0].number > number {
		return proposed{}, false
	}
	p := w.list[0]
	n := copy(w.list, w.list[1:])
	w.list[n] = proposed{}
	w.list = w.list[:n]
	return p, true
}
