// Package machine is the journal's state machine: what a committed entry does to replicated state.
//
// It is pure: no goroutine, randomness or I/O, it reads no clock, and it must not know Pebble or raft. It reads and writes an
// ordered key-value map (KV) that the journal backs with Pebble and the simulator with Mem. The same entries in the
// same order give the same bytes under every KV (see Hash).
package machine
