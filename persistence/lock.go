package persistence

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockShared makes sure that no process has the store in dir open for writing, and that none opens it until the lock is
// closed. Pebble's own lock excludes readers as well and needs a directory that can be written to.
func lockShared(dir string) (io.Closer, error) {
	f, err := os.Open(filepath.Join(dir, "LOCK"))
	if errors.Is(err, os.ErrNotExist) { // a copy
		return nopCloser{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("locking journal %s: %w", dir, err)
	}
	err = unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_RDLCK, Whence: io.SeekStart})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking journal %s: %w", dir, err), f.Close())
	}
	return f, nil
}
