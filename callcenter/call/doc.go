// Package call is the machine of one call with its bubble: what is decided about a caller from the first ring to the
// closed bubble.
//
// It is pure: state changes only by applying events, time and ids come with the command. Only the call ends an offer
// (R28), in the order its commands come. It must not know SIP, media, the journal or other actors; legs, timers and
// messages to agents are effects, and what became of them comes back as commands.
package call
