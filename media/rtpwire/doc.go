// Package rtpwire reads RTP headers (RFC 3550) and telephone-events (RFC 4733) where they lie, without allocation.
// It keeps no packet and knows no socket.
package rtpwire
