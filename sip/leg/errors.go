package leg

import "errors"

// Errors of Unmarshal and ApplyDelta.
var (
	ErrVersion   = errors.New("leg: record of an unknown version")
	ErrCorrupt   = errors.New("leg: record is corrupt")
	ErrTooLarge  = errors.New("leg: record exceeds MaxStateBytes")
	ErrNotDelta  = errors.New("leg: not a delta")
	ErrNotRecord = errors.New("leg: not a full record")
)
