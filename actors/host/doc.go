// Package host is the step loop that every durable actor runs: decide, append, and only after the commit let out what
// the decision obliges to. It is pure, so the protoactor shell and the simulator drive the same code.
//
// It must not know what a machine decides, how an append travels, or what a release means. One append of an actor is
// under way at a time; what is decided meanwhile is gathered into the next. Releases leave in decision order, each only
// after everything its state contains is committed, and only while the lease holds.
package host
