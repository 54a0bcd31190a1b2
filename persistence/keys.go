package persistence

import "encoding/binary"

// The node's own key space; machine.Prefix is the replicated one.
//
//	ln                  node row: format, node id, boots, voters
//	lh                  raft HardState
//	lt                  index and term of the last entry cut from the log
//	le <index, 8 bytes> raft log entry
//	ld <name> 00 <key>  what is derived from the journal, by who derives it
var (
	keyNode  = []byte("ln")
	keyHard  = []byte("lh")
	keyTrunc = []byte("lt")
)

func keyEntry(b []byte, index uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b[:0], 'l', 'e'), index)
}

// keyDerived begins the keys of what is derived.
func keyDerived() []byte { return []byte{'l', 'd'} }

const keyEntryLen = 2 + 8
