// Package registrar keeps which contact a user of the center can be reached at (RFC 3261 10, RFC 5626 in part).
//
// It knows users, contacts and expiry, and writes each change through a Store before it is confirmed. It must not
// know messages, sockets, digests or what a user is for.
package registrar
