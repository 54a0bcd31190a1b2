package record

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// addSlot commits a slot with data.
func addSlot(s *Slab, data []byte, stream uint64, at int64, ordinal uint32, kind Kind) {
	copy(s.Next(), data)
	s.Commit(len(data), stream, at, ordinal, kind)
}

func packet(t testing.TB, ssrc uint32, seq uint16, ts uint32, fill byte) []byte {
	b, err := (&rtp.Packet{Header: rtp.Header{Version: 2, SSRC: ssrc, SequenceNumber: seq, Timestamp: ts},
		Payload: bytes.Repeat([]byte{fill}, 160)}).Marshal()
	require.NoError(t, err)
	return b
}

func TestSlotsComeBack(t *testing.T) {
	s, err := newSlab()
	require.NoError(t, err)
	p := newSlabs(1)
	defer func() { p.put(s); p.unmap() }()
	require.True(t, s.Empty() && s.Room())
	n := 0
	for ; s.Room(); n++ {
		addSlot(s, bytes.Repeat([]byte{byte(n)}, n%300), uint64(n), int64(1000+n), uint32(n), KindPacket)
	}
	require.EqualValues(t, 1000, s.FirstMs)
	require.Zero(t, len(s.pad())%blockBytes)
	at, i := 0, 0
	var slot Slot
	for ; ; i++ {
		k := readSlot(s.buf[at:s.pos], &slot)
		if k == 0 {
			break
		}
		require.Equal(t, Slot{uint64(i), int64(1000 + i), uint32(i), KindPacket, bytes.Repeat([]byte{byte(i)}, i%300)}, slot)
		at += k
	}
	require.Equal(t, n, i)
}

// Recovery stops at the first bad slot: a bit that fell over anywhere ends what is read there, and nothing panics.
func TestLogStopsAtTheFirstBadSlot(t *testing.T) {
	dir := t.TempDir()
	w := &logWriter{dir: dir, now: time.Now, retire: make(chan *os.File, 1)}
	slabs := newSlabs(1)
	total := 0
	for round := range 3 {
		s := slabs.get()
		for range 5 + round*20 {
			total++
			addSlot(s, packet(t, 1, uint16(total), 0, 1), 2, int64(total), uint32(total), KindPacket)
		}
		require.NoError(t, w.write(s))
		slabs.put(s)
	}
	defer slabs.unmap()
	w.rotate()
	require.NoError(t, (<-w.retire).Close())
	path := logPath(dir, 1)
	count := func() (n int) {
		require.NoError(t, readLog(path, func(s *Slot, _ []byte) error {
			n++
			require.EqualValues(t, n, s.Ordinal)
			return nil
		}))
		return n
	}
	require.Equal(t, total, count())
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	last := total
	for at := int(w.offset) - 1; at >= 0; at -= 97 {
		broken := bytes.Clone(b[:w.offset])
		broken[at] ^= 0x10
		require.NoError(t, os.WriteFile(path, broken, 0o600))
		n := count()
		if n == total {
			continue // a byte between two slots, which says nothing
		}
		require.LessOrEqual(t, n, last, "an earlier fault leaves no more")
		last = n
	}
	require.Zero(t, last)
	require.NoError(t, os.WriteFile(path, b[:w.offset/2], 0o600))
	require.NotPanics(t, func() { count() })
}

func FuzzReadSlot(f *testing.F) {
	s, err := newSlab()
	if err != nil {
		f.Fatal(err)
	}
	addSlot(s, []byte("abc"), 1, 2, 3, KindPacket)
	f.Add(bytes.Clone(s.pad()))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := scanSlots(bytes.NewReader(b), func(s *Slot) error {
			require.LessOrEqual(t, len(s.Data), MaxPacket)
			return nil
		})
		require.NoError(t, err)
	})
}

func TestIDsThatCanNameFiles(t *testing.T) {
	for _, ok := range []string{"a", "0192f-AB_9", string(bytes.Repeat([]byte("x"), 64))} {
		require.NoError(t, CheckID(ok))
	}
	for _, bad := range []string{"", ".", "../x", "a/b", "a.b", "ä", string(bytes.Repeat([]byte("x"), 65))} {
		require.ErrorIs(t, CheckID(bad), ErrBadID)
	}
	id, segment, ok := extentName(filepath.Base(extentPath("d", "a-1", 12)))
	require.True(t, ok)
	require.Equal(t, "a-1", id)
	require.Equal(t, 12, segment)
}

// drive renders a list of slots.
func drive(t testing.TB, out io.Writer, slots []Slot) result {
	r := &renderer{}
	r.start(out)
	opening, err := Opening{ID: "x", StartMs: 1}.encode()
	require.NoError(t, err)
	require.NoError(t, r.slot(&Slot{Kind: KindOpen, Ordinal: 1, AtMs: 1, Data: opening}))
	for i := range slots {
		slots[i].Ordinal = uint32(i + 2)
		require.NoError(t, r.slot(&slots[i]))
	}
	res, err := r.finish()
	require.NoError(t, err)
	return res
}

func channels(gaps []Gap) (out []int) {
	for _, g := range gaps {
		out = append(out, g.Channel)
	}
	return out
}

// A far end whose clock runs 1 % fast is kept at its place: after 60 s it would be 600 ms off.
func TestClockDriftIsFollowed(t *testing.T) {
	var slots []Slot
	const n = 3000
	for i := range n {
		fill := byte(0xFF)
		if i >= n-50 {
			fill = 0x90
		}
		at := int64(1 + float64(i)*20/1.01)
		slots = append(slots, Slot{Stream: 0, AtMs: at, Kind: KindPacket, Data: packet(t, 1, uint16(i), uint32(i)*160, fill)})
	}
	var out bytes.Buffer
	res := drive(t, &out, slots)
	require.Equal(t, []int{1}, channels(res.gaps), "only the silent agent")
	require.Zero(t, res.lost)
	b := out.Bytes()
	first := 0
	for b[4*first] == 0 && b[4*first+1] == 0 {
		first++
	}
	require.InDelta(t, float64(n-50)*20/1.01*8, first, 160)
}

// A far end that begins a new SSRC, or jumps in its timestamps, is placed anew.
func TestNewRunIsPlacedByItsTime(t *testing.T) {
	for name, second := range map[string][3]uint32{"new SSRC": {2, 9000, 77}, "timestamp jump": {1, 100, 1 << 30}} {
		t.Run(name, func(t *testing.T) {
			var slots []Slot
			for i := range 200 {
				p := packet(t, 1, uint16(i), uint32(i)*160, 0x90)
				if i >= 100 {
					p = packet(t, second[0], uint16(second[1])+uint16(i-100), second[2]+uint32(i)*160, 0x90)
				}
				slots = append(slots, Slot{AtMs: int64(1 + i*20), Kind: KindPacket, Data: p})
			}
			var out bytes.Buffer
			res := drive(t, &out, slots)
			require.Zero(t, res.lost)
			require.Equal(t, []int{1}, channels(res.gaps), "only the silent agent")
			require.EqualValues(t, 200, res.packets)
			for i := 0; i < out.Len()-640; i += 4 {
				require.NotZero(t, out.Bytes()[i]|out.Bytes()[i+1], "sample %d", i/4)
			}
		})
	}
}

func TestDuplicatesCountOnce(t *testing.T) {
	var slots []Slot
	for i := range 100 {
		p := Slot{AtMs: int64(1 + i*20), Kind: KindPacket, Data: packet(t, 1, uint16(65500+i), uint32(i)*160, 0x90)}
		slots = append(slots, p, p)
	}
	res := drive(t, io.Discard, slots)
	require.EqualValues(t, 100, res.packets)
	require.EqualValues(t, 100, res.duplicates)
	require.Zero(t, res.lost)
}

func TestTheRendererTakesAnything(t *testing.T) {
	r := &renderer{}
	r.start(io.Discard)
	require.ErrorIs(t, r.slot(&Slot{Kind: KindPacket}), ErrBadOpening)
	_, err := r.finish()
	require.ErrorIs(t, err, ErrBadOpening)
	res := drive(t, io.Discard, []Slot{
		{AtMs: -5, Kind: KindPacket, Data: packet(t, 1, 1, 1, 1)},
		{AtMs: 50, Kind: KindPacket, Data: []byte("no RTP")},
		{AtMs: 60, Kind: KindResume}, {AtMs: 70, Kind: KindPause}, {AtMs: 80, Kind: KindPause},
		{AtMs: 90, Kind: KindPacket, Data: packet(t, 1, 2, 1<<31, 1)},
		{AtMs: 1 << 50, Kind: KindPacket, Data: packet(t, 1, 3, 0, 1)},
		{AtMs: 30_000, Kind: KindPacket, Data: packet(t, 2, 3, 0, 1)},
		{AtMs: 10, Kind: KindStop},
	})
	require.True(t, res.stopped)
	require.EqualValues(t, 30_000, res.endMs)
}
