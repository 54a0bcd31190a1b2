// Package pairing is the pure piece around queues.Matcher that the shell and the simulator share: it turns the rows of
// the index, and hints of rows about to be written, into what the matcher is told, and keeps what an arriving call finds
// at the queues. It knows no clock and no actor.
package pairing
