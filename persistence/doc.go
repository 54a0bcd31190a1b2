// Package persistence is the journal: appends made durable and ordered by raft (a single node is a group of one) on
// one Pebble, applied by persistence/machine, read by consistent views, followed as a stream of changes.
//
// It must not know what the records mean, who the streams are, nor any other package of ours.
package persistence
