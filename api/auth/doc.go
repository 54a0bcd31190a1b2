// Package auth says who somebody is and what they may do: passwords with limits on failures, short-lived access tokens,
// rotating refresh tokens, and the table of roles and permissions.
//
// It must not know HTTP, WebSocket, or what any permission is used for; what must last it puts through a Store.
package auth
