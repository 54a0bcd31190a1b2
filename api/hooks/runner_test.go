package hooks

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/feed"
	cc "github.com/wirechief/wirechief/callcenter"
)

// memory is a store that refuses its first writes.
type memory struct {
	rows   map[string][]byte
	refuse int
	tries  int
}

func (m *memory) Get(key string) ([]byte, bool) {
	v, ok := m.rows[key]
	return v, ok
}

func (m *memory) Put(_ context.Context, key string, value []byte) error {
	if m.tries++; m.tries <= m.refuse {
		return errors.New("another node owns the company")
	}
	m.rows[key] = value
	return nil
}

func newRunner(t *testing.T, m *memory) *runner {
	t.Helper()
	h := &Hooks{o: Options{Store: m, NowMs: func() int64 { return time.Now().UnixMilli() }, Logger: slog.New(slog.DiscardHandler)}}
	return &runner{h: h, cfg: &cc.Webhook{Id: "crm"}, log: h.o.Logger, resume: make(chan ask)}
}

// A node whose place is refused delivers nothing: it does not come past its beginning until the place is written.
func TestPlaceIsWrittenFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{rows: map[string][]byte{Prefix + "crm": []byte(`{"position":7,"last":5}`)}, refuse: 3}
		r := newRunner(t, m)
		began := make(chan bool, 1)
		go func() { began <- r.begin(t.Context()) }()
		time.Sleep(retrySave * 5 / 2)
		synctest.Wait()
		require.Equal(t, StateNoPlace, r.show().State)
		require.Empty(t, began)
		require.True(t, <-began)
		require.Equal(t, Place{Position: 7, Last: 5}, r.place)

		ctx, cancel := context.WithCancel(t.Context())
		m.refuse = 1 << 30
		go func() { began <- r.begin(ctx) }()
		cancel()
		require.False(t, <-began, "and ends when it must")
	})
}

// What is no longer kept is told once, and the webhook goes on from what there is.
func TestLostEventsAreTold(t *testing.T) {
	m := &memory{rows: map[string][]byte{}}
	r := newRunner(t, m)
	r.place = Place{Position: 7, Last: 5}
	r.misplaced(t.Context(), &feed.TooOldError{First: 50})
	r.misplaced(t.Context(), &feed.TooOldError{First: 90}) // parked again meanwhile
	require.JSONEq(t, `{"position":89,"last":5,"lost_from":7}`, string(m.rows[Prefix+"crm"]))
	require.Equal(t, uint64(2), r.h.Stats.Lost.Load())
	e := &feed.BubbleExcused{}
	b := newBatch("crm", &r.place, feed.Page{Next: 99, Items: []*feed.Item{{Seq: 95, Event: e}}})
	require.Contains(t, string(b.body), `"prev":5,"lost":{"after":7,"until":89}`)
	r.taken(b)
	require.Equal(t, Place{Position: 99, Last: 95}, r.place)
}

// A webhook that fails is parked when it has failed for long enough, whatever its pauses are, and not before.
func TestParkedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRunner(t, &memory{rows: map[string][]byte{}})
		r.cfg.ParkAfterMs = time.Hour.Milliseconds()
		r.h.o.Pause = func(n int) time.Duration { return Backoff(n, 1) }
		began := time.Now()
		for r.failed(t.Context(), &statusError{status: 500}) {
		}
		require.NotZero(t, r.place.ParkedMs)
		require.Equal(t, StateParked, r.show().State)
		require.Equal(t, "answered 500", r.show().LastError)
		require.GreaterOrEqual(t, time.Since(began), time.Hour)
		require.Less(t, time.Since(began), time.Hour+2*maxPause)
	})
}
