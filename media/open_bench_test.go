package media

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkOpen opens and closes the two legs of a call. ns/op is time of a call's two Open; cpu-us/call is CPU time of
// the whole process for both, closing included. It paces itself at openBenchGap, so that work in the background is
// paid for but not waited for.
func BenchmarkOpen(b *testing.B) {
	const openBenchGap = 2 * time.Millisecond
	b.ReportAllocs()
	r := newRig(b, func(c *Config) { c.PortMin, c.PortMax, c.PortDrainMs = 20000, 29999, 100 })
	var times []time.Duration
	cpu := processCPU()
	b.ResetTimer()
	for i := range b.N {
		call := strconv.Itoa(i)
		begin := time.Now()
		_, errA := r.Open(call, "a"+call)
		_, errB := r.Open(call, "b"+call)
		times = append(times, time.Since(begin))
		require.NoError(b, errA)
		require.NoError(b, errB)
		require.NoError(b, r.CloseLeg("a"+call))
		require.NoError(b, r.CloseLeg("b"+call))
		time.Sleep(openBenchGap) // the pace of the load
	}
	await[LegClosed](r, 2*b.N)
	b.StopTimer()
	cpu = processCPU() - cpu
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-us/call")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-us/call")
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-us/call")
}

// BenchmarkPair gives what one leg's sockets cost: made anew and closed, or out of the pool and back.
func BenchmarkPair(b *testing.B) {
	p := newTestPool(b, 1)
	b.Run("anew", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			s, err := p.bindOnce(p.min)
			require.NoError(b, err)
			p.shut(s)
		}
	})
	b.Run("pooled", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			s, err := p.open()
			require.NoError(b, err)
			p.release(s)
			p.at = p.at.Add(p.drain)
		}
	})
	p.end(b)
}
