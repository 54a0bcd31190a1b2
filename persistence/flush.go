package persistence

import (
	"fmt"
	"time"
)

// flusher has the store flush its memtable long before it is full: after a kill the store reads its write-ahead log
// again and flushes what it finds before it opens, at some 10 ms a megabyte, and nearly all of the gap that talking
// calls hear would be that. A load that soon fills the memtable by itself is left alone: a flush more costs throughput
// there (a sixth at 300,000 appends/s).
type flusher struct {
	wake chan struct{} // holds one token when a flush is due

	// The apply goroutine's.
	since uint64    // bytes written by appends and batches when the last flush was asked for
	last  time.Time // when that was
}

func newFlusher() flusher { return flusher{wake: make(chan struct{}, 1)} }

// wrote is told after each applied batch. Once the log since the last flush is long enough it asks for another.
func (f *flusher) wrote(j *Journal) {
	total := j.stats.EntryBytes.Load() + j.stats.BatchBytes.Load() + j.stats.DerivedBytes.Load()
	if total-f.since < uint64(j.o.ReplayBytes) {
		return
	}
	now := time.Now()
	if now.Sub(f.last) < j.o.FlushEvery {
		return
	}
	busy := total-f.since > busyFactor*uint64(j.o.ReplayBytes) && now.Sub(f.last) < 2*j.o.FlushEvery
	f.since, f.last = total, now
	if busy {
		return
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// busyFactor times ReplayBytes in one interval is more than calls ever write.
const busyFactor = 8

// flushLoop carries the flushes out: they change the log file, which takes the disk a moment.
func (j *Journal) flushLoop() {
	for {
		select {
		case <-j.flusher.wake:
		case <-j.stop:
			return
		}
		if _, err := j.db.AsyncFlush(); err != nil {
			j.fail(fmt.Errorf("flushing: %w", err))
			return
		}
		j.stats.Flushes.Add(1)
	}
}
