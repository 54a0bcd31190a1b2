// Package wire is what the API says in JSON: calls, agents, events, commands and errors, the same over WebSocket and
// HTTP, and their way from the engine's messages.
//
// It is pure encoding. It must not know connections, sessions, tokens or the journal, and decides nothing.
package wire
