package replay_test

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/replay"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/sim"
)

// New members of the corpus are made by
//
//	go test ./actors/replay -run Golden -corpus NAME -from DATA    of a data directory; DATA may be sim:SEED
//
// A member is never made anew: that it still replays is the point.
var (
	corpus = flag.String("corpus", "", "name of a corpus member to be made")
	from   = flag.String("from", "", "data directory, or sim:SEED")
)

const golden = "testdata/golden"

// TestI11GoldenCorpus: journals that former versions wrote replay to the states they gave then. The hashes in the .json
// files must hold for ever; what a decision would be today may differ where the rules do.
func TestI11GoldenCorpus(t *testing.T) {
	if *corpus != "" {
		makeMember(t, *corpus, *from)
	}
	members, err := filepath.Glob(golden + "/*.kv.gz")
	require.NoError(t, err)
	require.NotEmpty(t, members)
	for _, path := range members {
		t.Run(filepath.Base(path), func(t *testing.T) {
			var want replay.Report
			text, err := os.ReadFile(strings.TrimSuffix(path, ".kv.gz") + ".json")
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(text, &want))
			mem := readMember(t, path)
			got, err := replay.Run(mem, replay.Options{})
			require.NoError(t, err)
			require.Equal(t, want.StateHash, got.StateHash)
			require.Equal(t, want.Records, got.Records)
			require.Equal(t, want.Events, got.Events)
			require.Equal(t, want.Snapshots, got.Snapshots)
			require.Zero(t, got.Different, got.Differences)
			decided, err := replay.Run(mem, replay.Options{Decide: true})
			require.NoError(t, err)
			require.Zero(t, decided.Different, decided.Differences)
		})
	}
}

// makeMember writes what a journal replicates, but the feed: key, value, each after its length.
func makeMember(t *testing.T, name, from string) {
	t.Helper()
	if seed, ok := strings.CutPrefix(from, "sim:"); ok {
		var n uint64
		require.NoError(t, json.Unmarshal([]byte(seed), &n))
		p := sim.NewPlan(n, sim.Size{Agents: 1, Queues: 2, Tenants: 2, Nodes: 2, LoadS: 6000, PerHour: 40, Faults: 6})
		require.Nil(t, sim.Run(p, sim.Options{Journal: func(r machine.Reader) { writeMember(t, name, r) }}).Failure)
		return
	}
	a, err := persistence.OpenArchive(filepath.Join(from, "journal"), nil)
	require.NoError(t, err)
	writeMember(t, name, a.Reader())
	require.NoError(t, a.Close())
}

func writeMember(t *testing.T, name string, r machine.Reader) {
	t.Helper()
	require.NoError(t, os.MkdirAll(golden, 0o755))
	f, err := os.OpenFile(filepath.Join(golden, name+".kv.gz"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	require.NoError(t, err)
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	require.NoError(t, err)
	mem := machine.NewMem()
	require.NoError(t, r.Scan([]byte{machine.Prefix}, []byte{machine.Prefix + 1}, func(k, v []byte) bool {
		if k[1] == 'f' {
			return true // the feed: a copy of the index operations, not replayed
		}
		require.NoError(t, mem.Set(k, v))
		for _, part := range [][]byte{k, v} {
			_, err := z.Write(append(binary.AppendUvarint(nil, uint64(len(part))), part...))
			require.NoError(t, err)
		}
		return true
	}))
	require.NoError(t, z.Close())
	require.NoError(t, f.Close())
	rep, err := replay.Run(mem, replay.Options{})
	require.NoError(t, err)
	require.True(t, rep.OK(), rep.Differences)
	text, err := json.MarshalIndent(rep, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(golden, name+".json"), append(text, '\n'), 0o644))
}

func readMember(t *testing.T, path string) *machine.Mem {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	mem, in := machine.NewMem(), bufio.NewReader(z)
	part := func() []byte {
		n, err := binary.ReadUvarint(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		require.NoError(t, err)
		b := make([]byte, n)
		_, err = io.ReadFull(in, b)
		require.NoError(t, err)
		return b
	}
	for k := part(); k != nil; k = part() {
		require.NoError(t, mem.Set(k, part()))
	}
	return mem
}
