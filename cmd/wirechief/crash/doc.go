// Package crash holds the tests that kill the engine: real processes, SIGKILL at any moment, start again, and what must
// be so afterwards. It looks at the engine from outside (SIP, RTP, API) and at the journal a dead process left behind;
// how the engine works inside it must not know.
package crash
