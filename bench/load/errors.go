package load

import "errors"

// errNotDrained: calls were still up when there was no more time for them.
var errNotDrained = errors.New("calls did not end")
