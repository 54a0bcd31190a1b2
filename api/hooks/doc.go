// Package hooks posts public events to the webhooks of the center: in order for each webhook, at least once, signed. The
// place of each is in the journal, so that a restart, or another node, goes on where this one was.
//
// It must not know what the events mean, and decides nothing about calls. A webhook that fails holds up nobody but
// itself.
package hooks
