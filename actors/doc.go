// Package actors is the shell around the pure machines: one protoactor actor for each call, agent and queue matcher,
// driven by actors/host, made durable by the journal, wired to SIP and media.
//
// Rules live in callcenter and queues: nothing here decides who gets a call, what a status becomes or when a token is
// free. An actor owns its state; others reach it by messages that may be lost or repeated.
package actors
