package persistence

import (
	"log/slog"
	"os"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options configure a Journal. The zero value of each limit means its default.
type Options struct {
	Dir    string // data directory, created when missing
	FS     vfs.FS // nil: the disk
	NodeID uint64 // raft id of this node, not 0; a directory keeps the one it was made with

	Logger *slog.Logger     // nil: discard
	Wall   func() time.Time // nil: time.Now. Its monotonic part is used when it has one

	// Fatal is told once when the journal cannot go on: a failed write or fsync, a corrupt entry. What is pending ends
	// Unknown and nothing is accepted any more. nil: log and exit the process with status 1.
	Fatal func(error)

	MaxPending      int   // appends queued or under way; more are refused with Overloaded. 65,536
	MaxPendingBytes int64 // their bytes. 256 MiB
	MaxBatch        int   // appends in one raft entry. 4,096
	MaxBatchBytes   int   // bytes of one raft entry. 4 MiB

	LogKeep      int   // applied raft entries kept before the log is cut. 1,024
	LogKeepBytes int64 // or their bytes. 1 MiB

	// ReplayBytes of write-ahead log are written before the memtable is flushed, once FlushEvery has passed since the
	// last flush: it bounds what a start after a kill reads again, but for a load that writes many times as much in that
	// time. 2 MiB, 1 s
	ReplayBytes int64
	FlushEvery  time.Duration

	RingChanges int   // changes kept in memory for followers. 65,536
	RingBytes   int64 // or their bytes. 64 MiB

	CacheBytes    int64 // Pebble's block cache. 64 MiB
	MemTableBytes int64 // Pebble's memtable; two or three exist at a time. 64 MiB

	onEntry func(index uint64, data []byte) // tests: each entry as it is applied
}

func orDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// withDefaults fills what was left out.
func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	if o.Fatal == nil {
		log := o.Logger
		o.Fatal = func(err error) {
			log.Error("journal cannot go on", "err", err)
			os.Exit(1) //nolint:forbidigo // the journal can go on no more
		}
	}
	orDefault(&o.MaxPending, 65_536)
	orDefault(&o.MaxPendingBytes, 256<<20)
	orDefault(&o.MaxBatch, 4_096)
	orDefault(&o.MaxBatchBytes, 4<<20)
	orDefault(&o.LogKeep, 1_024)
	orDefault(&o.LogKeepBytes, 1<<20)
	orDefault(&o.ReplayBytes, 2<<20)
	orDefault(&o.FlushEvery, time.Second)
	orDefault(&o.RingChanges, 65_536)
	orDefault(&o.RingBytes, 64<<20)
	orDefault(&o.CacheBytes, 64<<20)
	orDefault(&o.MemTableBytes, 64<<20)
	return o
}
