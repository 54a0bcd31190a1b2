package record

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// keepLogs is how long a log file is kept before extents are synced only to get rid of it: most recordings are
	// finished by then and need no sync of their own.
	keepLogs = 30 * time.Second
	// syncBudget bounds the time spent on such syncs in one second.
	syncBudget = 100 * time.Millisecond
	// flushBytes is kept back of one recording at most: about 50 s of two-way G.711, longer than logs are kept. A
	// shorter recording never sees an extent file.
	flushBytes = 1 << 20
	// worthBytes is worth a write when memory is short.
	worthBytes = 64 << 10
	// maxGathered bounds what is gathered for one recording while its extents cannot be written.
	maxGathered = 2 << 20
)

func fdatasync(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }

// demux sorts slots into extents. It belongs to one goroutine.
type demux struct {
	r    *Recorder
	open map[uint64]*extent
	log  uint64 // of the last slab
	past []pastLog
}

// pastLog is a log file that gets no more slabs.
type pastLog struct {
	number uint64
	since  time.Time
}

func (r *Recorder) demultiplex() {
	defer r.writers.Done()
	d := r.demux
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case s, ok := <-r.demuxing:
			if !ok {
				return
			}
			d.slab(s)
			r.slabs.put(s)
		case <-tick.C:
			d.trim(time.Now())
		}
	}
}

func (d *demux) slab(s *Slab) {
	if s.log != d.log {
		if d.log != 0 {
			d.past = append(d.past, pastLog{d.log, time.Now()})
		}
		d.log = s.log
	}
	s.each(func(slot *Slot, raw []byte) { d.slot(slot, raw, s.log) })
}

func (d *demux) slot(s *Slot, raw []byte, log uint64) {
	number := s.Stream >> 1
	if s.Kind == KindOpen {
		if err := d.begin(number, s); err != nil {
			d.r.cfg.OnFailed(openingID(s), err)
			return
		}
	}
	x := d.open[number]
	if x == nil {
		d.r.Stats.Orphans.Add(1)
		return
	}
	if x.size >= maxGathered && s.Kind != KindStop {
		d.r.Stats.ExtentDropped.Add(1)
		return
	}
	x.add(raw, log, d.r.pool)
	if s.Kind == KindStop {
		d.end(number, x)
		return
	}
	if d.worth(x.size, x.size-len(raw)) {
		d.flush(x, false)
	}
}

// worth says that an extent of so many bytes is to be written, which it was not before. One whose write failed is tried
// again each worthBytes.
func (d *demux) worth(size, before int) bool {
	if size/worthBytes == before/worthBytes {
		return false
	}
	return size >= flushBytes || d.r.pool.full()
}

func openingID(s *Slot) string {
	o, _ := decodeOpening(s.Data)
	return o.ID
}

func (d *demux) begin(number uint64, s *Slot) error {
	o, err := decodeOpening(s.Data)
	if err != nil {
		return err
	}
	x := &extent{number: number, Opening: o}
	x.path = extentPath(d.r.openDir(), x.ID, x.Segment)
	d.r.mu.Lock()
	defer d.r.mu.Unlock()
	k := d.r.known[x.ID]
	if d.r.left[x.path] || k != nil && (k.running || k.finish || slices.Contains(k.segments, x.Segment)) {
		return fmt.Errorf("%w: %s segment %d", ErrExists, x.ID, x.Segment)
	}
	if k == nil {
		k = &onDisk{}
		d.r.known[x.ID] = k
	}
	d.open[number] = x
	d.r.Stats.Begun.Add(1)
	k.segments, k.running = append(k.segments, x.Segment), true
	return nil
}

func (d *demux) flush(x *extent, sync bool) bool {
	n := x.size
	if err := x.flush(d.r.pool, sync); err != nil {
		d.r.Stats.ExtentErrors.Add(1)
		d.r.cfg.Logger.Error("extents not written", "recording", x.ID, "err", err)
		return false
	}
	d.r.Stats.ExtentWrites.Add(1)
	d.r.Stats.ExtentBytes.Add(uint64(n))
	return true
}

// end hands a stopped recording to the finishers, with what is in memory. Its log files are kept until it is finished.
func (d *demux) end(number uint64, x *extent) {
	if x.stopped = true; d.r.pool.full() && !d.flush(x, false) {
		return // trim tries again
	}
	delete(d.open, number)
	d.r.mu.Lock()
	defer d.r.mu.Unlock()
	k := d.r.known[x.ID]
	k.running, k.stopped = false, append(k.stopped, x)
	if k.oldest == 0 || x.oldest != 0 && x.oldest < k.oldest {
		k.oldest = x.oldest
	}
	d.r.enqueue(x.ID)
}

// trim deletes log files whose slots are durable elsewhere, and syncs extents that hold old ones back.
func (d *demux) trim(now time.Time) {
	var horizon uint64
	for _, p := range d.past {
		if now.Sub(p.since) > keepLogs {
			horizon = p.number
		}
	}
	needed := d.log
	for number, x := range d.open {
		if x.stopped {
			d.end(number, x)
		} else if x.oldest != 0 && x.oldest <= horizon && time.Since(now) < syncBudget {
			d.flush(x, true)
		}
		if x.oldest != 0 {
			needed = min(needed, x.oldest)
		}
	}
	d.r.mu.Lock()
	for _, k := range d.r.known {
		if k.oldest != 0 {
			needed = min(needed, k.oldest)
		}
	}
	d.r.mu.Unlock()
	d.drop(needed)
}

// drop deletes the past log files before number `needed`.
func (d *demux) drop(needed uint64) {
	for len(d.past) > 0 && d.past[0].number < needed {
		if err := os.Remove(logPath(d.r.logDir(), d.past[0].number)); err != nil && !errors.Is(err, os.ErrNotExist) {
			d.r.Stats.LogErrors.Add(1)
		}
		d.past = d.past[1:]
	}
}

// close makes what runs still durable and deletes the log, unless something is not. Finishers are done by then.
func (d *demux) close() {
	clean := true
	for _, x := range d.open {
		clean = d.flush(x, true) && clean
	}
	for id, k := range d.r.known {
		if k.oldest != 0 {
			d.r.spill(id, k)
		}
		clean = clean && k.oldest == 0
	}
	if clean && syncDir(d.r.openDir()) == nil && d.log != 0 {
		d.past = append(d.past, pastLog{number: d.log})
		d.drop(d.log + 1)
	}
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // finished meanwhile
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
