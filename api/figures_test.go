package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// span is an hour around now as a query.
func span() string {
	now := time.Now()
	return "from=" + url.QueryEscape(now.Add(-30*time.Minute).Format(time.RFC3339)) +
		"&to=" + url.QueryEscape(now.Add(30*time.Minute).Format(time.RFC3339))
}

type figureRows struct {
	Rows []struct {
		Key, Name string
		Sums      map[string]int64
		Ratios    map[string]struct{ Num, Den int64 }
	}
}

func (f figureRows) row(t *testing.T, key string) (sums map[string]int64, ratios map[string]struct{ Num, Den int64 }) {
	t.Helper()
	for _, r := range f.Rows {
		if r.Key == key {
			return r.Sums, r.Ratios
		}
	}
	t.Fatalf("no row %q in %v", key, f.Rows)
	return nil, nil
}

// Calls in, figures out: R53, R55, R76, R77, R78. Every count gives as many calls as it says.
func TestFiguresOfADay(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.open("alice")
	w.expect(alice, "snapshot")
	w.do(alice, "status.set", m{"presence": "available"})
	first := w.callers.Dial(north, "+15551234")
	var o struct{ Call string }
	w.expect(alice, "offer.made").Into(&o)
	w.await(first.Answered())
	second := w.callers.Dial(north, "+15555678")
	sue, sid, aliceT, ann := w.token("sue"), w.token("sid"), w.token("alice"), w.token("ann")
	get := func(token, path string) (f figureRows) {
		w.get(token, path, &f)
		return f
	}
	require.Eventually(t, func() bool {
		for _, r := range get(sue, "/v1/figures?"+span()).Rows {
			if r.Sums["waiting"] == 1 {
				return true
			}
		}
		return false
	}, time.Minute, 5*time.Millisecond)
	second.HangUp()
	w.await(second.Ended())
	w.do(alice, "bubble.booked", m{"call": o.Call, "job": "j1", "location": "l1", "customer": "c1"})
	w.do(alice, "call.hangup", m{"call": o.Call})
	w.await(first.Ended())

	sums, ratios := get(sue, "/v1/figures?by=queue&"+span()).row(t, "nq")
	require.EqualValues(t, 2, sums["offered"])
	require.EqualValues(t, 1, sums["answered"])
	require.EqualValues(t, 1, sums["abandoned"])
	require.EqualValues(t, 1, ratios["service_level"].Num)
	require.EqualValues(t, 1, ratios["service_level"].Den, "a short abandon stands outside")
	_, ratios = get(sue, "/v1/figures?by=queue&sl=offered&"+span()).row(t, "nq")
	require.EqualValues(t, 2, ratios["service_level"].Den)
	sums, ratios = get(ann, "/v1/figures?by=agent&interval=15m&"+span()).row(t, "alice")
	require.EqualValues(t, 1, sums["booked"])
	require.EqualValues(t, 1, ratios["booking_rate"].Den)
	require.Positive(t, sums["signed_in_ms"])
	sums, _ = get(aliceT, "/v1/figures/mine?"+span()).row(t, "alice")
	require.EqualValues(t, 1, sums["handled"])

	w.everyCountHasItsCalls(sue)
	w.scorecards(sue, o.Call)
	require.Empty(t, get(sid, "/v1/figures?by=queue&"+span()).Rows, "another tenant's")
	for _, r := range get(sid, "/v1/figures?by=agent&"+span()).Rows {
		require.NotContains(t, []string{"alice", "sue"}, r.Key)
	}
	w.httpRefused(403, "forbidden", aliceT, "GET", "/v1/figures?"+span(), nil)
	w.httpRefused(400, "bad_request", sue, "GET", "/v1/figures?tz=Mars/Base&"+span(), nil)
	w.httpRefused(400, "bad_request", sue, "GET", "/v1/figures/calls?figure=idle_ms&"+span(), nil)
	w.httpRefused(413, "too_large", sue, "GET", "/v1/figures?interval=15m&from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", nil)
}

func (w *world) everyCountHasItsCalls(token string) {
	w.t.Helper()
	var defs struct {
		Figures []struct {
			Name, Unit string
			Calls      bool
		}
	}
	w.get(token, "/v1/figures/definitions", &defs)
	require.Greater(w.t, len(defs.Figures), 50)
	for _, by := range []string{"queue", "agent", "tenant", "campaign"} {
		var f figureRows
		w.get(token, "/v1/figures?by="+by+"&"+span(), &f)
		for _, r := range f.Rows {
			for _, d := range defs.Figures {
				if !d.Calls || d.Unit == "ms" {
					continue
				}
				key := r.Key
				if key == "" {
					key = "-"
				}
				var got struct {
					Total int64
					Calls []struct{ Call string }
				}
				w.get(token, "/v1/figures/calls?by="+by+"&figure="+d.Name+"&key="+key+"&"+span(), &got)
				require.Equal(w.t, r.Sums[d.Name], got.Total, "%s of %s", d.Name, r.Key)
				require.Len(w.t, got.Calls, int(got.Total))
			}
		}
	}
}

func (w *world) scorecards(token, call string) {
	w.t.Helper()
	type tab struct {
		Count int
		Calls []struct{ Call, Caller, Class string }
	}
	var cards struct {
		Agents []struct {
			Agent                            string
			Booked, Unbooked, Excused, Other tab
		}
		Abandoned struct{ Unanswered, Unclaimed tab }
	}
	w.get(token, "/v1/scorecards?"+span(), &cards)
	require.Len(w.t, cards.Agents, 1)
	require.Equal(w.t, 1, cards.Agents[0].Booked.Count)
	require.Equal(w.t, call, cards.Agents[0].Booked.Calls[0].Call)
	require.Equal(w.t, 1, cards.Abandoned.Unanswered.Count)
	require.True(w.t, strings.HasSuffix(cards.Abandoned.Unanswered.Calls[0].Caller, "15555678"))
	require.Zero(w.t, cards.Abandoned.Unclaimed.Count)
}
