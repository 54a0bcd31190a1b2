package persistence

import (
	"errors"

	"github.com/wirechief/wirechief/persistence/machine"
)

// Errors that callers tell apart.
var (
	// ErrLagged: the follower fell behind the ring of recent changes. Take a new View and follow that.
	ErrLagged = errors.New("persistence: follower lags behind the retained changes")
	// ErrTrimmed: the feed no longer reaches back to the index asked for. Take a snapshot (View) instead.
	ErrTrimmed = machine.ErrTrimmed
	// ErrClosed: the journal or the follower is closed.
	ErrClosed = errors.New("persistence: closed")
	// ErrOtherNode: the directory belongs to another node id.
	ErrOtherNode = errors.New("persistence: directory belongs to another node")
	// ErrAside: the stream asked for cannot be read and is set aside; a machine.Unreadable is part of the error.
	ErrAside = errors.New("persistence: stream is set aside")
	// ErrInUse: a process has the journal open.
	ErrInUse = errors.New("persistence: journal is in use by another process")
	// ErrFormat: the directory was written by a version this one does not read.
	ErrFormat = errors.New("persistence: unknown format")
)
