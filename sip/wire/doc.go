// Package wire is the edge of signalling: it turns octets into checked SIP messages and answers into octets.
//
// It holds framing, limits, the grammar checks of RFC 3261 that the header types of sipgo leave out, and the
// stateless response writer. It knows no sockets, no clock, no calls and no users; one call with the same octets
// always gives the same result. A message is scanned once: what is answered and what is handed on cannot differ.
package wire
