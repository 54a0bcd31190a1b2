// Package transport owns the sockets of signalling: UDP listeners and TCP connections, their goroutines, limits and
// flow names. It cuts and checks messages with wire and hands them to one function; it knows neither who sent them
// nor what they ask. TLS and WebSocket come in as further listeners that yield a net.Conn.
package transport
