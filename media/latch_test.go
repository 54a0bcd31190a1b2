package media

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/media/rtpwire"
)

// A stranger that sprays a leg is neither forwarded nor heard of, and gets nothing.
func TestStrangersAreDropped(t *testing.T) {
	r := newRig(t)
	a, b := bridged(r, PCMU, PCMU)
	a.send([]byte("a"))
	require.Equal(t, []byte("a"), b.receive().Payload)
	thief := newPhone(t, PCMU, 666)
	thief.to = a.to
	for range 20 {
		thief.send([]byte("thief"))
	}
	s := r.until("a", func(s LegStats) bool { return s.Strangers == 20 })
	require.EqualValues(t, 1, s.PacketsIn)
	b.send([]byte("for a"))
	require.Equal(t, []byte("for a"), a.receive().Payload)
	b.empty()
	thief.empty()
}

// A phone behind NAT sends from elsewhere than its SDP says: it is learned after four packets, and answered there.
func TestLearnsASourceBehindNAT(t *testing.T) {
	r := newRig(t, func(c *Config) { c.LearnWindowMs = 3_600_000 })
	a, b := bridged(r, PCMU, PCMU)
	outside := newPhone(t, PCMU, 77)
	outside.to = a.to
	for i := range 6 {
		outside.send([]byte{byte(i)})
	}
	s := r.until("a", func(s LegStats) bool { return s.PacketsIn == 3 })
	require.EqualValues(t, 3, s.Probation)
	require.Equal(t, outside.addr(), s.Source)
	require.Equal(t, []byte{3}, b.receive().Payload)
	b.send([]byte("back"))
	require.Equal(t, []byte("back"), outside.receive().Payload)
	a.empty()
}

func TestLatch(t *testing.T) {
	sdp, nat, thief := source{lo: 1, port: 1}, source{lo: 2, port: 2}, source{lo: 3, port: 3}
	type step struct {
		at   int64
		src  source
		ssrc uint32
		seq  uint16
		want verdict
	}
	run := func(src source, ssrc uint32, at int64, seq uint16, want ...verdict) (out []step) {
		for i, v := range want {
			out = append(out, step{at + int64(i)*20, src, ssrc, seq + uint16(i), v})
		}
		return out
	}
	cat := func(s ...[]step) (out []step) {
		for _, x := range s {
			out = append(out, x...)
		}
		return out
	}
	p, y, n := probation, accepted, stranger
	for name, steps := range map[string][]step{
		"the signalled source is taken at once": run(sdp, 1, 0, 9, y, y, y),
		"another is taken after four in a row":  run(nat, 1, 0, 9, p, p, p, y, y),
		"a gap in the run begins it anew":       cat(run(nat, 1, 0, 9, p, p, p), run(nat, 1, 60, 20, p, p, p, y)),
		"two sources do not add up": cat(run(nat, 1, 0, 9, p, p),
			run(thief, 2, 40, 9, p, p), run(nat, 1, 80, 11, p, p, p, y)),
		"after the window nobody is learned": run(nat, 1, 6000, 9, n, n, n, n, n),
		"the signalled source may come late": run(sdp, 1, 60000, 9, y, y),
		"a locked source is not replaced":    cat(run(sdp, 1, 0, 9, y), run(thief, 2, 2000, 9, n, n, n, n, n, n)),
		"the signalled source wins in time": cat(run(thief, 2, 0, 9, p, p, p, y),
			run(sdp, 1, 90, 9, y), run(thief, 2, 120, 14, n, n, n, n)),
		"but not after the window": cat(run(nat, 2, 0, 9, p, p, p, y),
			run(sdp, 1, 6000, 9, n), run(nat, 2, 6020, 14, y)),
		"a new SSRC of the source proves itself": cat(run(sdp, 1, 0, 9, y),
			run(sdp, 5, 20, 100, p, p, p, y), run(sdp, 5, 100, 104, y)),
	} {
		t.Run(name, func(t *testing.T) {
			var l latch
			l.signal(sdp, 0, 5000)
			for i, s := range steps {
				h := rtpwire.Header{SSRC: s.ssrc, Seq: s.seq}
				require.Equal(t, s.want, l.check(s.src, &h, s.at), "step %d", i)
			}
		})
	}
}

func TestLatchSignalledAgain(t *testing.T) {
	sdp, nat, moved := source{lo: 1, port: 1}, source{lo: 2, port: 2}, source{lo: 3, port: 3}
	var l latch
	feed := func(src source, at int64, seq uint16, want ...verdict) {
		t.Helper()
		for i, v := range want {
			require.Equal(t, v, l.check(src, &rtpwire.Header{SSRC: 7, Seq: seq + uint16(i)}, at+int64(i)*20), "packet %d", i)
		}
	}
	l.signal(sdp, 0, 5000)
	feed(nat, 0, 0, probation, probation, probation, accepted)
	l.signal(sdp, 10000, 5000)
	feed(nat, 10000, 4, accepted, accepted)                                 // same address again: the lock is kept
	feed(moved, 10040, 0, stranger, stranger, stranger, stranger, stranger) // while it sends nobody replaces it
	feed(moved, 11000, 9, probation, probation, probation, accepted)        // silent: it has moved
	l.signal(source{lo: 9, port: 9}, 20000, 5000)
	feed(moved, 20000, 13, probation, probation, probation, accepted) // a new address: everybody proves himself
}

func TestOutStreamSwitchDropsLatePackets(t *testing.T) {
	o := outStream{seq: 65534, ts: 0xFFFFFF00}
	peer := &leg{}
	seq, ts, marker, ok := o.relay(peer, 1, 100, 5000, 1000)
	require.True(t, ok && marker)
	require.EqualValues(t, 65535, seq)
	_, _, _, ok = o.relay(peer, 1, 99, 4840, 1000)
	require.False(t, ok, "it would take the number of a packet sent already")
	seq2, ts2, marker, ok := o.relay(peer, 1, 101, 5160, 1020)
	require.True(t, ok && !marker)
	require.EqualValues(t, 0, seq2, "wraps")
	require.Equal(t, ts+160, ts2)
	o.page(true, 1040)
	seq3, ts3, marker, _ := o.relay(peer, 1, 102, 5320, 3040)
	require.True(t, marker)
	require.EqualValues(t, 2, seq3)
	require.Equal(t, ts2+160+2000*8, ts3, "the timestamp goes on by the time that passed")
}
