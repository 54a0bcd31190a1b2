package persistence

import (
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// What a start after a kill has to read again stays short, however much is written, and however large the memtable is.
func TestFlushKeepsReplayShort(t *testing.T) {
	fs := vfs.NewCrashableMem()
	o := Options{FS: fs, MemTableBytes: 64 << 20, ReplayBytes: 32 << 10, FlushEvery: time.Nanosecond}
	j := open(t, o)
	claim(t, j)
	data, written := string(make([]byte, 4<<10)), 0
	for ; j.Metrics().Flush.Count < 2; written++ { // the flushes are other goroutines
		if written == 100_000 {
			t.Fatal("no flush")
		}
		must(t, j, rec("call/1", uint64(written), data))
	}
	if n := j.Metrics().WAL.BytesIn; n >= 64<<20 {
		t.Errorf("%d bytes before the second flush: the memtable was full", n)
	}
	again := open(t, Options{FS: fs.CrashClone(vfs.CrashCloneCfg{})})
	v := again.View()
	defer v.Close()
	if n := v.StreamVersion("call/1"); n != uint64(written) {
		t.Errorf("%d records of %d", n, written)
	}
}

// A load that writes many times ReplayBytes in an interval has its memtable's size to flush by.
func TestFlushLeavesBusyLoadsAlone(t *testing.T) {
	j := &Journal{o: Options{ReplayBytes: 100, FlushEvery: time.Hour}, flusher: newFlusher()}
	f := &j.flusher
	wrote := func(bytes uint64, ago time.Duration) bool {
		j.stats.BatchBytes.Add(bytes)
		f.last = time.Now().Add(-ago)
		f.wrote(j)
		select {
		case <-f.wake:
			return true
		default:
			return false
		}
	}
	for _, c := range []struct {
		bytes uint64
		ago   time.Duration
		want  bool
	}{
		{99, 2 * time.Hour, false},                    // too little
		{1, time.Minute, false},                       // enough, too soon
		{0, 61 * time.Minute, true},                   // due
		{100*busyFactor + 1, 61 * time.Minute, false}, // busy
		{100*busyFactor + 1, 5 * time.Hour, true},     // as much in a longer time is not
	} {
		if got := wrote(c.bytes, c.ago); got != c.want {
			t.Errorf("%d bytes %v after the last flush: %v", c.bytes, c.ago, got)
		}
	}
}
