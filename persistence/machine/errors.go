package machine

import "errors"

// Errors of the machine. Each of the first two means that this replica must not go on.
var (
	ErrCorrupt = errors.New("machine: malformed entry or stored value")
	ErrVersion = errors.New("machine: entry or stored value of a later version")
	ErrTrimmed = errors.New("machine: feed is trimmed beyond this index")
)
