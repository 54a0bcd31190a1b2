package persistence

import "sync/atomic"

// Stats counts what a journal did since it was opened.
type Stats struct {
	Appends    atomic.Uint64 // taken into the queue
	Overloaded atomic.Uint64 // refused because the queue was full
	Invalid    atomic.Uint64 // refused as TooLarge or Malformed before they were queued
	Refused    atomic.Uint64 // refused by replicated state
	Unknown    atomic.Uint64 // ended without a definite outcome
	Entries    atomic.Uint64 // raft entries proposed
	EntryBytes atomic.Uint64 // their bytes
	Syncs      atomic.Uint64 // synced batches
	Batches    atomic.Uint64 // applied batches
	BatchBytes atomic.Uint64 // bytes of the applied batches
	Cuts       atomic.Uint64 // times the raft log was cut
	Flushes    atomic.Uint64 // flushes asked for so that a start has little to read again
	Lagged     atomic.Uint64 // followers that fell behind
	Evicted    atomic.Uint64 // changes dropped from the ring of recent changes
	Stalls     atomic.Uint64 // write stalls of the store
	Corrupt    atomic.Uint64 // reads that met a block without its checksum
	Aside      atomic.Uint64 // streams set aside because they cannot be read

	DerivedBytes atomic.Uint64 // written to key spaces derived from the journal
}

// Each calls fn for each counter.
func (s *Stats) Each(fn func(name string, v float64)) {
	for _, c := range []struct {
		name string
		v    *atomic.Uint64
	}{
		{"appends_total", &s.Appends}, {"overloaded_total", &s.Overloaded}, {"invalid_total", &s.Invalid},
		{"refused_total", &s.Refused}, {"unknown_total", &s.Unknown}, {"entries_total", &s.Entries},
		{"entry_bytes_total", &s.EntryBytes}, {"syncs_total", &s.Syncs}, {"batches_total", &s.Batches},
		{"batch_bytes_total", &s.BatchBytes}, {"log_cuts_total", &s.Cuts}, {"followers_lagged_total", &s.Lagged},
		{"ring_evicted_total", &s.Evicted}, {"write_stalls_total", &s.Stalls},
		{"flushes_total", &s.Flushes}, {"corrupt_reads_total", &s.Corrupt}, {"streams_aside", &s.Aside},
		{"derived_bytes_total", &s.DerivedBytes},
	} {
		fn(c.name, float64(c.v.Load()))
	}
}
