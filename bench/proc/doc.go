// Package proc starts the measured process on a core of its own and reads what the kernel knows of it.
//
// It knows nothing of calls. Linux only.
package proc
