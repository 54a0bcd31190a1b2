package persistence

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/wirechief/wirechief/persistence/machine"
)

// recordBytes is the size of one benchmark record: about that of a call event.
const recordBytes = 200

func histogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, int64(time.Minute), 3) }

// reportLatency reports quantiles in microseconds.
func reportLatency(b *testing.B, h *hdrhistogram.Histogram) {
	for _, q := range []float64{50, 99} {
		b.ReportMetric(float64(h.ValueAtQuantile(q))/1e3, fmt.Sprintf("p%.0f-us", q))
	}
	b.ReportMetric(float64(h.Max())/1e3, "max-us")
}

// BenchmarkFdatasync is the reference: what this disk makes of one small write and its fdatasync, into blocks that
// were written before (a recycled WAL) and into blocks that are only allocated (Pebble's first WALs).
func BenchmarkFdatasync(b *testing.B) {
	b.Run("blocks=written", func(b *testing.B) { benchSync(b, true) })
	b.Run("blocks=allocated", func(b *testing.B) { benchSync(b, false) })
}

func benchSync(b *testing.B, written bool) {
	const size, step = 64 << 20, 512
	f, err := os.Create(filepath.Join(b.TempDir(), "f"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Fallocate(int(f.Fd()), 0, 0, size); err != nil {
		b.Fatal(err)
	}
	for off := int64(0); written && off < size; off += 1 << 20 {
		if _, err := f.WriteAt(make([]byte, 1<<20), off); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	block := make([]byte, step)
	h, off := histogram(), int64(0)
	for b.Loop() {
		start := time.Now()
		if _, err := f.WriteAt(block, off%size); err != nil {
			b.Fatal(err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
		_ = h.RecordValue(int64(time.Since(start)))
		off += step
	}
	reportLatency(b, h)
}

// BenchmarkAppend has each writer wait for one append before the next (closed loop), each on its own stream.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 64, 1024} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) { benchAppend(b, writers) })
	}
}

func benchAppend(b *testing.B, writers int) {
	j, err := Open(Options{Dir: b.TempDir(), NodeID: 1, Fatal: func(err error) { panic(err) }})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	claim(b, j)
	before := j.Metrics()
	cpu, start := cpuTime(), time.Now()
	b.ReportAllocs()
	b.ResetTimer()
	took := make([][]time.Duration, writers) // a histogram for each writer would not fit the caches
	var wg sync.WaitGroup
	for w := range writers {
		n := b.N / writers
		if w < b.N%writers {
			n++
		}
		took[w] = make([]time.Duration, 0, n)
		wg.Go(func() { took[w] = writeStream(b, j, fmt.Sprintf("call/%08d", w), n, took[w]) })
	}
	wg.Wait()
	b.StopTimer()
	elapsed, cpu := time.Since(start), cpuTime()-cpu
	all := histogram()
	for _, w := range took {
		for _, d := range w {
			_ = all.RecordValue(int64(d))
		}
	}
	reportLatency(b, all)
	n := float64(b.N)
	b.ReportMetric(n/elapsed.Seconds(), "appends/s")
	b.ReportMetric(float64(cpu)/n/1e3, "cpu-us/append")
	b.ReportMetric(float64(j.stats.EntryBytes.Load())/n, "log-B/append")
	b.ReportMetric(float64(j.stats.BatchBytes.Load())/n, "state-B/append")
	b.ReportMetric(float64(j.Metrics().WAL.BytesWritten-before.WAL.BytesWritten)/n, "wal-B/append")
	b.ReportMetric(n/float64(j.stats.Syncs.Load()), "appends/sync")
}

func writeStream(b *testing.B, j *Journal, stream string, n int, took []time.Duration) []time.Duration {
	got := make(chan machine.Result, 1)
	done := func(r machine.Result) { got <- r }
	record := make([]byte, recordBytes)
	a := machine.Append{Epoch: 1, Stream: stream, Incarnation: 1, Records: [][]byte{record}}
	for i := range n {
		a.Expect, a.Seq = uint64(i), uint64(i+1)
		start := time.Now()
		j.Append(&a, done)
		if r := <-got; r.Status != machine.OK {
			b.Errorf("append %d of %s: %+v", i, stream, r)
			break
		}
		took = append(took, time.Since(start))
	}
	return took
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// claim gives node 1 all hash shards with epoch 1.
func claim(tb testing.TB, j *Journal) {
	tb.Helper()
	got := make(chan machine.Result, 1)
	j.Shards(machine.ShardCommand{Op: machine.ClaimHash, Node: 1, Incarnation: j.Boot()},
		func(r machine.Result, _ []machine.ShardRow) { got <- r })
	if r := <-got; r.Status != machine.OK {
		tb.Fatalf("claim: %+v", r)
	}
}
