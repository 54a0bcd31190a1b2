package persistence

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/wirechief/wirechief/persistence/machine"
)

// crashWriter is an actor with its own stream: it appends records 0, 1, 2 ..., and repeats with the same id what had
// no definite outcome.
type crashWriter struct {
	stream string
	acked  atomic.Uint64 // records known to be durable
	asked  atomic.Uint64 // records proposed
	total  *atomic.Uint64
}

func (w *crashWriter) data(i uint64) string {
	// Of very different sizes, so that memtables turn over and entries span WAL blocks.
	size := (i*7919 + uint64(len(w.stream))) % 3000
	if i%5 == 0 {
		size = 40_000
	}
	return fmt.Sprintf("%s/%d/%0*d", w.stream, i, size, 0)
}

// run appends until the journal stops or is told to.
func (w *crashWriter) run(t *testing.T, j *Journal, stop *atomic.Bool) {
	for !stop.Load() {
		i := w.acked.Load()
		a := rec(w.stream, i, w.data(i))
		a.Index = []machine.IndexOp{{Key: []byte("at/" + w.stream), Value: fmt.Append(nil, i)}}
		if i%16 == 15 {
			a.Snapshot = []byte(w.data(i))
		}
		w.asked.Store(i + 1)
		switch r := await(j, a); {
		case r.Status == machine.OK && r.Version == i+1:
			w.acked.Store(i + 1)
			w.total.Add(1)
		case r.Reason == machine.Closed || r.Status == machine.Unknown:
			return
		default:
			t.Errorf("%s record %d: %+v", w.stream, i, r)
			return
		}
	}
}

// check compares a stream after a crash with what the writer knows: all that was acknowledged before the crash is
// there, nothing twice, nothing that was never asked for.
func (w *crashWriter) check(t *testing.T, v *View, ackedBefore uint64) {
	t.Helper()
	got := recordsOf(v, w.stream)
	if n := uint64(len(got)); n < ackedBefore || n > w.asked.Load() {
		t.Fatalf("%s has %d records, acknowledged %d, asked for %d", w.stream, n, ackedBefore, w.asked.Load())
	}
	for i, data := range got {
		if data != w.data(uint64(i)) {
			t.Fatalf("%s record %d is %.40q", w.stream, i, data)
		}
	}
	if n := v.StreamVersion(w.stream); n != uint64(len(got)) {
		t.Fatalf("%s has %d records and version %d", w.stream, len(got), n)
	}
}

// The machine loses power at random moments, keeping none, some or all of what was not synced. Each life continues
// on what the last one left.
func TestCrash(t *testing.T) {
	for _, c := range []struct {
		name    string
		logKeep int
	}{{"log kept", 1 << 20}, {"log cut at once", 1}, {"log cut often", 20}} {
		t.Run(c.name, func(t *testing.T) { crashes(t, Options{LogKeep: c.logKeep, MemTableBytes: 256 << 10}) })
	}
}

func crashes(t *testing.T, o Options) {
	rng := rand.New(rand.NewPCG(1, uint64(o.LogKeep)))
	var hist history
	fs := vfs.NewCrashableMem()
	if err := fs.MkdirAll("journal", 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := fs.OpenDir("")
	if err != nil {
		t.Fatal(err)
	}
	if err := root.Sync(); err != nil { // the directory itself survives, as on a machine that was set up earlier
		t.Fatal(err)
	}
	o.onEntry = hist.hook
	var total atomic.Uint64
	var writers []*crashWriter
	for i := range 6 {
		writers = append(writers, &crashWriter{stream: fmt.Sprintf("call/%d", i), total: &total})
	}
	lives := 12
	if testing.Short() {
		lives = 4
	}
	acked := make([]uint64, len(writers))
	for life := range lives {
		o.FS = fs
		hist.forget(lastStored(t, fs))
		j := open(t, o)
		v := j.View()
		for i, w := range writers {
			w.check(t, v, acked[i])
			w.acked.Store(acked[i])
		}
		got := v.Hash()
		v.Close()
		if want := hist.replay(t); got != want {
			t.Fatalf("life %d: state hash %x, a replay gives %x", life, got, want)
		}
		if life == 0 {
			claim(t, j)
		}
		fs = liveAndCrash(t, j, writers, acked, rng)
	}
	if total.Load() < uint64(lives*len(writers)) {
		t.Errorf("only %d appends in all", total.Load())
	}
}

// liveAndCrash lets the writers run for a random number of appends, then takes the file system as a crash leaves it.
func liveAndCrash(
	t *testing.T, j *Journal, writers []*crashWriter, acked []uint64, rng *rand.Rand,
) *vfs.MemFS {
	t.Helper()
	total := writers[0].total
	until := total.Load() + uint64(20+rng.IntN(300))
	cfg := vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 50, 100}[rng.IntN(3)], RNG: rng}
	var stop atomic.Bool
	var wg sync.WaitGroup
	reached := make(chan struct{})
	var once sync.Once
	for _, w := range writers {
		wg.Go(func() { w.run(t, j, &stop) })
	}
	// The crash comes from inside, in the middle of the work: when the count is reached.
	wg.Go(func() {
		f := j.ring.follow(j.ring.nextIndex())
		defer f.Close()
		for total.Load() < until {
			if _, err := f.Next(t.Context()); err != nil && !errors.Is(err, ErrLagged) {
				t.Errorf("following: %v", err)
				break
			}
		}
		once.Do(func() { close(reached) })
	})
	<-reached
	for i, w := range writers {
		acked[i] = w.acked.Load()
	}
	clone := j.o.FS.(*vfs.MemFS).CrashClone(cfg)
	stop.Store(true)
	wg.Wait()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return clone
}

// lastStored reads the last index of the raft log that a crash left.
func lastStored(t *testing.T, fs *vfs.MemFS) uint64 {
	t.Helper()
	db, err := pebble.Open("journal", &pebble.Options{
		FS: fs, Logger: pebbleLog{Options{}.withDefaults().Logger, func(err error) { t.Error(err) }},
		FormatMajorVersion: formatVersion,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l, err := loadLog(db, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l.last
}
