package feed

import "sync/atomic"

// Stats count what the feed does; published as wirechief_api_feed_*.
type Stats struct {
	Readers                           atomic.Int64
	Events, ReadBack, TooOld, Lagged  atomic.Uint64
	Unreadable, Sent, Dropped, Turned atomic.Uint64
}

// Each gives every counter by name.
func (s *Stats) Each(f func(name string, v float64)) {
	f("feed_readers", float64(s.Readers.Load()))
	f("feed_events_total", float64(s.Events.Load()))
	f("feed_read_back_total", float64(s.ReadBack.Load()))
	f("feed_too_old_total", float64(s.TooOld.Load()))
	f("feed_lagged_total", float64(s.Lagged.Load()))
	f("feed_unreadable_total", float64(s.Unreadable.Load()))
	f("feed_sent_total", float64(s.Sent.Load()))
	f("feed_slow_dropped_total", float64(s.Dropped.Load()))
	f("feed_refused_total", float64(s.Turned.Load()))
}
