package persistence

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable/block"
)

// formatVersion is the pinned on-disk format of Pebble: raised on purpose, never by an upgrade of the library.
const formatVersion = pebble.FormatTableFormatV6

// openStore opens Pebble with settings for a write-mostly log: large memtables, so that most raft entries are cut
// before they are ever flushed; few compactions at a time; a WAL that is written out steadily.
func openStore(o *Options, events *pebble.EventListener, log pebble.Logger) (*pebble.DB, error) {
	po := &pebble.Options{
		FS:                          o.FS,
		Logger:                      log,
		EventListener:               events,
		FormatMajorVersion:          formatVersion,
		CacheSize:                   o.CacheBytes,
		MemTableSize:                uint64(o.MemTableBytes),
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       1000, // commits never wait for a compaction, only for a flush
		LBaseMaxBytes:               64 << 20,
		WALBytesPerSync:             0, // each WAL write is followed by a sync within a fraction of a millisecond
		BytesPerSync:                1 << 20,
		MaxOpenFiles:                1024,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
	}
	for i := range po.Levels {
		po.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	// What is flushed is compacted soon, and a start after a kill waits for its flush.
	po.Levels[0].Compression = func() *block.CompressionProfile { return block.NoCompression }
	db, err := pebble.Open(o.Dir, po)
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", o.Dir, err)
	}
	return db, nil
}

// pebbleLog brings Pebble's lines to slog and its fatal errors to fail.
type pebbleLog struct {
	log  *slog.Logger
	fail func(error)
}

func (l pebbleLog) Infof(string, ...any) {}

func (l pebbleLog) Errorf(f string, a ...any) { l.log.Error(fmt.Sprintf(f, a...), "from", "pebble") }

// Fatalf is called on a failed commit, on the committing goroutine. Pebble then goes on as if all were well: whoever
// committed must ask the journal whether it failed.
func (l pebbleLog) Fatalf(f string, a ...any) { l.fail(fmt.Errorf(f, a...)) }

// raftLogger brings raft's lines to slog.
type raftLogger struct{ log *slog.Logger }

func (l raftLogger) Debug(...any)                {}
func (l raftLogger) Debugf(string, ...any)       {}
func (l raftLogger) Info(...any)                 {}
func (l raftLogger) Infof(f string, a ...any)    { l.log.Debug(fmt.Sprintf(f, a...), "from", "raft") }
func (l raftLogger) Warning(a ...any)            { l.log.Warn(fmt.Sprint(a...), "from", "raft") }
func (l raftLogger) Warningf(f string, a ...any) { l.log.Warn(fmt.Sprintf(f, a...), "from", "raft") }
func (l raftLogger) Error(a ...any)              { l.log.Error(fmt.Sprint(a...), "from", "raft") }
func (l raftLogger) Errorf(f string, a ...any)   { l.log.Error(fmt.Sprintf(f, a...), "from", "raft") }
func (l raftLogger) Fatal(a ...any)              { panic(errors.New(fmt.Sprint(a...))) } //nolint:forbidigo // a mistake of the program itself
func (l raftLogger) Fatalf(f string, a ...any)   { panic(fmt.Errorf(f, a...)) }          //nolint:forbidigo // a mistake of the program itself
func (l raftLogger) Panic(a ...any)              { panic(errors.New(fmt.Sprint(a...))) } //nolint:forbidigo // a mistake of the program itself
func (l raftLogger) Panicf(f string, a ...any)   { panic(fmt.Errorf(f, a...)) }          //nolint:forbidigo // a mistake of the program itself
