package audio

import (
	"errors"
	"fmt"
	"math"
)

// ErrRate says that a sample rate is not 8, 16, 24, 32 or 48 kHz.
var ErrRate = errors.New("audio: sample rate is not a small multiple of 8 kHz")

// tapsPerPhase sets the steepness of the filter: stop band from about 4 kHz + 0.6 kHz.
const tapsPerPhase = 24

// To8k brings samples of rate Hz to 8 kHz by a windowed-sinc low-pass and decimation; the delay of the filter is
// taken out.
func To8k(pcm []int16, rate int) ([]int16, error) {
	if rate == SampleRate {
		return pcm, nil
	}
	ratio := rate / SampleRate
	if rate%SampleRate != 0 || ratio < 1 || ratio > 6 {
		return nil, fmt.Errorf("%w: %d Hz", ErrRate, rate)
	}
	taps := lowPass(ratio)
	half := len(taps) / 2
	out := make([]int16, (len(pcm)+ratio-1)/ratio)
	for i := range out {
		acc := 0.0
		for k, h := range taps {
			if j := i*ratio + k - half; j >= 0 && j < len(pcm) {
				acc += h * float64(pcm[j])
			}
		}
		out[i] = int16(math.Round(max(-32768, min(32767, acc))))
	}
	return out, nil
}

// lowPass is a Blackman-windowed sinc with its -6 dB point at 3.7 kHz, of unit gain at 0 Hz.
func lowPass(ratio int) []float64 {
	n := tapsPerPhase*2*ratio + 1
	cut := 3700.0 / float64(SampleRate*ratio)
	taps, sum := make([]float64, n), 0.0
	for i := range taps {
		x := float64(i - n/2)
		h := 2 * cut
		if x != 0 {
			h = math.Sin(2*math.Pi*cut*x) / (math.Pi * x)
		}
		w := 2 * math.Pi * float64(i) / float64(n-1)
		taps[i] = h * (0.42 - 0.5*math.Cos(w) + 0.08*math.Cos(2*w))
		sum += taps[i]
	}
	for i := range taps {
		taps[i] /= sum
	}
	return taps
}
