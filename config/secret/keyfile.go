package secret

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ReadKey reads a key of exactly n octets from a file that only its owner can read.
func ReadKey(path string, n int) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %04o", ErrReadable, path, info.Mode().Perm())
	}
	if info.Size() != int64(n) {
		return nil, fmt.Errorf("%w: %s has %d octets, want %d", ErrKeyLength, path, info.Size(), n)
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading key: %w", err)
	}
	return key, nil
}

// ReadOrMakeKey reads the key, or draws n random octets and keeps them in a new file of mode 0600. Of two processes
// that start at once one makes the key and the other reads it.
func ReadOrMakeKey(path string, n int) ([]byte, error) {
	key, err := ReadKey(path, n)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making key: %w", err)
	}
	key = make([]byte, n)
	_, _ = rand.Read(key)                                   // never fails since Go 1.24
	tmp, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("making key: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(key)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return nil, fmt.Errorf("making key: %w", err)
	}
	// A link, unlike a rename, never replaces the key another process has just made.
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("making key: %w", err)
	}
	return ReadKey(path, n)
}
