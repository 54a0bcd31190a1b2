package machine

import "encoding/binary"

// All keys begin with Prefix and the table's letter. Key spaces of a node's own begin with another byte.
//
//	rm                                State
//	rs <shard, 4 bytes>               ShardRow
//	rt <stream>                       stream meta
//	re <stream> 00 <version, 8 bytes> record
//	rp <stream>                       newest snapshot
//	ri <key>                          index
//	rf <index, 8 bytes>               feed row of the entry whose first change has this index
const Prefix byte = 'r'

const (
	tabState    byte = 'm'
	tabShard    byte = 's'
	tabMeta     byte = 't'
	tabRecord   byte = 'e'
	tabSnapshot byte = 'p'
	tabIndex    byte = 'i'
	tabFeed     byte = 'f'
)

func keyState(b []byte) []byte { return append(b[:0], Prefix, tabState) }

func keyShard(b []byte, s ShardID) []byte {
	return binary.BigEndian.AppendUint32(append(b[:0], Prefix, tabShard), uint32(s))
}

func keyMeta(b []byte, stream string) []byte {
	return append(append(b[:0], Prefix, tabMeta), stream...)
}

func keyRecord(b []byte, stream string, version uint64) []byte {
	b = append(append(b[:0], Prefix, tabRecord), stream...)
	return binary.BigEndian.AppendUint64(append(b, 0), version)
}

func keySnapshot(b []byte, stream string) []byte {
	return append(append(b[:0], Prefix, tabSnapshot), stream...)
}

func keyIndex(b, key []byte) []byte { return append(append(b[:0], Prefix, tabIndex), key...) }

func keyFeed(b []byte, index uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b[:0], Prefix, tabFeed), index)
}

// prefixEnd is the smallest key after all keys that begin with p; nil when there is none.
func prefixEnd(p []byte) []byte {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] != 0xff {
			end := append([]byte(nil), p[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}
