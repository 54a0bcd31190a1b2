package audio

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/media/g711"
)

// level gives the amplitude of a frequency (Goertzel).
func level(pcm []int16, hz float64) float64 {
	w := 2 * math.Pi * hz / SampleRate
	var s1, s2 float64
	for _, v := range pcm {
		s1, s2 = float64(v)+2*math.Cos(w)*s1-s2, s1
	}
	return 2 * math.Hypot(s1-s2*math.Cos(w), s2*math.Sin(w)) / float64(len(pcm))
}

func sine(rate int, hz, amplitude float64, samples int) []int16 {
	out := make([]int16, samples)
	for i := range out {
		out[i] = int16(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return out
}

func decode(c *Clip) []int16 {
	out := make([]int16, len(c.PCMU))
	for i, b := range c.PCMU {
		out[i] = g711.DecodePCMU(b)
	}
	return out
}

func TestClipIsWholePagesInBothLaws(t *testing.T) {
	c := NewClip(sine(SampleRate, 440, 8000, 200))
	require.Equal(t, 2, c.Frames())
	require.EqualValues(t, 40, c.DurationMs())
	require.Len(t, c.PCMA, 320)
	require.Equal(t, g711.SilencePCMU, c.PCMU[319])
	require.Equal(t, g711.SilencePCMA, c.PCMA[319])
	require.InDelta(t, g711.DecodePCMU(c.PCMU[77]), g711.DecodePCMA(c.PCMA[77]), 600)
	require.Equal(t, 1, NewClip(nil).Frames())
}

func TestRingbackIsAsTheListSays(t *testing.T) {
	pcm := decode(RingbackNorthAmerica.Clip())
	require.Len(t, pcm, 6*SampleRate)
	want := 32767 * math.Pow(10, -19.0/20)
	for _, hz := range []float64{440, 480} {
		require.InEpsilon(t, want, level(pcm[:2*SampleRate], hz), 0.03)
	}
	require.Less(t, level(pcm[:2*SampleRate], 620), 50.0)
	for _, v := range pcm[2*SampleRate:] {
		require.Zero(t, v)
	}
}

func TestHoldMusic(t *testing.T) {
	c := HoldMusic()
	require.Equal(t, c, HoldMusic(), "the same each time")
	require.EqualValues(t, 38400, c.DurationMs())
	pcm := decode(c)
	peak, quietest := 0.0, math.Inf(1)
	for at := 0; at+SampleRate/2 <= len(pcm); at += SampleRate / 2 {
		sum := 0.0
		for _, v := range pcm[at : at+SampleRate/2] {
			peak = max(peak, math.Abs(float64(v)))
			sum += float64(v) * float64(v)
		}
		quietest = min(quietest, math.Sqrt(sum/(SampleRate/2)))
	}
	require.InEpsilon(t, 32767*math.Pow(10, holdPeakDBFS/20), peak, 0.05)
	require.Greater(t, quietest, 150.0, "no half second of silence")
	step := 0.0
	for i := range pcm {
		step = max(step, math.Abs(float64(pcm[i])-float64(pcm[(i+len(pcm)-1)%len(pcm)])))
	}
	seam := math.Abs(float64(pcm[0]) - float64(pcm[len(pcm)-1]))
	require.LessOrEqual(t, seam, step/2, "the loop does not click")
}

// A plucked note is its partials, dying away as its formula says.
func TestPluckFollowsItsFormula(t *testing.T) {
	mix := make([]float64, 4*SampleRate)
	pluck(mix, 100, 69, 0.5, 0.8)
	for i := range 3 * SampleRate {
		at, want := float64(i)/SampleRate, 0.0
		for p, strength := range []float64{1, 0.35, 0.12} {
			k := float64(p + 1)
			want += 0.5 * strength * min(1, at/0.008) * math.Exp(-k*at/0.8) * math.Sin(2*math.Pi*440*k*at)
		}
		require.InDelta(t, want, mix[100+i], 1e-9)
	}
}

func BenchmarkHoldMusic(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		HoldMusic()
	}
}

func TestResampling(t *testing.T) {
	for _, rate := range []int{16000, 24000, 48000} {
		out, err := To8k(sine(rate, 1000, 8000, rate), rate)
		require.NoError(t, err)
		require.Len(t, out, SampleRate)
		require.InEpsilon(t, 8000, level(out[800:7200], 1000), 0.01, "%d Hz", rate)
		alias, err := To8k(sine(rate, 5000, 8000, rate), rate)
		require.NoError(t, err)
		require.Less(t, level(alias[800:7200], 3000), 16.0, "5 kHz must not come back as 3 kHz from %d Hz", rate)
		for i := 800; i < 7200; i++ { // in time: no delay of the filter
			require.InDelta(t, 8000*math.Sin(2*math.Pi*1000*float64(i)/SampleRate), out[i], 120)
		}
	}
	_, err := To8k(nil, 44100)
	require.ErrorIs(t, err, ErrRate)
}

// wav builds a mono file with an odd chunk before the data.
func wav(tag, bits uint16, rate uint32, data []byte) []byte {
	var b bytes.Buffer
	le := binary.LittleEndian
	b.WriteString("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00")
	_ = binary.Write(&b, le, []uint16{tag, 1})
	_ = binary.Write(&b, le, []uint32{rate, rate * uint32(bits) / 8})
	_ = binary.Write(&b, le, []uint16{bits / 8, bits})
	b.WriteString("LIST\x03\x00\x00\x00abc\x00data")
	_ = binary.Write(&b, le, uint32(len(data)))
	b.Write(data)
	return b.Bytes()
}

func TestPrompts(t *testing.T) {
	pcm := sine(16000, 700, 8000, 16000)
	raw := make([]byte, 2*len(pcm))
	for i, v := range pcm {
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(v))
	}
	path := filepath.Join(t.TempDir(), "prompt.wav")
	require.NoError(t, os.WriteFile(path, wav(wavPCM, 16, 16000, raw), 0o600))
	c, err := LoadClip(path)
	require.NoError(t, err)
	require.Equal(t, 50, c.Frames())
	require.InEpsilon(t, 8000, level(decode(c)[800:7200], 700), 0.02)
	got, err := DecodeWAV(wav(wavPCMA, 8, 8000, []byte{g711.EncodePCMA(800), g711.EncodePCMA(-800)}))
	require.NoError(t, err)
	require.Equal(t, []int16{g711.DecodePCMA(g711.EncodePCMA(800)), g711.DecodePCMA(g711.EncodePCMA(-800))}, got)
	for _, bad := range [][]byte{nil, []byte("RIFF"), wav(3, 32, 8000, nil), wav(wavPCM, 16, 8000, nil)[:30]} {
		_, err := DecodeWAV(bad)
		require.ErrorIs(t, err, ErrWAV)
	}
	_, err = DecodeWAV(wav(wavPCM, 16, 44100, raw))
	require.ErrorIs(t, err, ErrRate)
}

func FuzzDecodeWAV(f *testing.F) {
	f.Add(wav(wavPCM, 16, 16000, []byte{1, 2, 3, 4}))
	f.Add(wav(wavPCMU, 8, 8000, []byte{1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if pcm, err := DecodeWAV(b); err == nil && len(pcm) > len(b) {
			t.Fatalf("%d samples of %d bytes", len(pcm), len(b))
		}
	})
}

// Over 4 GiB the sizes are in the ds64 chunk (EBU Tech 3306).
func TestRF64Header(t *testing.T) {
	const data = int64(5) << 30
	h := WAVHeader(data, 36)
	le := binary.LittleEndian
	require.Equal(t, "RF64", string(h[:4]))
	require.Equal(t, uint32(0xFFFFFFFF), le.Uint32(h[4:]))
	require.Equal(t, "ds64", string(h[12:16]))
	require.EqualValues(t, data+36+WAVHeaderBytes-8, le.Uint64(h[20:]))
	require.EqualValues(t, data, le.Uint64(h[28:]))
	require.EqualValues(t, data/4, le.Uint64(h[36:]))
	require.Equal(t, "fmt ", string(h[48:52]))
	require.Equal(t, uint32(0xFFFFFFFF), le.Uint32(h[76:]))
	small := WAVHeader(100, 36)
	require.Equal(t, "RIFF", string(small[:4]))
	require.EqualValues(t, 100+36+WAVHeaderBytes-8, le.Uint32(small[4:]))
	require.Equal(t, "data\x64\x00\x00\x00", string(small[72:]))
}

func TestWAVHeaderComesBack(t *testing.T) {
	for _, data := range []int64{0, 4, 32000, 4<<30 - 100, 4 << 30, 5 << 30} {
		h := WAVHeader(data, 36)
		n, ok := WAVData(&h)
		require.True(t, ok, "%d bytes", data)
		require.Equal(t, data, n)
		for at := range h {
			broken := h
			broken[at] ^= 0x40
			if m, ok := WAVData(&broken); ok && at > 8 && (at < 20 || at >= 28) { // the file's length is not told
				require.NotEqual(t, data, m, "byte %d", at)
			}
		}
	}
	_, ok := WAVData(&[WAVHeaderBytes]byte{})
	require.False(t, ok)
}
