// Package audit checks a journal against the invariants: it replays every call and agent and reports what must not be.
// It reads only; it must not know how the records came to be.
package audit
