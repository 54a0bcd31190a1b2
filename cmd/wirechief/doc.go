// Command wirechief is the engine: one binary, one file for each subcommand. Here is wiring and nothing else; Main runs
// in-process in tests as it does from a shell.
package main
