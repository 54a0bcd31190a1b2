package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/persistence/machine"
)

// I6: a timer rings at its deadline by cluster time, also while that is drawn towards a wall clock that is ahead or
// behind.
func TestI6AlarmFollowsTheClock(t *testing.T) {
	for _, slew := range []int64{-1, 0, 1} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			nowMs := func() int64 {
				d := time.Since(began).Milliseconds()
				return d + slew*d/machine.SlewShare
			}
			rang := make(chan int64, 1)
			newAlarm(nowMs, 10*60_000, func() { rang <- nowMs() })
			require.InDelta(t, 10*60_000, <-rang, 2, "slew %d", slew)
		})
	}
}

func TestAlarmStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		a := newAlarm(func() int64 { return time.Since(began).Milliseconds() }, 1000, func() { t.Error("rang") })
		time.Sleep(time.Second - time.Millisecond)
		a.Stop()
		time.Sleep(time.Second)
	})
}
