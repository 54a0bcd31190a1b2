// Command smoke measures the engine on this machine: its process on one core, callers and phones on another. The short
// form is `make bench-smoke`, the long one `make bench`. It ends by itself, with its children, and leaves its report.
package main
