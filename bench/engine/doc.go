// Package engine makes what a load run measures: the configuration of a center, the engine in a process of its own, its
// agents Available, and what its journal says afterwards.
//
// It knows nothing of how load is made.
package engine
