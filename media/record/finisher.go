package record

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// enqueue gives a known recording to the finishers, unless they have it. The queue is bounded by the number of
// recordings known. The caller holds mu.
func (r *Recorder) enqueue(id string) {
	if k := r.known[id]; !k.finish {
		k.finish = true
		r.queue = append(r.queue, job{id: id})
		r.wake.Signal()
	}
}

// job is a recording to be finished, or a finished one to be told again.
type job struct {
	id       string
	again    *Manifest
	segments []int     // ascending
	stopped  []*extent // of this process, in order of segments

	file *os.File // written, not durable yet
	m    *Manifest
	err  error
}

// batchLimit bounds the recordings a finisher makes durable together, and so the files it has open.
const batchLimit = 64

// finisher makes files of what waits. Those that wait together are made durable together: nobody waits for a batch to
// fill.
func (r *Recorder) finisher() {
	defer r.finishers.Done()
	var f workshop
	for {
		jobs := r.next()
		if len(jobs) == 0 {
			return
		}
		r.at("stopped")
		r.finish(&f, jobs)
		r.at("durable")
		for _, j := range jobs {
			r.done(j)
		}
	}
}

// done tells of a job.
func (r *Recorder) done(j *job) {
	switch {
	case j.again != nil:
		r.cfg.OnFinished(j.again.Finished(r.cfg.Dir))
	case j.err != nil:
		r.Stats.Failed.Add(1)
		r.mu.Lock()
		k := r.known[j.id]
		r.mu.Unlock()
		r.spill(j.id, k)
		r.mu.Lock()
		k.finish = false
		r.mu.Unlock()
		r.cfg.OnFailed(j.id, fmt.Errorf("finishing %s: %w", j.id, j.err))
	default:
		// From here on Finish answers from the manifest: should the process die now, that tells it again.
		r.forget(j)
		r.Stats.Finished.Add(1)
		r.cfg.OnFinished(j.m.Finished(r.cfg.Dir))
	}
}

// next waits for recordings to be finished; none when the recorder is closing and none is left.
func (r *Recorder) next() []*job {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.queue) == 0 {
		if r.ending {
			return nil
		}
		r.wake.Wait()
	}
	jobs := make([]*job, 0, min(len(r.queue), batchLimit))
	for _, j := range r.queue[:cap(jobs)] {
		if j.again == nil {
			k := r.known[j.id]
			j.segments, j.stopped = slices.Clone(k.segments), slices.Clone(k.stopped)
			slices.Sort(j.segments)
		}
		jobs = append(jobs, &j)
	}
	r.queue = slices.Delete(r.queue, 0, len(jobs))
	return jobs
}

// spill writes what a recording that could not be finished has in memory: its log files are not held for it then. The
// caller has its finish, or is the last one.
func (r *Recorder) spill(id string, k *onDisk) {
	durable := true
	for _, x := range k.stopped {
		if err := x.flush(r.pool, true); err != nil {
			durable = false
			r.Stats.ExtentErrors.Add(1)
			r.cfg.Logger.Error("extents not written", "recording", id, "err", err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if durable {
		k.oldest = 0
	}
}

// forget deletes the extents of a finished recording; its log files are no longer held.
func (r *Recorder) forget(j *job) {
	for _, segment := range j.segments {
		if x := j.extent(segment); x != nil {
			x.release(r.pool)
			if !x.made {
				continue
			}
		}
		if err := os.Remove(extentPath(r.openDir(), j.id, segment)); err != nil && !errors.Is(err, os.ErrNotExist) {
			r.Stats.ExtentErrors.Add(1)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, j.id)
}

// extent gives the segment's extent if it is of this process.
func (j *job) extent(segment int) *extent {
	for _, x := range j.stopped {
		if x.Segment == segment {
			return x
		}
	}
	return nil
}

// Finish makes the file of a recording that is not running; OnFinished follows. If the file is there already,
// OnFinished is only called again.
func (r *Recorder) Finish(id string) error {
	if err := CheckID(id); err != nil {
		return err
	}
	if known, err := r.finishKnown(id); known || err != nil {
		return err
	}
	m, err := ReadManifest(wavPath(r.cfg.Dir, id))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending {
		return ErrClosed
	}
	if len(r.queue) >= maxQueue {
		return fmt.Errorf("%w: %d recordings wait to be finished", ErrBusy, len(r.queue))
	}
	r.queue = append(r.queue, job{id: id, again: m})
	r.wake.Signal()
	return nil
}

// maxQueue bounds the finishers' queue for those asked for again; the others are bounded by the recordings known.
const maxQueue = 100_000

func (r *Recorder) finishKnown(id string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.known[id]
	if k == nil {
		return false, nil
	}
	if r.ending {
		return true, ErrClosed
	}
	if k.running {
		return true, fmt.Errorf("%w: %s is running", ErrExists, id)
	}
	r.enqueue(id)
	return true, nil
}
