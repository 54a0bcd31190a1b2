package actors

import (
	"time"

	"github.com/wirechief/wirechief/persistence/machine"
)

// newAlarm calls ring once cluster time is at atMs: not before, and not late because the clock was drawn forward while
// it slept. It sleeps a little less than is left, and looks again.
func newAlarm(nowMs func() int64, atMs int64, ring func()) *time.Timer {
	left := func() time.Duration {
		return time.Duration(machine.Soonest(int64(time.Duration(atMs-nowMs()) * time.Millisecond)))
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
