package actors

import "time"

// slewedBy is how much faster than a stopwatch cluster time may run: 1/16 (persistence's slewShare).
const slewedBy = 16

// newAlarm calls ring once cluster time is at atMs: not before, and not late because the clock was drawn forward while
// it slept. It sleeps a little less than is left, and looks again.
func newAlarm(nowMs func() int64, atMs int64, ring func()) *time.Timer {
	left := func() time.Duration {
		d := time.Duration(atMs-nowMs()) * time.Millisecond
		return d - d/(slewedBy+1)
	}
	var t *time.Timer
	t = time.AfterFunc(time.Hour, func() {
		if nowMs() < atMs {
			t.Reset(max(left(), time.Millisecond))
			return
		}
		ring()
	})
	t.Reset(max(left(), 0)) // only now: the function above reads t
	return t
}
