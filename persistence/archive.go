package persistence

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"go.etcd.io/raft/v3/raftpb"

	"github.com/wirechief/wirechief/persistence/machine"
)

// Archive is a journal that nobody runs, opened to be read: nothing in its directory is changed. It shows what the next
// start would find: what is in the log and was not applied durably is applied in memory. Owned by one goroutine.
type Archive struct {
	db    *pebble.DB
	batch *pebble.Batch // over db, with what the log has and the store has not; nil: nothing
	read  storeReader
	lock  io.Closer
	fault error // of the store's own
}

// OpenArchive opens the journal in a directory for reading. ErrInUse when a process has it open. fs nil: the disk.
func OpenArchive(dir string, fs vfs.FS) (*Archive, error) {
	a := &Archive{}
	if fs == nil {
		lock, err := lockShared(dir)
		if err != nil {
			return nil, err
		}
		fs, a.lock = vfs.Default, lock
	}
	log := slog.New(slog.DiscardHandler)
	db, err := pebble.Open(dir, &pebble.Options{
		FS: readOnlyFS{fs}, ReadOnly: true, ErrorIfNotExists: true,
		Logger: pebbleLog{log, func(err error) { a.fault = errors.Join(a.fault, err) }},
		EventListener: &pebble.EventListener{
			DataCorruption: func(pebble.DataCorruptionInfo) {}, // whoever reads is told
		},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening journal %s: %w", dir, err), a.unlock())
	}
	a.db, a.read = db, storeReader{r: db}
	if err := a.catchUp(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening journal %s: %w", dir, err), a.Close())
	}
	return a, nil
}

// catchUp applies the log's entries that the store has not seen: what ended the process may have cut them off. They are
// few, see Options.ReplayBytes. In a group of one all are committed.
func (a *Archive) catchUp() error {
	var n [3]uint64
	if err := getNumbers(a.db, keyNode, n[:]); err != nil {
		return err
	}
	if n[0] != localVersion {
		return fmt.Errorf("local format %d: %w", n[0], ErrFormat)
	}
	log, err := loadLog(a.db, []uint64{n[1]})
	if err != nil {
		return err
	}
	a.batch = a.db.NewIndexedBatch()
	a.read.r = a.batch
	kv := &batchKV{storeReader: storeReader{r: a.batch}, batch: a.batch}
	m, err := machine.Load(kv)
	if err != nil {
		return errors.Join(err, kv.release())
	}
	var out machine.Applied
	var fault error
	err = log.scan(max(m.State().Raft, bootIndex)+1, ^uint64(0), func(h entryHead, data []byte) bool {
		if h.kind != raftpb.EntryNormal {
			fault = fmt.Errorf("entry %d of type %v: %w", h.index, h.kind, ErrFormat)
			return false
		}
		fault = m.Apply(kv, h.index, append([]byte(nil), data...), &out)
		return fault == nil
	})
	return errors.Join(fault, err, kv.release())
}

// Reader reads the replicated state. It is good until Close, for one goroutine.
func (a *Archive) Reader() machine.Reader { return &a.read }

// Close ends the reading. The error tells too what the store itself met.
func (a *Archive) Close() error {
	err := a.read.release()
	if a.batch != nil {
		err = errors.Join(err, a.batch.Close())
	}
	return errors.Join(err, a.db.Close(), a.fault, a.unlock())
}

func (a *Archive) unlock() error {
	if a.lock == nil {
		return nil
	}
	return a.lock.Close()
}

// readOnlyFS refuses whatever would change a file.
type readOnlyFS struct{ vfs.FS }

// errReadOnly is a mistake of the program: a journal opened for reading is not written to.
var errReadOnly = errors.New("persistence: the journal is open for reading only")

// Create implements vfs.FS.
func (readOnlyFS) Create(string, vfs.DiskWriteCategory) (vfs.File, error) { return nil, errReadOnly }

// Link implements vfs.FS.
func (readOnlyFS) Link(string, string) error { return errReadOnly }

// OpenReadWrite implements vfs.FS.
func (readOnlyFS) OpenReadWrite(string, vfs.DiskWriteCategory, ...vfs.OpenOption) (vfs.File, error) {
	return nil, errReadOnly
}

// Remove implements vfs.FS.
func (readOnlyFS) Remove(string) error { return errReadOnly }

// RemoveAll implements vfs.FS.
func (readOnlyFS) RemoveAll(string) error { return errReadOnly }

// Rename implements vfs.FS.
func (readOnlyFS) Rename(string, string) error { return errReadOnly }

// ReuseForWrite implements vfs.FS.
func (readOnlyFS) ReuseForWrite(string, string, vfs.DiskWriteCategory) (vfs.File, error) {
	return nil, errReadOnly
}

// MkdirAll implements vfs.FS.
func (readOnlyFS) MkdirAll(string, os.FileMode) error { return nil } // Pebble asks for what is there

// Lock implements vfs.FS: the lock is held already, see lockShared.
func (readOnlyFS) Lock(string) (io.Closer, error) { return nopCloser{}, nil }

type nopCloser struct{}

func (nopCloser) Close() error { return nil }
