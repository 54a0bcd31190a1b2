// Package feed is the integrators' side of what happened: public events made from the journal's changes, in order,
// without gaps, from any place the journal still has.
//
// The vocabulary is stable JSON of its own: the core's events may change their shape, these may not. Everything that
// hands events out (HTTP, webhooks, the look-up of customers) reads one Log. It must not know connections, tokens or
// receivers, and decides nothing but who may see what (Filter).
package feed
