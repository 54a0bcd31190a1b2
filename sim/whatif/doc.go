// Package whatif asks what a day would have been with another configuration: the callers, talk times, presence and manners
// that a journal holds meet the rules once more, in virtual time.
//
// It drives the pure machines and the matcher as the engine does, without SIP, faults or latency. It must not know where a
// journal lies. What it leaves out is in docs/replay.md.
package whatif
