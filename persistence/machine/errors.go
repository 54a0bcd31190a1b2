package machine

import (
	"errors"
	"fmt"
)

// Errors of the machine. Each of the first two means that this replica must not go on, unless it is part of an
// Unreadable: then it concerns one stream.
var (
	ErrCorrupt = errors.New("machine: malformed entry or stored value")
	ErrVersion = errors.New("machine: entry or stored value of a later version")
	ErrTrimmed = errors.New("machine: feed is trimmed beyond this index")
)

// Unreadable says that one row of a stream cannot be read. It concerns that stream alone.
type Unreadable struct {
	Stream  string
	Version uint64 // of the record; 0: the stream's own row, or its snapshot
	Index   uint64 // of the append that brought the record; 0: not known
	Err     error
}

func (e *Unreadable) Error() string {
	return fmt.Sprintf("stream %q cannot be read at version %d, index %d: %v", e.Stream, e.Version, e.Index, e.Err)
}

// Unwrap gives the cause.
func (e *Unreadable) Unwrap() error { return e.Err }

// unreadable makes an error about one value an error about its stream; others stay what they are.
func unreadable(stream string, version uint64, err error) error {
	if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrVersion) {
		return &Unreadable{Stream: stream, Version: version, Err: err}
	}
	return err
}
