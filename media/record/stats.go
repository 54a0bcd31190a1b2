package record

import "sync/atomic"

// Stats are the recorder's counters.
type Stats struct {
	SlabsWritten  atomic.Uint64
	LogErrors     atomic.Uint64
	Begun         atomic.Uint64
	Orphans       atomic.Uint64 // slots of no known recording
	ExtentWrites  atomic.Uint64
	ExtentBytes   atomic.Uint64
	ExtentErrors  atomic.Uint64
	ExtentDropped atomic.Uint64 // slots given up because extents could not be written
	Finished      atomic.Uint64
	Failed        atomic.Uint64
}

// Each calls f for every counter, in a fixed order.
func (s *Stats) Each(f func(name string, v float64)) {
	f("record_slabs_written", float64(s.SlabsWritten.Load()))
	f("record_log_errors", float64(s.LogErrors.Load()))
	f("record_begun", float64(s.Begun.Load()))
	f("record_orphan_slots", float64(s.Orphans.Load()))
	f("record_extent_writes", float64(s.ExtentWrites.Load()))
	f("record_extent_bytes", float64(s.ExtentBytes.Load()))
	f("record_extent_errors", float64(s.ExtentErrors.Load()))
	f("record_extent_dropped_slots", float64(s.ExtentDropped.Load()))
	f("record_finished", float64(s.Finished.Load()))
	f("record_failed", float64(s.Failed.Load()))
}
