// Package load makes calls against an engine in another process and measures what comes of them.
//
// Load is open loop: a call's time is counted from when it was due, not from when a late generator sent it. It knows
// the engine only by its wire and its process.
package load
