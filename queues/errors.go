package queues

import "errors"

// ErrUnknownStrategy refuses a configuration with a queue whose strategy this version does not have.
var ErrUnknownStrategy = errors.New("unknown strategy")
