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

// R55: calls are found by what they are, and the answer says how far it looked.
func TestR55FindCalls(t *testing.T) {
	w := newWorld(t, nil)
	calls := []*cc.CallSummary{
		{Owner: "alice", Campaign: "spring", Number: north, Class: cc.Class_BOOKED, Link: cc.LinkLevel_LINK_BOOKED, Job: "j1",
			AlsoBooked: []string{"j2"}, Recording: "r1", Customer: "c1", Location: "l1", Desk: cc.BubbleDesk_DESK_CLOSED, EndedMs: 90_000},
		{Owner: "carol", Campaign: "fall", Class: cc.Class_UNBOOKED, Reason: "n-price", OwesReason: true, Desk: cc.BubbleDesk_DESK_SHOWN, EndedMs: 5_000},
		{Class: cc.Class_ABANDONED_UNANSWERED, Caller: "+15551111", Queue: "nq", Desk: cc.BubbleDesk_DESK_SHOWN, EndedMs: 1_000},
		{Owner: "alice", Agent: "alice", Class: cc.Class_CLASS_OUTBOUND, Direction: cc.Direction_OUTBOUND, Desk: cc.BubbleDesk_DESK_CLOSED, EndedMs: 20_000},
	}
	for i, c := range calls {
		c.Call, c.Tenant, c.Phase, c.ArrivedMs = fmt.Sprint("1-", i), "north", cc.CallPhase_ENDED, arrived(2*i)
		c.EndedMs += c.ArrivedMs
		value, err := c.MarshalVT()
		require.NoError(t, err)
		require.NoError(t, w.node.PutIndex(w.ctx, desk.CallPrefix+c.Call, value))
		require.NoError(t, w.node.PutIndex(w.ctx, string(b2bua.TimeKey(desk.CallTimes, c.ArrivedMs, c.Call)), []byte("north")))
	}
	sue := w.token("sue")
	for query, want := range map[string]string{
		"":                                    "[1-3 1-2 1-1 1-0]",
		"owner=alice":                         "[1-3 1-0]",
		"campaign=spring":                     "[1-0]",
		"number=" + url.QueryEscape(north):    "[1-0]",
		"class=abandoned_unanswered":          "[1-2]",
		"queue=nq":                            "[1-2]",
		"caller=%2B15551111":                  "[1-2]",
		"direction=outbound":                  "[1-3]",
		"direction=inbound&recording=no":      "[1-2 1-1]",
		"recording=yes":                       "[1-0]",
		"customer=c1&location=l1":             "[1-0]",
		"job=j2":                              "[1-0]",
		"reason=n-price":                      "[1-1]",
		"link=booked":                         "[1-0]",
		"link=none&owner=carol":               "[1-1]",
		"owes_reason=yes":                     "[1-1]",
		"min_ms=15000":                        "[1-3 1-0]",
		"max_ms=5000":                         "[1-2 1-1]",
		"min_ms=2000&max_ms=30000":            "[1-3 1-1]",
		"owner=alice&class=booked&link=none":  "[]",
		"agent=alice&class=outbound&limit=10": "[1-3]",
	} {
		var out struct{ Calls []struct{ ID string } }
		w.get(sue, "/v1/calls?"+query, &out)
		ids := []string{}
		for _, c := range out.Calls {
			ids = append(ids, c.ID)
		}
		require.Equal(t, want, fmt.Sprint(ids), query)
	}
	var page struct {
		Next   string
		ReadTo time.Time `json:"read_to"`
	}
	w.get(sue, "/v1/calls?limit=2", &page)
	require.NotEmpty(t, page.Next)
	require.Equal(t, arrived(4), page.ReadTo.UnixMilli())
	w.httpRefused(400, "bad_request", sue, "GET", "/v1/calls?min_ms=5&max_ms=4", nil)
}
