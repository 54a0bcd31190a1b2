package media

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/media/audio"
	"github.com/wirechief/wirechief/media/record"
)

const epochMs = 1_800_000_000_000

// studio is two bridged phones whose call is recorded, under a clock the test moves.
type studio struct {
	*rig
	clock fakeClock
	a, b  *phone
}

func newStudio(t *testing.T, ptA, ptB uint8, change ...func(*Config)) *studio {
	t.Helper()
	s := &studio{}
	s.clock.set(epochMs)
	s.rig = newRig(t, append([]func(*Config){func(c *Config) {
		c.RecordDir = t.TempDir()
		c.NowMs = s.clock.now
	}}, change...)...)
	s.a = newPhone(t, ptA, 11).leg(s.rig, "call", "a")
	s.b = newPhone(t, ptB, 22).leg(s.rig, "call", "b")
	require.NoError(t, s.Bridge("a", "b"))
	require.NoError(t, s.Record(RecordingStart{ID: "rec", CallerLeg: "a", AgentLeg: "b",
		Labels: map[string]string{"tenant": "t1"}}))
	s.settle("a")
	return s
}

// at moves the clock to n*20 ms plus some jitter after the start.
func (s *studio) at(n, jitterMs int) { s.clock.set(epochMs + int64(n)*20 + int64(jitterMs)) }

// in waits until a leg has accepted so many packets.
func (s *studio) in(name string, n int) {
	s.t.Helper()
	s.until(name, func(l LegStats) bool { return l.PacketsIn+l.Strangers == uint64(n) })
}

// readWAV gives left and right of a finished recording and checks header, hash and manifest.
func readWAV(t *testing.T, f record.Finished) (left, right []int16) {
	t.Helper()
	b, err := os.ReadFile(f.Path)
	require.NoError(t, err)
	require.EqualValues(t, len(b), f.Bytes)
	require.Equal(t, "RIFF", string(b[:4]))
	require.EqualValues(t, len(b)-8, binary.LittleEndian.Uint32(b[4:]))
	data := b[audio.WAVHeaderBytes:][:binary.LittleEndian.Uint32(b[audio.WAVHeaderBytes-4:])]
	sum := sha256.Sum256(data)
	require.Equal(t, hex.EncodeToString(sum[:]), f.SHA256)
	for i := 0; i < len(data); i += 4 {
		left = append(left, int16(binary.LittleEndian.Uint16(data[i:])))
		right = append(right, int16(binary.LittleEndian.Uint16(data[i+2:])))
	}
	require.EqualValues(t, f.DurationMs, len(left)/8)
	m, err := record.ReadManifest(f.Path)
	require.NoError(t, err)
	require.Equal(t, f, m.Finished(filepath.Dir(f.Path)))
	require.EqualValues(t, len(data), m.Bytes)
	return left, right
}

func silent(pcm []int16) bool {
	for _, v := range pcm {
		if v > 8 || v < -8 {
			return false
		}
	}
	return true
}

// R56, R60: both sides on their channels, in time, with what was lost concealed and listed, and a pause silent.
func TestRecordingHoldsBothSides(t *testing.T) {
	s := newStudio(t, PCMU, PCMA)
	lost := map[int]bool{50: true, 51: true, 52: true, 120: true}
	jitter := []int{0, 3, 9, 1, 14, 0, 6}
	var late *rtp.Packet
	gotA := 0
	for i := range 300 {
		if i == 200 || i == 225 { // 4.0 s to 4.5 s: card payment
			s.at(i, 0)
			require.NoError(t, map[int]func(string) error{200: s.PauseRecord, 225: s.ResumeRecord}[i]("rec"))
			s.settle("a")
		}
		s.at(i, jitter[i%len(jitter)])
		pa := &rtp.Packet{Header: rtp.Header{Version: 2, SSRC: s.a.ssrc, SequenceNumber: s.a.seq, Timestamp: s.a.ts},
			Payload: tone(PCMU, 440, 8000, i)}
		s.a.seq, s.a.ts = s.a.seq+1, s.a.ts+160
		switch {
		case lost[i]:
		case i == 80: // comes after 81
			late = pa
		default:
			s.a.write(pa)
			gotA++
			if late != nil {
				s.in("a", gotA)
				s.a.write(late)
				gotA++
				late = nil
			}
		}
		s.b.send(tone(PCMA, 1000, 4000, i))
		s.in("a", gotA)
		s.in("b", i+1)
	}
	s.at(300, 0)
	require.NoError(t, s.StopRecord("rec"))
	f := await[RecordingFinished](s.rig, 1).Finished
	require.EqualValues(t, 6000, f.DurationMs)
	require.EqualValues(t, 4, f.Lost)
	require.EqualValues(t, 600-4-50, f.Packets)
	require.False(t, f.Truncated)
	require.Equal(t, []record.Pause{{StartMs: 4000, DurationMs: 500}}, f.Pauses)
	require.Len(t, f.Gaps, 2)
	for i, want := range []record.Gap{
		{StartMs: 1000, DurationMs: 60, Reason: "loss"},
		{StartMs: 2400, DurationMs: 20, Reason: "loss"},
	} {
		require.Equal(t, want.Reason, f.Gaps[i].Reason)
		require.Equal(t, want.DurationMs, f.Gaps[i].DurationMs)
		require.InDelta(t, want.StartMs, f.Gaps[i].StartMs, 20)
	}
	left, right := readWAV(t, f)
	require.InEpsilon(t, 8000, goertzel(left[1600:8000], 440), 0.05)
	require.InEpsilon(t, 8000, goertzel(left[10000:18400], 440), 0.05, "reordered sound is in its place")
	require.InEpsilon(t, 4000, goertzel(right[1600:30400], 1000), 0.05)
	require.Less(t, goertzel(left[1600:8000], 1000), 100.0)
	require.Less(t, goertzel(right[1600:8000], 440), 100.0)
	require.False(t, silent(left[8160:8400]), "loss is concealed")
	require.True(t, silent(left[32200:35900]) && silent(right[32200:35900]), "a pause is silence")
	require.InEpsilon(t, 8000, goertzel(left[36800:47200], 440), 0.05)
	require.NoFileExists(t, filepath.Join(s.cfg.RecordDir, "open", "rec.0.ext"))
}

// Both sides say the same at the same time: in the file they are at most 20 ms apart, whatever the phones' clocks.
func TestChannelsAreAligned(t *testing.T) {
	s := newStudio(t, PCMU, PCMU)
	s.b.ts = 0xFFFFF000 // wraps
	for i := range 150 {
		level := 0.0
		if i >= 100 {
			level = 8000
		}
		s.at(i, i%3)
		s.a.send(tone(PCMU, 500, level, i))
		s.in("a", i+1)
		s.at(i, 8+i%5)
		s.b.send(tone(PCMU, 700, level, i))
		s.in("b", i+1)
	}
	s.at(150, 0)
	require.NoError(t, s.StopRecord("rec"))
	left, right := readWAV(t, await[RecordingFinished](s.rig, 1).Finished)
	onset := func(pcm []int16) int {
		for i, v := range pcm {
			if v > 1000 || v < -1000 {
				return i
			}
		}
		return -1
	}
	l, r := onset(left), onset(right)
	require.InDelta(t, 16000, l, 160)
	require.InDelta(t, l, r, 160)
}

// Neither a stranger's sound nor a pressed key's digit reaches the disk.
func TestStrangersAndDigitsAreNotRecorded(t *testing.T) {
	s := newStudio(t, PCMU, PCMU)
	thief := newPhone(t, PCMU, 666)
	thief.to = s.a.to
	for i := range 100 {
		s.at(i, 0)
		if i == 50 {
			s.a.press(7)
			s.in("a", i*2+5)
		}
		s.a.send(tone(PCMU, 440, 0, i))
		thief.send(tone(PCMU, 1500, 16000, i))
		extra := 0
		if i >= 50 {
			extra = 5
		}
		s.in("a", i*2+2+extra)
	}
	s.at(100, 0)
	require.NoError(t, s.StopRecord("rec"))
	f := await[RecordingFinished](s.rig, 1).Finished
	left, _ := readWAV(t, f)
	require.True(t, silent(left))
	require.Zero(t, f.Lost, "events are no loss")
	require.Equal(t, []record.Gap{{Channel: 1, StartMs: 0, DurationMs: 2000, Reason: "no_rtp"}}, f.Gaps)
}

// When the disk cannot keep up the recording has gaps, and the relay does not notice. No slab is ever sealed by the
// clock here: the test says when the only one is with the disk and when it is back.
func TestASlowDiskCostsTheRelayNothing(t *testing.T) {
	s := newStudio(t, PCMU, PCMU, func(c *Config) { c.Limits.Slabs, c.SealAfterMs = 1, 3_600_000 })
	on := func(f func(*worker)) {
		done := make(chan struct{})
		require.NoError(t, s.workers[0].queue.post(false, func(w *worker) {
			f(w)
			close(done)
		}))
		<-done
	}
	var taken *record.Slab
	for i := range 100 {
		s.at(i, 0)
		switch i {
		case 2:
			on(func(w *worker) { taken, w.slab, w.seal = w.slab, nil, 0 })
			require.NotNil(t, taken)
		case 50:
			s.recorder.Seal(taken)
			require.Eventually(t, func() bool {
				taken = s.recorder.Get()
				return taken != nil
			}, patience, time.Millisecond)
			on(func(w *worker) { w.slab = taken })
		}
		s.a.send(tone(PCMU, 440, 8000, i))
		require.NotNil(t, s.b.receive())
		s.in("a", i+1)
	}
	require.NoError(t, s.StopRecord("rec"))
	f := await[RecordingFinished](s.rig, 1).Finished
	require.EqualValues(t, 48, s.Stats().Get("record_dropped"))
	require.Len(t, f.Gaps, 2)
	require.Equal(t, "no_rtp", f.Gaps[0].Reason, "the agent was silent")
	require.Equal(t, record.Gap{Channel: 0, StartMs: 40, DurationMs: 960, Reason: "dropped"}, f.Gaps[1])
}

func TestRecordingCommands(t *testing.T) {
	s := newStudio(t, PCMU, PCMU)
	require.ErrorIs(t, s.Record(RecordingStart{ID: "rec", CallerLeg: "a"}), ErrRecordingExists)
	require.ErrorIs(t, s.Record(RecordingStart{ID: "../x", CallerLeg: "a"}), ErrBadArgument)
	require.ErrorIs(t, s.Record(RecordingStart{ID: "y"}), ErrBadArgument)
	require.ErrorIs(t, s.StopRecord("nope"), ErrNoRecording)
	require.ErrorIs(t, s.Finish("nope"), ErrNoRecording)
	s.a.send(tone(PCMU, 440, 8000, 0))
	s.in("a", 1)
	s.at(50, 0)
	require.NoError(t, s.CloseLeg("a"))
	require.NoError(t, s.CloseLeg("b"))
	require.NoError(t, s.StopRecord("rec"), "its legs are gone, the recording is not")
	first := await[RecordingFinished](s.rig, 1)
	require.EqualValues(t, 1000, first.DurationMs)
	require.NoError(t, s.Finish("rec"))
	require.Equal(t, first.SHA256, await[RecordingFinished](s.rig, 2).SHA256, "told again")
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Finish("rec"), ErrClosed)
}

// A recording goes on in a new segment after the engine was closed over it; the gap between is listed.
func TestRecordingContinues(t *testing.T) {
	s := newStudio(t, PCMU, PCMU)
	for i := range 50 {
		s.at(i, 0)
		s.a.send(tone(PCMU, 440, 8000, i))
		s.in("a", i+1)
	}
	require.NoError(t, s.Close())
	dir := s.cfg.RecordDir
	logs, err := filepath.Glob(filepath.Join(dir, "log", "*"))
	require.NoError(t, err)
	require.Empty(t, logs, "all is in the extents")

	s2 := &studio{}
	s2.at(100, 0)
	s2.rig = newRig(t, func(c *Config) { c.RecordDir, c.NowMs = dir, s2.clock.now })
	list, err := s2.Recover()
	require.NoError(t, err)
	require.Equal(t, []Unfinished{{ID: "rec", Segments: []int{0}, StartMs: epochMs, LastMs: epochMs + 980}}, list)
	a := newPhone(t, PCMU, 99).leg(s2.rig, "call", "a")
	require.NoError(t, s2.Record(RecordingStart{ID: "rec", CallerLeg: "a", Segment: 1}))
	s2.settle("a")
	require.ErrorIs(t, func() error {
		s2.until("a", func(LegStats) bool { return s2.Stats().Get("record_begun") == 1 })
		return s2.Finish("rec")
	}(), ErrRecordingExists)
	for i := 100; i < 150; i++ {
		s2.at(i, 0)
		a.send(tone(PCMU, 1000, 8000, i))
		s2.in("a", i-99)
	}
	s2.at(150, 0)
	require.NoError(t, s2.StopRecord("rec"))
	f := await[RecordingFinished](s2.rig, 1).Finished
	require.Equal(t, 2, f.Segments)
	require.EqualValues(t, 3000, f.DurationMs)
	require.Contains(t, f.Gaps, record.Gap{Channel: -1, StartMs: 1000, DurationMs: 1000, Reason: "restart"})
	left, _ := readWAV(t, f)
	require.InEpsilon(t, 8000, goertzel(left[800:7200], 440), 0.05)
	require.True(t, silent(left[8600:15800]))
	require.InEpsilon(t, 8000, goertzel(left[16800:23200], 1000), 0.05)
}

func TestManyRecordingsAtOnce(t *testing.T) {
	s := newStudio(t, PCMU, PCMU)
	const n = 20
	phones := make([]*phone, n)
	for k := range n {
		name := fmt.Sprint("leg", k)
		phones[k] = newPhone(t, PCMU, uint32(100+k)).leg(s.rig, name, name)
		require.NoError(t, s.Record(RecordingStart{ID: name, AgentLeg: name}))
		s.settle(name)
	}
	for i := range 400 { // 4 s and more than one extent write each
		s.at(i, 0)
		for k, p := range phones {
			p.send(tone(PCMU, 300+50*float64(k), 8000, i))
		}
		for k := range phones {
			s.in(fmt.Sprint("leg", k), i+1)
		}
	}
	s.at(400, 0)
	for k := range n {
		require.NoError(t, s.StopRecord(fmt.Sprint("leg", k)))
	}
	await[RecordingFinished](s.rig, n)
	for _, f := range of[RecordingFinished](s.rig) {
		var k int
		_, err := fmt.Sscanf(f.ID, "leg%d", &k)
		require.NoError(t, err)
		left, right := readWAV(t, f.Finished)
		require.True(t, silent(left))
		require.InEpsilon(t, 8000, goertzel(right[800:63200], 300+50*float64(k)), 0.05)
		require.Zero(t, f.Lost)
	}
}
