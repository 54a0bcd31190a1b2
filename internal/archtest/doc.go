// Package archtest holds the architecture to its word: who may import whom, what the pure packages must not touch, how
// long a file may be. It has tests only, and knows the source text and no behaviour.
package archtest
