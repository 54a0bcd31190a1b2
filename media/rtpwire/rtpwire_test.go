package rtpwire

import (
	"testing"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"
)

func seeds() [][]byte {
	plain := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 8, SequenceNumber: 65535, Timestamp: 1 << 31,
		SSRC: 0xDEADBEEF, Marker: true}, Payload: []byte{1, 2, 3}}
	csrc := &rtp.Packet{Header: rtp.Header{Version: 2, CSRC: []uint32{7, 8}, SSRC: 1}, Payload: []byte{9}}
	ext := &rtp.Packet{Header: rtp.Header{Version: 2, Extension: true, ExtensionProfile: 0x1234}, Payload: []byte{5}}
	_ = ext.SetExtension(0, []byte{1, 2, 3, 4})
	pad := &rtp.Packet{Header: rtp.Header{Version: 2, Padding: true, PaddingSize: 4}, Payload: []byte{5, 6}}
	var out [][]byte
	for _, p := range []*rtp.Packet{plain, csrc, ext, pad} {
		b, err := p.Marshal()
		if err != nil {
			panic(err)
		}
		out = append(out, b)
	}
	return append(out, nil, []byte{0x80}, make([]byte, 12), []byte("OPTIONS sip:a SIP/2.0"))
}

// agree checks that what we accept pion reads alike, and that what pion rejects we reject.
func agree(t *testing.T, b []byte) {
	t.Helper()
	var h Header
	ok := Read(b, &h)
	if !ok {
		return
	}
	require.LessOrEqual(t, h.Off, h.End)
	require.LessOrEqual(t, h.End, len(b))
	if b[0]&0x10 != 0 {
		return // pion also reads the elements of an extension, and refuses some we only skip
	}
	var p rtp.Packet
	require.NoError(t, p.Unmarshal(b))
	require.Equal(t, p.SequenceNumber, h.Seq)
	require.Equal(t, p.Timestamp, h.TS)
	require.Equal(t, p.SSRC, h.SSRC)
	require.Equal(t, p.PayloadType, h.PayloadType)
	require.Equal(t, p.Marker, h.Marker)
	require.Equal(t, len(p.Payload), h.End-h.Off)
}

func TestReadAgreesWithPion(t *testing.T) {
	for i, b := range seeds() {
		var h Header
		require.Equal(t, i < 4, Read(b, &h), "packet %d", i)
		agree(t, b)
	}
	var h Header
	require.True(t, Read(seeds()[2], &h))
	require.Equal(t, 1, h.End-h.Off, "payload behind an extension")
}

func TestWriteReadsBack(t *testing.T) {
	var b [HeaderBytes]byte
	Write(b[:], true, 101, 4711, 99, 12345)
	var h Header
	require.True(t, Read(b[:], &h))
	require.Equal(t, Header{Seq: 4711, PayloadType: 101, Marker: true, TS: 99, SSRC: 12345, Off: 12, End: 12}, h)
}

func FuzzRead(f *testing.F) {
	for _, b := range seeds() {
		f.Add(b)
	}
	f.Fuzz(agree)
}

// event is a telephone-event payload.
func event(code byte, end bool, dur uint16) []byte {
	b := []byte{code, 10, byte(dur >> 8), byte(dur)}
	if end {
		b[1] |= 0x80
	}
	return b
}

func TestDTMF(t *testing.T) {
	type packet struct {
		ts   uint32
		code byte
		end  bool
		dur  uint16
	}
	for _, c := range []struct {
		name string
		in   []packet
		want string
		dur  []uint16
	}{
		{"one press, three ends", []packet{{100, 5, false, 160}, {100, 5, false, 320}, {100, 5, true, 480},
			{100, 5, true, 480}, {100, 5, true, 480}}, "5", []uint16{480}},
		{"only one end packet arrives", []packet{{100, 11, true, 800}}, "#", []uint16{800}},
		{"the same key twice", []packet{{100, 1, true, 400}, {900, 1, true, 400}}, "11", []uint16{400, 400}},
		{"no end: told at the next press", []packet{{100, 2, false, 160}, {900, 3, false, 160}, {900, 3, true, 320}},
			"23", []uint16{160, 320}},
		{"a late packet of the press before", []packet{{100, 2, true, 160}, {900, 3, false, 160}, {100, 2, true, 160},
			{900, 3, true, 320}}, "23", []uint16{160, 320}},
		{"end before the last update (reordered)", []packet{{100, 10, true, 480}, {100, 10, false, 320}}, "*",
			[]uint16{480}},
		{"timestamp wraps", []packet{{0xFFFFFFF0, 4, true, 160}, {700, 5, true, 160}}, "45", []uint16{160, 160}},
		{"flash hook is no digit", []packet{{100, 16, true, 160}}, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d DTMF
			var got []byte
			var durs []uint16
			for _, p := range c.in {
				if digit, dur := d.Feed(p.ts, event(p.code, p.end, p.dur)); digit != 0 {
					got, durs = append(got, digit), append(durs, dur)
				}
			}
			require.Equal(t, c.want, string(got))
			require.Equal(t, c.dur, durs)
		})
	}
}

func TestDTMFFlush(t *testing.T) {
	var d DTMF
	d.Feed(5, event(15, false, 240))
	require.True(t, d.Open())
	digit, dur := d.Flush()
	require.Equal(t, byte('D'), digit)
	require.Equal(t, uint16(240), dur)
	digit, _ = d.Flush()
	require.Zero(t, digit)
}

func FuzzDTMF(f *testing.F) {
	f.Add(uint32(1), []byte{1, 0x8A, 0, 160}, uint32(1), []byte{1, 0x8A, 0, 160})
	f.Fuzz(func(t *testing.T, ts1 uint32, p1 []byte, ts2 uint32, p2 []byte) {
		var d DTMF
		told := 0
		for _, p := range []struct {
			ts uint32
			b  []byte
		}{{ts1, p1}, {ts2, p2}, {ts2, p2}, {ts1, p1}} {
			if digit, _ := d.Feed(p.ts, p.b); digit != 0 {
				told++
			}
		}
		require.LessOrEqual(t, told, 3)
	})
}

func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	p := seeds()[0]
	var h Header
	for b.Loop() {
		if !Read(p, &h) {
			b.Fatal("not read")
		}
	}
}
