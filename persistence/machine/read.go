package machine

import (
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"
)

// ReadState reads the machine's own row; zero when nothing was applied yet.
func ReadState(r Reader) (State, error) {
	v, ok, err := r.Get(keyState(nil))
	if err != nil || !ok {
		return State{}, err
	}
	return decodeState(v)
}

// Get reads an index key.
func Get(r Reader, key []byte) ([]byte, bool, error) { return r.Get(keyIndex(nil, key)) }

// Scan calls fn for the index keys with this prefix in order until it returns false.
func Scan(r Reader, prefix []byte, fn func(key, value []byte) bool) error {
	start := keyIndex(nil, prefix)
	return r.Scan(start, prefixEnd(start), func(k, v []byte) bool { return fn(k[2:], v) })
}

// ScanFrom is Scan beginning at a key with the prefix, or where it would be.
func ScanFrom(r Reader, prefix, from []byte, fn func(key, value []byte) bool) error {
	return r.Scan(keyIndex(nil, from), prefixEnd(keyIndex(nil, prefix)), func(k, v []byte) bool { return fn(k[2:], v) })
}

// readMeta reads a stream's meta row and brings it up to date by the records after it. A row is written with a
// stream's first append, with each that does more than add records, and every metaEvery records: most appends write
// their records and nothing else.
func readMeta(r Reader, stream string) (meta, error) {
	m := meta{name: stream, first: 1}
	v, ok, err := r.Get(keyMeta(nil, stream))
	if err != nil || !ok {
		return m, unreadable(stream, 0, err)
	}
	if err := m.decode(v); err != nil {
		return m, unreadable(stream, 0, err)
	}
	err = Records(r, stream, m.version+1, func(rec Record) bool {
		m.version, m.index, m.timeMs = rec.Version, rec.Index, rec.TimeMs
		if rec.seq != 0 {
			m.incarnation, m.seq = rec.incarnation, rec.seq
		}
		m.wrote(rec.Version, rec.incarnation)
		return true
	})
	return m, err
}

// StreamVersion is a stream's count of records, 0 for one that does not exist.
func StreamVersion(r Reader, stream string) (uint64, error) {
	m, err := readMeta(r, stream)
	return m.version, err
}

// Streams calls fn for each stream whose name begins with prefix, in order, until it returns false.
func Streams(r Reader, prefix string, fn func(stream string) bool) error {
	start := keyMeta(nil, prefix)
	return r.Scan(start, prefixEnd(start), func(k, _ []byte) bool { return fn(string(k[2:])) })
}

// Snapshot is a stream's newest snapshot and the version it stands for.
func Snapshot(r Reader, stream string) (state []byte, version uint64, ok bool, err error) {
	v, ok, err := r.Get(keySnapshot(nil, stream))
	if err != nil || !ok {
		return nil, 0, false, unreadable(stream, 0, err)
	}
	d := decoder{b: v}
	if err := d.version(rowVersion); err != nil {
		return nil, 0, false, unreadable(stream, 0, err)
	}
	version = d.uvarint()
	if d.bad {
		return nil, 0, false, unreadable(stream, 0, ErrCorrupt)
	}
	return d.b, version, true, nil
}

// Records calls fn for a stream's records with version >= from in order until it returns false. The first that cannot
// be read ends it with Unreadable.
func Records(r Reader, stream string, from uint64, fn func(Record) bool) error {
	start := keyRecord(nil, stream, from)
	end := keyRecord(nil, stream, ^uint64(0)) // the last version is never reached
	var fault error
	next := from
	err := r.Scan(start, end, func(k, v []byte) bool {
		var rec Record
		version := binary.BigEndian.Uint64(k[len(k)-8:])
		if rec, fault = decodeRecord(version, v); fault != nil {
			fault = unreadable(stream, version, fault)
			return false
		}
		next = version + 1
		return fn(rec)
	})
	if fault != nil {
		return fault
	}
	return unreadable(stream, next, err)
}

// Shards is the shard table, ordered by shard.
func Shards(r Reader) ([]ShardRow, error) {
	var rows []ShardRow
	var fault error
	p := []byte{Prefix, tabShard}
	err := r.Scan(p, prefixEnd(p), func(k, v []byte) bool {
		if len(k) != 6 {
			fault = ErrCorrupt
			return false
		}
		var row ShardRow
		row, fault = decodeShardRow(ShardID(binary.BigEndian.Uint32(k[2:])), v)
		rows = append(rows, row)
		return fault == nil
	})
	if fault != nil {
		return nil, fmt.Errorf("shard table: %w", fault)
	}
	return rows, err
}

// Hash is a hash over all replicated state: the same on all nodes at the same raft index.
func Hash(r Reader) (uint64, error) {
	h := xxhash.New()
	var n [8]byte
	part := func(b []byte) {
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		_, _ = h.Write(n[:]) // a hash takes everything
		_, _ = h.Write(b)
	}
	p := []byte{Prefix}
	err := r.Scan(p, prefixEnd(p), func(k, v []byte) bool {
		part(k)
		part(v)
		return true
	})
	return h.Sum64(), err
}
