// Package sip is the signalling shell: sockets, serial lanes, validation, identification, admission and the
// registrar, in front of calls it knows nothing of.
//
// What comes in is parsed and checked by wire, put on one lane by its Call-ID, and handed to the Handler if its
// Call-ID is bound or if it is a new INVITE from someone who may call. What goes out passes Endpoint.Send. It must
// not know queues, agents or actors; the dialog logic is in sip/leg.
package sip
