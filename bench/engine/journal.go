package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// recordBytes is the size of one record in the journal measurement: about that of a call event.
const recordBytes = 200

// JournalRun is the journal with a number of writers, each of which waits for its append before the next.
type JournalRun struct {
	Writers        int
	PerSecond      float64
	P50, P99, Max  time.Duration
	CPUPerAppend   time.Duration
	AppendsPerSync float64
	BytesPerAppend float64 // to the write-ahead log, of 200-byte records
}

// JournalFigures are the journal by itself, next to the bare disk.
type JournalFigures struct {
	SyncPerSecond    float64 // write of 512 bytes and fdatasync, one after another
	SyncP50, SyncP99 time.Duration
	Runs             []JournalRun
}

// Journal measures the journal in dir; each part takes about the time given.
func Journal(ctx context.Context, dir string, writers []int, each time.Duration) (JournalFigures, error) {
	var out JournalFigures
	if err := out.sync(filepath.Join(dir, "sync"), each); err != nil {
		return out, err
	}
	for _, w := range writers {
		r, err := journalRun(ctx, filepath.Join(dir, fmt.Sprintf("journal%d", w)), w, each)
		if err != nil {
			return out, fmt.Errorf("journal with %d writers: %w", w, err)
		}
		out.Runs = append(out.Runs, r)
	}
	return out, nil
}

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, int64(time.Minute), 3) }

// sync measures the disk: blocks that were written before, as those of a recycled log are.
func (f *JournalFigures) sync(path string, each time.Duration) (err error) {
	const size, step = 16 << 20, 512
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("making the file of the bare loop: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(path)) }()
	if _, err := file.Write(make([]byte, size)); err != nil {
		return fmt.Errorf("filling the file of the bare loop: %w", err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("syncing the file of the bare loop: %w", err)
	}
	h, block, begin := newHistogram(), make([]byte, step), time.Now()
	for off := int64(0); time.Since(begin) < each; off += step {
		start := time.Now()
		if _, err := file.WriteAt(block, off%size); err != nil {
			return fmt.Errorf("bare loop: %w", err)
		}
		if err := syscall.Fdatasync(int(file.Fd())); err != nil {
			return fmt.Errorf("bare loop: %w", err)
		}
		_ = h.RecordValue(int64(time.Since(start)))
	}
	f.SyncPerSecond = float64(h.TotalCount()) / time.Since(begin).Seconds()
	f.SyncP50, f.SyncP99 = time.Duration(h.ValueAtQuantile(50)), time.Duration(h.ValueAtQuantile(99))
	return nil
}

func journalRun(ctx context.Context, dir string, writers int, each time.Duration) (_ JournalRun, err error) {
	var fatal error
	j, err := persistence.Open(persistence.Options{Dir: dir, NodeID: 1, Fatal: func(err error) { fatal = err }})
	if err != nil {
		return JournalRun{}, err
	}
	defer func() { err = errors.Join(err, j.Close(), fatal, os.RemoveAll(dir)) }()
	claimed := make(chan machine.Result, 1)
	j.Shards(machine.ShardCommand{Op: machine.ClaimHash, Node: 1, Incarnation: j.Boot()},
		func(r machine.Result, _ []machine.ShardRow) { claimed <- r })
	if r := <-claimed; r.Status != machine.OK {
		return JournalRun{}, fmt.Errorf("claiming the shards: %v", r.Reason)
	}
	ctx, cancel := context.WithTimeout(ctx, each)
	defer cancel()
	before, syncs := j.Metrics().WAL.BytesWritten, j.Stats().Syncs.Load()
	cpu, begin := cpuTime(), time.Now()
	took, errs := make([][]time.Duration, writers), make([]error, writers)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() { took[w], errs[w] = writeStream(ctx, j, fmt.Sprintf("call/%08d", w)) })
	}
	all.Wait()
	elapsed := time.Since(begin)
	cpu = cpuTime() - cpu
	h := newHistogram()
	for _, w := range took {
		for _, d := range w {
			_ = h.RecordValue(int64(d))
		}
	}
	n := float64(max(h.TotalCount(), 1))
	return JournalRun{
		Writers: writers, PerSecond: n / elapsed.Seconds(), CPUPerAppend: time.Duration(float64(cpu) / n),
		P50: time.Duration(h.ValueAtQuantile(50)), P99: time.Duration(h.ValueAtQuantile(99)), Max: time.Duration(h.Max()),
		AppendsPerSync: n / float64(max(j.Stats().Syncs.Load()-syncs, 1)),
		BytesPerAppend: float64(j.Metrics().WAL.BytesWritten-before) / n,
	}, errors.Join(errs...)
}

// writeStream appends to one stream until ctx is done.
func writeStream(ctx context.Context, j *persistence.Journal, stream string) (took []time.Duration, err error) {
	got := make(chan machine.Result, 1)
	done := func(r machine.Result) { got <- r }
	a := machine.Append{Epoch: 1, Stream: stream, Incarnation: 1, Records: [][]byte{make([]byte, recordBytes)}}
	for i := uint64(0); ctx.Err() == nil; i++ {
		a.Expect, a.Seq = i, i+1
		start := time.Now()
		j.Append(&a, done)
		if r := <-got; r.Status != machine.OK {
			return took, fmt.Errorf("append %d of %s: %v", i, stream, r.Reason)
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
