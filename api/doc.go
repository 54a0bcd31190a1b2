// Package api is the HTTP API of a node with the CSR WebSocket beside it, their published schemas, health and metrics.
//
// It authenticates, checks permissions, encodes. It decides nothing: the rules live in the machines that the commands
// go to, and what is shown is read from the journal. It must not know SIP or media.
package api
