// Package e2e holds the tests with real ends: the built program, phones and callers on sockets (SIPp, baresip, and
// small user agents of its own), agents over WebSocket. It knows the engine from outside only: its wire and its files.
package e2e
