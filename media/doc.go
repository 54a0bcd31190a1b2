// Package media moves RTP: it opens a socket for each leg, joins two legs, plays hold music and tones, reads
// telephone-events and records calls on two channels (DESIGN section 6).
//
// A packet meets no actor, no goroutine of its own and no allocation: workers are locked threads, each with its own
// epoll set, and own all state of their legs. Whoever calls an Engine only queues commands to a worker.
// The main program raises GOMAXPROCS by the number of workers, for a worker holds its P while it sends and receives.
//
// A leg takes two descriptors (RTP and RTCP), and so does a port pair kept ready or at rest (Limits.IdlePairs):
// RLIMIT_NOFILE must allow them. Recordings hold none while they run.
//
// The room knows nothing of SIP, SDP, calls, queues or agents: a leg is a name, an address and a codec.
package media
