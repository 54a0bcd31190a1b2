package api_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/api/desk"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Times of the calls that fill puts into the index: one a second, two at each time.
var firstCall = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

const manyCalls = 10_000

func arrived(i int) int64 { return firstCall.Add(time.Duration(i/2) * time.Second).UnixMilli() }

// fill writes what the engine writes of a call and of its recording. Every tenth call is south's.
func fill(t *testing.T, w *world) {
	t.Helper()
	var wg sync.WaitGroup
	next := make(chan int)
	for range 64 {
		wg.Go(func() {
			for i := range next {
				id, tenant := fmt.Sprintf("1-%05d", i), "north"
				if i%10 == 0 {
					tenant = "south"
				}
				call, err := (&cc.CallSummary{
					Call: id, Tenant: tenant, Phase: cc.CallPhase_ENDED, ArrivedMs: arrived(i), EndedMs: arrived(i) + 500,
					Caller: fmt.Sprintf("+1555%07d", i),
				}).MarshalVT()
				require.NoError(t, err)
				rec, err := (&cc.RecordingInfo{Recording: "r" + id, Call: id, Tenant: tenant, StartedMs: arrived(i)}).MarshalVT()
				require.NoError(t, err)
				for _, row := range []struct {
					key   string
					value []byte
				}{
					{desk.CallPrefix + id, call}, {string(b2bua.TimeKey(desk.CallTimes, arrived(i), id)), []byte(tenant)},
					{desk.RecordingPrefix + "r" + id, rec},
					{string(b2bua.TimeKey(desk.RecordingTimes, arrived(i), "r"+id)), []byte{}},
				} {
					if err := w.node.PutIndex(w.ctx, row.key, row.value); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for i := range manyCalls {
		next <- i
	}
	close(next)
	wg.Wait()
}

// rowsRead is how many rows lists have read so far.
func rowsRead(w *world) (n float64) {
	w.api.Each(func(name string, v float64) {
		if name == "http_list_rows_total" {
			n = v
		}
	})
	return n
}

func TestPagesReadTheirOwnRowsOnly(t *testing.T) {
	w := newWorld(t, nil)
	fill(t, w)
	sue := w.token("sue")
	page := func(path, cursor string) (ids []string, next string, rows int) {
		before := rowsRead(w)
		var out struct {
			Calls      []struct{ ID string }
			Recordings []struct{ ID string }
			Next       string
		}
		w.get(sue, path+"&cursor="+url.QueryEscape(cursor), &out)
		for _, c := range append(out.Calls, out.Recordings...) {
			ids = append(ids, c.ID)
		}
		return ids, out.Next, int(rowsRead(w) - before)
	}

	t.Run("every call once, newest first, in rows of the order of the page", func(t *testing.T) {
		seen, cursor, last := map[string]bool{}, "", int64(1<<62)
		for n := 0; n == 0 || cursor != ""; n++ {
			ids, next, rows := page("/v1/calls?limit=200", cursor)
			require.LessOrEqual(t, rows, 200*10/9+2)
			for _, id := range ids {
				var i int
				_, err := fmt.Sscanf(id, "1-%d", &i)
				require.NoError(t, err)
				require.False(t, seen[id], "%s twice", id)
				require.NotZero(t, i%10, "%s is of south", id)
				require.LessOrEqual(t, arrived(i), last)
				seen[id], last = true, arrived(i)
			}
			cursor = next
		}
		require.Len(t, seen, manyCalls*9/10)
	})
	t.Run("a page in the middle costs what the first costs", func(t *testing.T) {
		to := firstCall.Add(manyCalls / 4 * time.Second)
		ids, next, rows := page("/v1/calls?limit=50&to="+url.QueryEscape(to.Format(time.RFC3339)), "")
		require.Len(t, ids, 50)
		require.Equal(t, "1-04998", ids[0])
		require.NotEmpty(t, next)
		require.LessOrEqual(t, rows, 60)
	})
	t.Run("from ends the list", func(t *testing.T) {
		from := firstCall.Add((manyCalls/2 - 5) * time.Second)
		ids, next, rows := page("/v1/calls?limit=50&from="+url.QueryEscape(from.Format(time.RFC3339)), "")
		require.Len(t, ids, 9)
		require.Empty(t, next)
		require.LessOrEqual(t, rows, 10)
	})
	t.Run("a filter that little passes reads a bounded number and goes on", func(t *testing.T) {
		var found []string
		cursor, pages := "", 0
		for pages == 0 || cursor != "" {
			ids, next, rows := page("/v1/calls?limit=50&caller="+url.QueryEscape("+15550000013"), cursor)
			require.LessOrEqual(t, rows, 2_000)
			found, cursor, pages = append(found, ids...), next, pages+1
		}
		require.Equal(t, []string{"1-00013"}, found)
		require.Equal(t, manyCalls/2_000, pages)
	})
	t.Run("recordings the same, and those of one call at once", func(t *testing.T) {
		ids, next, rows := page("/v1/recordings?limit=100", "")
		require.Len(t, ids, 100)
		require.NotEmpty(t, next)
		require.LessOrEqual(t, rows, 113)
		ids, next, rows = page("/v1/recordings?call=1-00013", "")
		require.Equal(t, []string{"r1-00013"}, ids)
		require.Empty(t, next)
		require.LessOrEqual(t, rows, 40)
		ids, _, _ = page("/v1/recordings?call=1-00010", "")
		require.Empty(t, ids, "of south")
	})
	t.Run("a cursor is checked", func(t *testing.T) {
		cursor := base64.RawURLEncoding.EncodeToString([]byte("short"))
		w.httpRefused(400, "bad_request", sue, "GET", "/v1/calls?cursor="+cursor, nil)
	})
}
