package machine

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// An entry is: version, kind, Header, body. The body of kind appends is appends one after the other to the end.
const (
	entryVersion byte = 2
	kindAppends  byte = 1
	kindShards   byte = 2

	entryWithWriters byte = 2 // from this version on, requires name the writer
)

// Header says who proposed an entry and when.
type Header struct {
	Node   uint64 // proposing node
	Boot   uint64 // its start: with Number it tells the proposer its own entries
	Number uint64 // of the first append in the entry, counted by the proposer
	TimeNs int64  // cluster time by the proposer; the machine keeps it growing
}

const (
	flagSnapshot byte = 1 << iota
	flagCompact
	flagsAll = flagSnapshot | flagCompact
)

func appendHeader(b []byte, kind byte, h Header) []byte {
	b = append(b, entryVersion, kind)
	b = binary.AppendUvarint(b, h.Node)
	b = binary.AppendUvarint(b, h.Boot)
	b = binary.AppendUvarint(b, h.Number)
	return binary.AppendUvarint(b, uint64(h.TimeNs))
}

// HeaderSize is an upper bound of an encoded header's bytes.
const HeaderSize = 2 + 4*binary.MaxVarintLen64

// BeginAppends starts an entry of appends in b.
func BeginAppends(b []byte, h Header) []byte { return appendHeader(b, kindAppends, h) }

// EncodeShards is a whole entry with a shard command.
func EncodeShards(b []byte, h Header, c ShardCommand) []byte {
	b = append(appendHeader(b, kindShards, h), byte(c.Op))
	b = binary.AppendUvarint(b, c.Node)
	return binary.AppendUvarint(b, c.Incarnation)
}

// AddAppend adds an append that passed Check to an entry begun with BeginAppends.
func AddAppend(b []byte, a *Append) []byte {
	var flags byte
	if a.Snapshot != nil {
		flags |= flagSnapshot
	}
	if a.Compact {
		flags |= flagCompact
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(a.Shard))
	b = binary.AppendUvarint(b, a.Epoch)
	b = appendBytes(b, a.Stream)
	b = binary.AppendUvarint(b, a.Expect)
	b = binary.AppendUvarint(b, a.Incarnation)
	b = binary.AppendUvarint(b, a.Seq)
	b = binary.AppendUvarint(b, uint64(len(a.Requires)))
	for i := range a.Requires {
		b = appendBytes(b, a.Requires[i].Stream)
		b = binary.AppendUvarint(b, a.Requires[i].Version)
		b = binary.AppendUvarint(b, a.Requires[i].Incarnation)
	}
	b = binary.AppendUvarint(b, uint64(len(a.Records)))
	for _, r := range a.Records {
		b = appendBytes(b, r)
	}
	b = appendOps(b, a.Index)
	if a.Snapshot != nil {
		b = appendBytes(b, a.Snapshot)
	}
	return b
}

func appendOps(b []byte, ops []IndexOp) []byte {
	b = binary.AppendUvarint(b, uint64(len(ops)))
	for i := range ops {
		op := &ops[i]
		if op.Delete {
			b = appendBytes(append(b, 1), op.Key)
			continue
		}
		b = appendBytes(append(b, 0), op.Key)
		b = appendBytes(b, op.Value)
	}
	return b
}

// uvarintLen is the encoded length of v.
func uvarintLen(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

func sizedLen(n int) int { return uvarintLen(uint64(n)) + n }

// Size is the number of bytes AddAppend adds.
func Size(a *Append) int {
	n := 1 + uvarintLen(uint64(a.Shard)) + uvarintLen(a.Epoch) + sizedLen(len(a.Stream)) +
		uvarintLen(a.Expect) + uvarintLen(a.Incarnation) + uvarintLen(a.Seq) +
		uvarintLen(uint64(len(a.Requires))) + uvarintLen(uint64(len(a.Records))) + uvarintLen(uint64(len(a.Index)))
	for i := range a.Requires {
		r := &a.Requires[i]
		n += sizedLen(len(r.Stream)) + uvarintLen(r.Version) + uvarintLen(r.Incarnation)
	}
	for _, r := range a.Records {
		n += sizedLen(len(r))
	}
	for i := range a.Index {
		op := &a.Index[i]
		n += 1 + sizedLen(len(op.Key))
		if !op.Delete {
			n += sizedLen(len(op.Value))
		}
	}
	if a.Snapshot != nil {
		n += sizedLen(len(a.Snapshot))
	}
	return n
}

// Check says whether an append may be proposed: NoReason, TooLarge or Malformed. The append's Size is given.
func Check(a *Append, size int) Reason {
	if size > MaxAppend || len(a.Stream) > MaxStreamName ||
		len(a.Records) > MaxParts || len(a.Index) > MaxParts || len(a.Requires) > MaxParts {
		return TooLarge
	}
	if strings.IndexByte(a.Stream, 0) >= 0 ||
		a.Stream == "" && (len(a.Records) > 0 || a.Snapshot != nil || a.Compact || a.Seq != 0) {
		return Malformed
	}
	for i := range a.Requires {
		s := a.Requires[i].Stream
		if len(s) > MaxStreamName {
			return TooLarge
		}
		if s == "" || strings.IndexByte(s, 0) >= 0 {
			return Malformed
		}
	}
	for i := range a.Index {
		if len(a.Index[i].Key) > MaxKey {
			return TooLarge
		}
		if len(a.Index[i].Key) == 0 {
			return Malformed
		}
	}
	return NoReason
}
