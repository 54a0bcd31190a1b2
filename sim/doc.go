// Package sim is a whole call center in one process, one goroutine and one seed: callers, phones and clients that
// behave like people, the network between them, nodes that crash and come back, and a clock that jumps. What decides is
// what production runs: the machines (callcenter, actors/b2bua, actors/seat, queues), the host (actors/host) and the
// journal's state machine (persistence/machine). The simulator takes the place of sockets, disks, goroutines and time.
//
// After every event the invariants of RELIABILITY hold, and at the end nobody is stuck. A seed gives the same run to
// the byte. See docs/simulation.md.
package sim
