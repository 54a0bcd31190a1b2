package media

import (
	"fmt"
	"testing"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/media/audio"
	"github.com/wirechief/wirechief/media/g711"
)

// bridged gives two phones whose legs are bridged.
func bridged(r *rig, ptA, ptB uint8) (*phone, *phone) {
	a := newPhone(r.t, ptA, 11).leg(r, "call", "a")
	b := newPhone(r.t, ptB, 22).leg(r, "call", "b")
	require.NoError(r.t, r.Bridge("a", "b"))
	r.settle("a")
	return a, b
}

func TestRelayBothWaysToThePacket(t *testing.T) {
	r := newRig(t)
	a, b := bridged(r, PCMU, PCMU)
	var first, prev [2]*rtp.Packet
	for i := range 200 {
		for side, way := range [][2]*phone{{a, b}, {b, a}} {
			in := way[0].send([]byte(fmt.Sprintf("%d from %d, and so on", i, side)))
			out := way[1].receive()
			require.Equal(t, in.Payload, out.Payload)
			if first[side] == nil {
				first[side] = out
				require.True(t, out.Marker, "a talk begins with the marker")
			} else {
				require.False(t, out.Marker)
				require.Equal(t, prev[side].SequenceNumber+1, out.SequenceNumber)
				require.Equal(t, prev[side].Timestamp+160, out.Timestamp)
			}
			require.Equal(t, first[side].SSRC, out.SSRC)
			require.NotEqual(t, in.SSRC, out.SSRC, "the stream is our own")
			prev[side] = out
		}
	}
	s := r.settle("a")
	require.EqualValues(t, 200, s.PacketsIn)
	require.EqualValues(t, 200, s.PacketsOut)
	require.Zero(t, s.Lost)
	require.NoError(t, r.Close(), "all is told then")
	require.Len(t, of[FirstPacket](r), 2)
}

func TestLossAndReorderPassThrough(t *testing.T) {
	r := newRig(t)
	a, b := bridged(r, PCMU, PCMU)
	a.send([]byte("0"))
	base := b.receive()
	for _, d := range []int{1, 3, 2, 6} { // 4 and 5 are lost, 2 comes late
		a.write(&rtp.Packet{Header: rtp.Header{Version: 2, SSRC: a.ssrc, SequenceNumber: a.seq - 1 + uint16(d),
			Timestamp: a.ts - 160 + uint32(d)*160}, Payload: []byte{byte(d)}})
		out := b.receive()
		require.Equal(t, base.SequenceNumber+uint16(d), out.SequenceNumber)
		require.Equal(t, base.Timestamp+uint32(d)*160, out.Timestamp)
	}
	require.EqualValues(t, 2, r.settle("a").Lost)
}

func TestTranscodesBetweenTheLaws(t *testing.T) {
	r := newRig(t)
	a, b := bridged(r, PCMU, PCMA)
	in := tone(PCMU, 440, 8000, 0)
	a.send(in)
	out := b.receive()
	require.Equal(t, PCMA, out.PayloadType)
	want := make([]byte, len(in))
	g711.ToPCMA(want, in)
	require.Equal(t, want, out.Payload)
	b.send(tone(PCMA, 440, 8000, 0))
	require.Equal(t, PCMU, a.receive().PayloadType)
	r.settle("a")
	require.EqualValues(t, 2, r.Stats().Get("transcoded"))
}

func TestHeaderExtrasAreLeftBehind(t *testing.T) {
	r := newRig(t)
	a, b := bridged(r, PCMU, PCMU)
	in := &rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 5, CSRC: []uint32{1, 2}, Extension: true,
		ExtensionProfile: 0x1000, Padding: true, PaddingSize: 4}, Payload: []byte("sound")}
	require.NoError(t, in.SetExtension(1, []byte{1, 2, 3, 4}))
	a.write(in)
	out := b.receive()
	require.Equal(t, []byte("sound"), out.Payload)
	require.Empty(t, out.CSRC)
	require.False(t, out.Extension || out.Padding)
}

// One unbroken stream over music, bridge, hold, and another bridge.
func TestContinuity(t *testing.T) {
	r := newRig(t)
	a := newPhone(t, PCMU, 11).leg(r, "call", "a")
	b := newPhone(t, PCMU, 22).leg(r, "call", "b")
	c := newPhone(t, PCMU, 33).leg(r, "call", "c")
	music := audio.NewClip(make([]int16, 160*50))
	var last *rtp.Packet
	follow := func(marker bool) *rtp.Packet {
		t.Helper()
		p := a.receive()
		if last != nil {
			require.Equal(t, last.SSRC, p.SSRC)
			require.Equal(t, last.SequenceNumber+1, p.SequenceNumber)
			require.GreaterOrEqual(t, p.Timestamp-last.Timestamp, uint32(160))
			require.Less(t, p.Timestamp-last.Timestamp, uint32(8000*20))
		}
		require.Equal(t, marker, p.Marker)
		last = p
		return p
	}
	play := func() {
		t.Helper()
		require.NoError(t, r.Play("a", Source{Clip: music, Loop: true}))
		for i := range 5 {
			follow(i == 0)
		}
	}
	hear := func(p *phone) {
		t.Helper()
		for i := range 5 {
			in := p.send([]byte{byte(i), 1, 2})
			require.Equal(t, in.Payload, follow(i == 0).Payload)
		}
	}
	drain := func() { // pages sent before the bridge was made
		t.Helper()
		want := r.settle("a").PacketsOut
		for last == nil || uint64(last.SequenceNumber-firstSeq(r, "a")) < want {
			follow(false)
		}
	}
	play()
	require.NoError(t, r.Bridge("a", "b"))
	drain()
	hear(b)
	play() // hold: the bridge stays, the clip wins
	b.send([]byte("not heard"))
	r.until("b", func(s LegStats) bool { return s.PacketsIn == 6 })
	require.NoError(t, r.StopPlay("a"))
	drain()
	hear(b)
	require.NoError(t, r.Bridge("a", "c"))
	r.settle("a")
	hear(c)
	require.NoError(t, r.Unbridge("a", "c"))
	play()
	require.EqualValues(t, 1, r.Stats().Get("replaced_by_play_dropped"))
}

// firstSeq is the sequence number before the first packet a leg ever sent.
func firstSeq(r *rig, name string) uint16 {
	l, err := r.leg(name)
	require.NoError(r.t, err)
	answer := make(chan uint16, 1)
	require.NoError(r.t, l.w.queue.post(false, func(*worker) { answer <- l.out.seq - uint16(l.stats.PacketsOut) }))
	return <-answer
}

func TestPlayOnceEnds(t *testing.T) {
	r := newRig(t)
	a := newPhone(t, PCMA, 11).leg(r, "call", "a")
	clip := audio.Beep.Clip()
	require.NoError(t, r.Play("a", Source{Clip: clip}))
	await[PlayEnded](r, 1)
	for i := range clip.Frames() {
		p := a.receive()
		require.Equal(t, clip.PCMA[i*160:(i+1)*160], p.Payload)
		require.Equal(t, PCMA, p.PayloadType)
	}
	a.empty()
	require.False(t, r.settle("a").Playing)
}

func TestDTMFIsToldOnceAndPassedOn(t *testing.T) {
	r := newRig(t)
	a, b := bridged(r, PCMU, PCMU)
	require.NoError(t, r.SetRemote("b", Remote{Addr: b.addr(), PayloadType: PCMU, TelephoneEventPT: 97}))
	r.settle("b")
	a.send([]byte("hello"))
	b.receive()
	for _, code := range []byte{4, 11} {
		a.press(code)
		var ts uint32
		for i := range 5 {
			p := b.receive()
			require.EqualValues(t, 97, p.PayloadType)
			require.Equal(t, code, p.Payload[0])
			if i > 0 {
				require.Equal(t, ts, p.Timestamp, "one press has one timestamp")
			}
			ts = p.Timestamp
		}
	}
	await[DTMF](r, 2)
	r.settle("a")
	got := of[DTMF](r)
	require.Len(t, got, 2)
	require.Equal(t, "4#", string([]byte{got[0].Digit, got[1].Digit}))
	require.EqualValues(t, 60, got[0].DurationMs)
}

func TestDirectionAndUnwanted(t *testing.T) {
	r := newRig(t)
	a, b := bridged(r, PCMU, PCMU)
	require.NoError(t, r.SetRemote("b", Remote{Addr: b.addr(), PayloadType: PCMU, Direction: RecvOnly}))
	r.settle("b")
	a.send([]byte("b does not hear"))
	r.until("a", func(s LegStats) bool { return s.PacketsIn == 1 })
	b.empty()
	require.NoError(t, r.SetRemote("b", Remote{Addr: b.addr(), PayloadType: PCMU, Direction: SendOnly}))
	r.settle("b")
	b.send([]byte("a does not hear"))
	r.until("b", func(s LegStats) bool { return s.Unwanted == 1 })
	a.empty()
	a.pt = 18 // G.729
	a.send([]byte("?"))
	r.until("a", func(s LegStats) bool { return s.Unwanted == 1 })
	b.empty()
}

func TestMalformedAndRTCPAreSilent(t *testing.T) {
	r := newRig(t)
	a, b := bridged(r, PCMU, PCMU)
	for _, junk := range []string{"x", "OPTIONS sip:x SIP/2.0", "\x80", string(make([]byte, 2048)), "\xbf\x00aaaabbbbcccc"} {
		_, err := a.conn.WriteToUDPAddrPort([]byte(junk), a.to)
		require.NoError(t, err)
	}
	_, err := a.conn.WriteToUDPAddrPort([]byte("\x81\xc8\x00\x0112345678"), a.to) // sender report, muxed
	require.NoError(t, err)
	r.until("a", func(s LegStats) bool { return s.Malformed == 5 && s.RTCPIn == 1 })
	a.empty()
	b.empty()
}
