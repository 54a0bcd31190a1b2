// Package leg is one SIP leg of the B2BUA: one dialog with its transactions
// (RFC 3261, 6026, 4028, 3581, 8760), as a pure state machine.
//
// Inputs are received messages, commands of the call and fired timers; each
// returns an Output: bytes to send, timers to arm, events for the call. It
// must not know sockets, clocks, the other leg, media or what a call is for.
// SDP is opaque here but for its o= line, whose id and version the leg owns.
package leg
