package sip

import "errors"

// Errors of the endpoint.
var (
	ErrNoLease   = errors.New("sip: lease not held, nothing is sent")
	ErrClosed    = errors.New("sip: endpoint closed")
	ErrPingBusy  = errors.New("sip: too many pings under way")
	ErrBadHeader = errors.New("sip: header value holds a line break")
	ErrEmpty     = errors.New("sip: nothing to send")
)
