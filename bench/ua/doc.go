// Package ua is the load harness's own SIP user agents: callers and phones by the thousand on two UDP sockets.
//
// It knows only the wire. It is written apart from the engine's SIP code, so that both cannot share a mistake, and it
// is lean, so that the generator does not become the limit.
package ua
