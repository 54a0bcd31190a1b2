// Package apiclient is a client of the API for the terminal desk and for tests: it signs in, speaks the CSR WebSocket,
// awaits events instead of sleeping, and checks that no numbered frame is missing.
package apiclient
