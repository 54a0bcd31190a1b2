package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// codeInUse is the machine code of errInUse, field code of its log line.
const codeInUse = "data_dir_in_use"

var errInUse = errors.New("is in use by another process")

// claimDataDir makes the data directory and holds it for this process until release, or until the process ends in
// whatever way: two engines on one journal would be one too many.
func claimDataDir(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // others may look at it
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("claiming the data directory: %w", err)
	}
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		_ = f.Close()
		return nil, fmt.Errorf("data directory %s %w", dir, errInUse)
	case err != nil:
		_ = f.Close()
		return nil, fmt.Errorf("claiming data directory %s: %w", dir, err)
	}
	return func() { _ = f.Close() }, nil // the file stays: to remove it would let two hold it
}

// holdDataDir holds a data directory for reading: whoever else reads may, an engine may not. Nothing is made or changed.
func holdDataDir(dir string) (release func(), err error) {
	f, err := os.Open(filepath.Join(dir, "lock"))
	if errors.Is(err, os.ErrNotExist) { // a copy of a journal
		return func() {}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("holding the data directory: %w", err)
	}
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		_ = f.Close()
		return nil, fmt.Errorf("data directory %s %w", dir, errInUse)
	case err != nil:
		_ = f.Close()
		return nil, fmt.Errorf("holding data directory %s: %w", dir, err)
	}
	return func() { _ = f.Close() }, nil
}
