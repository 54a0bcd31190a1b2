// Package auth is the digest server (RFC 7616, RFC 8760, RFC 3261 22) and the guard against guessing.
//
// It knows users only through a lookup, and messages only as header values. Nothing is kept for a challenge: a
// nonce proves its own age. Every table has a fixed limit.
package auth
