// Package replaytest copies journals for tests: with records changed on the way, into whatever takes appends.
package replaytest

import (
	"github.com/wirechief/wirechief/persistence/machine"
)

// Copy hands over a journal's streams and index as appends of hash shard 0. edit, if not nil, may change a record; nil
// leaves it out. With compact the records that a snapshot stands for are deleted after it.
func Copy(r machine.Reader, compact bool, edit func(stream string, version uint64, data []byte) []byte,
	put func(*machine.Append) error,
) error {
	var streams []string
	err := machine.Streams(r, "", func(s string) bool { streams = append(streams, s); return true })
	if err != nil {
		return err
	}
	for _, s := range streams {
		if err := copyStream(r, s, compact, edit, put); err != nil {
			return err
		}
	}
	a := &machine.Append{Epoch: 1}
	var fault error
	err = machine.Scan(r, nil, func(k, v []byte) bool {
		a.Index = append(a.Index, machine.IndexOp{
			Key: append([]byte(nil), k...), Value: append([]byte{}, v...),
		})
		if len(a.Index) == machine.MaxParts {
			fault, a = put(a), &machine.Append{Epoch: 1}
		}
		return fault == nil
	})
	if err == nil {
		err = fault
	}
	if err != nil {
		return err
	}
	return put(a)
}

func copyStream(r machine.Reader, stream string, compact bool, edit func(string, uint64, []byte) []byte,
	put func(*machine.Append) error,
) error {
	snap, at, _, err := machine.Snapshot(r, stream)
	if err != nil {
		return err
	}
	snap = append([]byte(nil), snap...)
	version, fault := uint64(0), error(nil)
	err = machine.Records(r, stream, 1, func(rec machine.Record) bool {
		data := append([]byte(nil), rec.Data...)
		if edit != nil {
			data = edit(stream, rec.Version, data)
		}
		if data == nil {
			return true
		}
		a := &machine.Append{Epoch: 1, Stream: stream, Expect: version, Records: [][]byte{data}}
		if version++; rec.Version == at {
			a.Snapshot, a.Compact = snap, compact
		}
		fault = put(a)
		return fault == nil
	})
	if err != nil {
		return err
	}
	return fault
}

// Memory is a journal in memory that takes appends.
type Memory struct {
	*machine.Mem
	m    *machine.Machine
	raft uint64
}

// NewMemory is an empty one.
func NewMemory() (*Memory, error) {
	mem := machine.NewMem()
	m, err := machine.Load(mem)
	if err != nil {
		return nil, err
	}
	x := &Memory{Mem: mem, m: m}
	return x, x.apply(machine.EncodeShards(nil, machine.Header{}, machine.ShardCommand{Op: machine.ClaimHash, Node: 1, Incarnation: 1}))
}

func (x *Memory) apply(entry []byte) error {
	x.raft++
	var out machine.Applied
	return x.m.Apply(x.Mem, x.raft, entry, &out)
}

// Put appends.
func (x *Memory) Put(a *machine.Append) error {
	return x.apply(machine.AddAppend(machine.BeginAppends(nil, machine.Header{}), a))
}
