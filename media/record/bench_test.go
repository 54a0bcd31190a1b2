package record

import (
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func processCPU() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRecording gives the CPU of whole recordings of one second, from the slab to the durable file, and of ones
// without a packet. They end as fast as they are made.
func BenchmarkRecording(b *testing.B) {
	for _, packets := range []int{0, 50} {
		b.Run(fmt.Sprintf("packets=%d", 2*packets), func(b *testing.B) {
			b.ReportAllocs()
			var finished atomic.Int64
			all := make(chan struct{})
			r, err := Open(Config{Dir: b.TempDir(), Slabs: 64, FinishWorkers: 1, Logger: slog.New(slog.DiscardHandler),
				NowMs: func() int64 { return time.Now().UnixMilli() }, OnFailed: func(id string, err error) { b.Error(id, err) },
				OnFinished: func(Finished) {
					if finished.Add(1) == int64(b.N) {
						close(all)
					}
				}})
			require.NoError(b, err)
			pkt := packet(b, 1, 0, 0, 0x90)
			b.ResetTimer()
			before := processCPU()
			var s *Slab
			for i := range b.N {
				s = addRecording(b, r, s, fmt.Sprint("rec", i), packets, pkt)
				if i%4 == 3 { // so often a slab is sealed for a stop
					r.Seal(s)
					s = nil
				}
			}
			if s != nil {
				r.Seal(s)
			}
			<-all
			b.ReportMetric(float64((processCPU()-before).Microseconds())/float64(b.N), "cpu-us/recording")
			r.Close()
		})
	}
}

// addRecording puts a recording of one second into slabs; s is begun already or nil. It gives the last slab.
func addRecording(t testing.TB, r *Recorder, s *Slab, id string, packets int, pkt []byte) *Slab {
	at := r.cfg.NowMs()
	number, opening, err := r.Number(Opening{ID: id, StartMs: at, Labels: map[string]string{"call": id}})
	require.NoError(t, err)
	ordinal := uint32(0)
	add := func(data []byte, side uint64, at int64, kind Kind) {
		for s == nil || !s.Room() {
			if s != nil {
				r.Seal(s)
			}
			if s = r.Get(); s == nil {
				time.Sleep(time.Millisecond) // the disk has them all
			}
		}
		ordinal++
		addSlot(s, data, number*2+side, at, ordinal, kind)
	}
	add(opening, 0, at, KindOpen)
	for i := range packets {
		pkt[2], pkt[3], pkt[6], pkt[7] = byte(i>>8), byte(i), byte(i*160>>8), byte(i*160)
		add(pkt, 0, at+int64(i)*20, KindPacket)
		add(pkt, 1, at+int64(i)*20+3, KindPacket)
	}
	add(nil, 0, at+1000, KindStop)
	return s
}

// BenchmarkRender gives the cost of finishing a packet of a two-way call of a minute.
func BenchmarkRender(b *testing.B) {
	b.ReportAllocs()
	var slots []Slot
	for i := range 3000 {
		for side := range uint64(2) {
			slots = append(slots, Slot{Stream: side, AtMs: int64(1 + i*20), Kind: KindPacket,
				Data: packet(b, uint32(side), uint16(i), uint32(i)*160, byte(i))})
		}
	}
	for b.Loop() {
		drive(b, io.Discard, slots)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(slots)), "ns/packet")
}
