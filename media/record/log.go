package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	logBytes    = 32 << 20 // a log file is this long at most
	logAge      = 10 * time.Second
	syncEvery   = time.Second
	logSuffix   = ".log"
	logDirMode  = 0o750
	logFileMode = 0o640
)

// logWriter writes sealed slabs to log files, one after the other: the crash log. It belongs to one goroutine.
type logWriter struct {
	dir    string
	number uint64 // of the current file
	file   *os.File
	offset int64
	opened time.Time
	direct bool
	now    func() time.Time
	retire chan *os.File // files that get no more slabs, to be synced and closed
}

func logPath(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d%s", number, logSuffix))
}

// listLogs gives the numbers of the log files in a directory, ascending.
func listLogs(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("listing crash log: %w", err)
	}
	var out []uint64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), logSuffix)
		if !ok {
			continue
		}
		if n, err := strconv.ParseUint(name, 10, 64); err == nil {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// write appends one padded slab and notes in it which file holds it.
func (w *logWriter) write(s *Slab) error {
	b := s.pad()
	if w.file != nil && (w.offset+int64(len(b)) > logBytes || w.now().Sub(w.opened) > logAge) {
		w.rotate()
	}
	if w.file == nil {
		if err := w.open(); err != nil {
			return err
		}
	}
	s.log = w.number
	n, err := w.file.WriteAt(b, w.offset)
	if err != nil && w.direct && errors.Is(err, unix.EINVAL) {
		// The file system takes O_DIRECT at open but not at write.
		if _, err = unix.FcntlInt(w.file.Fd(), unix.F_SETFL, 0); err == nil {
			w.direct = false
			n, err = w.file.WriteAt(b, w.offset)
		}
	}
	w.offset += int64(n+blockBytes-1) &^ (blockBytes - 1)
	if err != nil {
		return fmt.Errorf("writing crash log: %w", err)
	}
	return nil
}

func (w *logWriter) open() error {
	flags := os.O_CREATE | os.O_EXCL | os.O_WRONLY
	w.number++
	path := logPath(w.dir, w.number)
	f, err := os.OpenFile(path, flags|unix.O_DIRECT, logFileMode)
	w.direct = err == nil
	if errors.Is(err, unix.EINVAL) {
		_ = os.Remove(path)
		f, err = os.OpenFile(path, flags, logFileMode)
	}
	if err != nil {
		return fmt.Errorf("opening crash log: %w", err)
	}
	var fs unix.Statfs_t
	if unix.Fstatfs(int(f.Fd()), &fs) == nil && int64(fs.Type) != unix.TMPFS_MAGIC { //nolint:unconvert // narrower elsewhere
		_ = unix.Fallocate(int(f.Fd()), 0, 0, logBytes) // only for speed: written places need no new metadata
	}
	w.file, w.offset, w.opened = f, 0, w.now()
	return nil
}

func (w *logWriter) rotate() {
	w.retire <- w.file
	w.file = nil
}

// readLog calls f for every sound slot of a log file, in order, and stops at the first bad one.
func readLog(path string, f func(slot *Slot, raw []byte) error) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading crash log: %w", err)
	}
	var s Slot
	for at := 0; at < len(b); {
		n := readSlot(b[at:], &s)
		if n == 0 {
			next := (at + blockBytes) &^ (blockBytes - 1)
			if at%blockBytes == 0 || !zero(b[at:min(next, len(b))]) {
				return nil
			}
			at = next // padding behind the last slot of a slab
			continue
		}
		if err := f(&s, b[at:at+n]); err != nil {
			return err
		}
		at += n
	}
	return nil
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
