package persistence

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// localVersion is the first number of the node row: the format of the local key space.
const localVersion = 1

// A new log starts as if entry bootIndex of term bootTerm had been cut.
const bootIndex, bootTerm = 1, 1

func putNumbers(b *pebble.Batch, key []byte, n ...uint64) error {
	v := make([]byte, 0, 32)
	for _, x := range n {
		v = binary.AppendUvarint(v, x)
	}
	return b.Set(key, v, nil)
}

// getNumbers reads a row of numbers; a missing row gives zeros.
func getNumbers(db *pebble.DB, key []byte, out []uint64) error {
	clear(out)
	v, closer, err := db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading row %s: %w", key, err)
	}
	defer func() { _ = closer.Close() }()
	for i := range out {
		x, n := binary.Uvarint(v)
		if n <= 0 {
			return fmt.Errorf("row %s: %w", key, ErrFormat)
		}
		out[i], v = x, v[n:]
	}
	return nil
}

// bootNode checks the node row, counts this start and makes a new log in a new directory. Durable on return.
func bootNode(db *pebble.DB, node uint64) (boot uint64, err error) {
	var n [3]uint64
	if err := getNumbers(db, keyNode, n[:]); err != nil {
		return 0, err
	}
	b := db.NewBatch()
	defer func() { _ = b.Close() }()
	switch {
	case n[0] == 0:
		err = errors.Join(
			putNumbers(b, keyHard, bootTerm, 0, bootIndex),
			putNumbers(b, keyTrunc, bootIndex, bootTerm))
	case n[0] != localVersion:
		err = fmt.Errorf("local format %d: %w", n[0], ErrFormat)
	case n[1] != node:
		err = fmt.Errorf("node %d: %w", n[1], ErrOtherNode)
	}
	if err != nil {
		return 0, err
	}
	boot = n[2] + 1
	if err := putNumbers(b, keyNode, localVersion, node, boot); err != nil {
		return 0, err
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return 0, fmt.Errorf("counting the start: %w", err)
	}
	return boot, nil
}
