package e2e

import (
	"encoding/binary"
	"math"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	rate      = 8000
	perPacket = 160  // 20 ms
	amplitude = 8000 // of tones: -12.2 dBFS
)

// ulaw and linear are G.711 mu-law by its definition, apart from the engine's tables.
func ulaw(s int) byte {
	sign := byte(0x80)
	if s < 0 {
		s, sign = -s, 0
	}
	s = min(s, 32635) + 132
	exp := 7
	for mask := 0x4000; s&mask == 0 && exp > 0; mask >>= 1 {
		exp--
	}
	return ^(^sign&0x80 | byte(exp<<4) | byte(s>>(exp+3)&0xf))
}

func linear(u byte) int16 {
	u = ^u
	v := (int(u&0xf)<<3+132)<<(u>>4&7) - 132
	if u&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

// goertzel is the amplitude of one frequency in samples.
func goertzel(samples []int16, hz float64) float64 {
	c := 2 * math.Cos(2*math.Pi*hz/rate)
	var s1, s2 float64
	for _, x := range samples {
		s1, s2 = float64(x)+c*s1-s2, s1
	}
	power := s1*s1 + s2*s2 - c*s1*s2
	return 2 * math.Sqrt(max(0, power)) / float64(len(samples))
}

// rms is the root mean square of samples.
func rms(samples []int16) float64 {
	var sum float64
	for _, x := range samples {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum / float64(max(1, len(samples))))
}

// isTone says that samples are one frequency and little else.
func isTone(samples []int16, hz float64) bool {
	level := rms(samples) * math.Sqrt2
	return level > amplitude/4 && goertzel(samples, hz) > 0.9*level
}

// rtpEnd sends a tone and keeps what it hears.
type rtpEnd struct {
	watch
	t      *testing.T
	conn   *net.UDPConn
	local  netip.AddrPort
	to     atomic.Pointer[netip.AddrPort]
	hz     atomic.Uint64 // bits of a float64; 0 Hz is silence
	digits chan byte
	done   chan struct{}
	begun  bool // guarded by watch

	heard   []int16 // the last second; guarded by watch
	packets int     // guarded by watch
	other   int     // packets that are neither PCMU nor telephone-event; guarded by watch
	events  []byte  // digits whose end was heard; guarded by watch
	lastTS  uint32  // of the last digit; guarded by watch
}

func newRTP(t *testing.T, ip netip.Addr) *rtpEnd {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	require.NoError(t, err)
	r := &rtpEnd{
		t: t, conn: c, local: c.LocalAddr().(*net.UDPAddr).AddrPort(), digits: make(chan byte, 16), done: make(chan struct{}),
	}
	go r.listen()
	return r
}

func (r *rtpEnd) close() {
	r.Lock()
	select {
	case <-r.done:
	default:
		close(r.done)
	}
	r.Unlock()
	_ = r.conn.Close()
}

// tone sets what is sent from now on.
func (r *rtpEnd) tone(hz float64) { r.hz.Store(math.Float64bits(hz)) }

// send begins to send, or moves to another address.
func (r *rtpEnd) send(to netip.AddrPort) {
	r.to.Store(&to)
	r.Lock()
	defer r.Unlock()
	if !r.begun {
		r.begun = true
		go r.talk()
	}
}

// talk sends a packet each 20 ms, digits by RFC 4733 in between.
func (r *rtpEnd) talk() {
	tick := time.NewTicker(ms(20))
	defer tick.Stop()
	phase, seq, ts := 0.0, uint16(1), uint32(1000)
	var digit byte
	left, began := 0, uint32(0)
	for {
		select {
		case <-r.done:
			return
		case <-tick.C:
		}
		if left == 0 {
			select {
			case digit = <-r.digits:
				left, began = 8, ts
			default:
			}
		}
		p := make([]byte, 12, 12+perPacket)
		p[0] = 0x80
		binary.BigEndian.PutUint16(p[2:], seq)
		binary.BigEndian.PutUint32(p[4:], ts)
		binary.BigEndian.PutUint32(p[8:], 0xe2e)
		if left > 0 {
			p = digitEvent(p, digit, 8-left, began)
			left--
		} else {
			hz := math.Float64frombits(r.hz.Load())
			if hz == 0 {
				phase = 0
			}
			for range perPacket {
				phase += 2 * math.Pi * hz / rate
				p = append(p, ulaw(int(amplitude*math.Sin(phase))))
			}
		}
		_, _ = r.conn.WriteToUDPAddrPort(p, *r.to.Load())
		seq++
		ts += perPacket
	}
}

// digitEvent fills a telephone-event packet; the last three of eight say the end.
func digitEvent(p []byte, digit byte, n int, began uint32) []byte {
	p[1] = 101
	if n == 0 {
		p[1] |= 0x80
	}
	binary.BigEndian.PutUint32(p[4:], began)
	duration := uint16(perPacket * (min(n, 5) + 1))
	flags := byte(10)
	if n >= 5 {
		flags |= 0x80
	}
	return append(p, digit, flags, byte(duration>>8), byte(duration))
}

func (r *rtpEnd) listen() {
	buf := make([]byte, 2048)
	for {
		n, _, err := r.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if n > 12 {
			r.take(buf[:n])
		}
	}
}

func (r *rtpEnd) take(p []byte) {
	r.Lock()
	defer r.Unlock()
	defer r.tell()
	r.packets++
	switch ts := binary.BigEndian.Uint32(p[4:]); {
	case p[1]&0x7f == 101 && len(p) >= 16:
		if p[13]&0x80 != 0 && ts != r.lastTS {
			r.events, r.lastTS = append(r.events, p[12]), ts
		}
	case p[1]&0x7f == 0:
		for _, u := range p[12:] {
			r.heard = append(r.heard, linear(u))
		}
		if len(r.heard) > rate {
			r.heard = append(r.heard[:0], r.heard[len(r.heard)-rate:]...)
		}
	default:
		r.other++
	}
}

// lately is the newest part of what was heard. The caller holds the lock.
func (r *rtpEnd) lately(samples int) []int16 {
	if len(r.heard) < samples {
		return nil
	}
	return r.heard[len(r.heard)-samples:]
}

// hears awaits a tone: a fifth of a second of it without a break.
func (r *rtpEnd) hears(hz float64) {
	r.t.Helper()
	r.await(r.t, "a tone to be heard", func() bool {
		s := r.lately(rate / 5)
		return s != nil && isTone(s, hz)
	})
}

// hearsMusic awaits half a second of sound that is not one of the tests' tones.
func (r *rtpEnd) hearsMusic(not ...float64) {
	r.t.Helper()
	r.Lock()
	r.heard = r.heard[:0]
	r.Unlock()
	r.await(r.t, "music to be heard", func() bool {
		s := r.lately(rate / 2)
		if s == nil || rms(s) < 300 { // -40 dBFS
			return false
		}
		for _, hz := range not {
			if goertzel(s, hz) > 0.3*rms(s) {
				return false
			}
		}
		return true
	})
}

// digit awaits that a telephone-event was heard to its end.
func (r *rtpEnd) digit(d byte) {
	r.t.Helper()
	r.await(r.t, "a digit", func() bool { return len(r.events) > 0 && r.events[len(r.events)-1] == d })
}
