package media

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// R85: a silence that lasts is told again, ever more rarely up to a bound; signalling begins the wait anew; RTP ends
// it.
func TestSilenceIsToldAgain(t *testing.T) {
	const timeout, start = 20, 1000
	var s silence
	require.False(t, s.due(start+1_000_000, 0, timeout), "not waiting")
	s.expect(start)
	told := func(from, to, lastAt int64) (at []int64) {
		for now := from; now <= to; now++ {
			if s.due(now, lastAt, timeout) {
				s.notice(now, timeout)
				at = append(at, now-start)
			}
		}
		return at
	}
	require.Equal(t, []int64{20, 60, 140, 220}, told(start, start+290, 0), "20, then 40, then every 80")
	s.expect(start + 290) // its answer to a probe
	require.Equal(t, []int64{370, 450}, told(start+290, start+450, 0))
	s.over()
	require.Equal(t, []int64{520, 560}, told(start+451, start+570, start+500), "a new silence, from its last packet on")
}
