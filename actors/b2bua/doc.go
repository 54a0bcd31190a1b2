// Package b2bua is one call with its legs as a single pure machine: the rules of callcenter/call, a sip/leg state for
// each side, and the translation between them. A host drives it, so that the call's events and the signalling state
// that makes them true on the wire become durable in one record, before the wire message leaves.
//
// It must not know sockets, clocks, actors or RTP: media and messages are asked for as data (see release.go).
package b2bua
