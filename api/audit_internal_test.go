package api

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// shelf is an engine of which only the index is used.
type shelf struct {
	Engine
	j     *persistence.Journal
	shard machine.ShardRow
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	j, err := persistence.Open(persistence.Options{FS: vfs.NewMem(), Dir: "j", NodeID: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	s, done := &shelf{j: j}, make(chan struct{})
	j.Shards(machine.ShardCommand{Op: machine.ClaimHash, Node: 1, Incarnation: j.Boot()},
		func(_ machine.Result, rows []machine.ShardRow) {
			s.shard = rows[0]
			close(done)
		})
	<-done
	return s
}

func (s *shelf) Journal() *persistence.Journal { return s.j }

func (s *shelf) PutIndex(ctx context.Context, key string, value []byte) error {
	return s.PutRows(ctx, machine.IndexOp{Key: []byte(key), Value: value, Delete: value == nil})
}

func (s *shelf) PutRows(_ context.Context, rows ...machine.IndexOp) error {
	done := make(chan machine.Result, 1)
	s.j.Append(&machine.Append{Shard: s.shard.Shard, Epoch: s.shard.Epoch, Index: rows}, func(r machine.Result) { done <- r })
	if r := <-done; r.Status != machine.OK {
		return fmt.Errorf("refused: %v", r.Reason)
	}
	return nil
}

func (s *shelf) rows() (keys []string) {
	v := s.j.View()
	defer v.Close()
	for k := range v.Scan([]byte(AuditPrefix)) {
		keys = append(keys, string(k))
	}
	return keys
}

// R61: range requests of one listener in one hour are one row; others have their own.
func TestAuditIsOneRowForAPersonRecordingAndHour(t *testing.T) {
	s := newShelf(t)
	a := newAuditor(s, 0)
	listen := func(agent, id, source string) bool {
		fresh, err := a.note(t.Context(), Access{What: "recording.listen", Agent: agent, ID: id, Source: source})
		require.NoError(t, err)
		return fresh
	}
	now := 500_000*auditHour + 5
	a.now = func() int64 { return now }
	require.True(t, listen("sue", "r1", "192.0.2.1:1000"))
	for port := range 20 {
		require.False(t, listen("sue", "r1", fmt.Sprintf("192.0.2.1:%d", port)))
	}
	require.True(t, listen("sue", "r2", "192.0.2.1:1000"))
	require.True(t, listen("ann", "r1", "192.0.2.1:1000"))
	require.True(t, listen("sue", "r1", "[2001:db8::1]:1000"), "from elsewhere")
	require.False(t, listen("sue", "r1", "[2001:db8::1]:1001"))
	require.Len(t, s.rows(), 4)
	now += auditHour
	require.True(t, listen("sue", "r1", "192.0.2.1:1000"), "in the next hour")
	require.Equal(t, int64(5), a.rows.Load())
}

func TestAuditIsPrunedAndBounded(t *testing.T) {
	s := newShelf(t)
	a := newAuditor(s, 30*24*time.Hour)
	put := func(n int, age time.Duration) {
		at := s.j.NowMs() - age.Milliseconds()
		for i := 0; i < n; i += 500 {
			var rows []machine.IndexOp
			for k := range min(500, n-i) {
				rows = append(rows, machine.IndexOp{Key: fmt.Appendf(nil, "%s%016x-%08x", AuditPrefix, at, i+k), Value: []byte("{}")})
			}
			require.NoError(t, s.PutRows(t.Context(), rows...))
		}
	}
	put(2*auditAtOnce+7, 31*24*time.Hour)
	put(20, 29*24*time.Hour)
	put(10, time.Hour)
	early, err := a.sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, early)
	require.Len(t, s.rows(), 30)
	require.Equal(t, uint64(2*auditAtOnce+7), a.pruned.Load())
	a.most = 12
	early, err = a.sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, 18, early)
	require.Len(t, s.rows(), 12)
	require.Equal(t, int64(12), a.rows.Load())
}
