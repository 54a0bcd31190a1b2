package audio

import "math"

// The hold music is ours: sixteen slow bars over eight chords, a plucked voice and a soft bass, one bar a chord twice
// over. Notes are MIDI numbers; each bar lists eight quavers of melody (0 rests) over a root.
var holdScore = []struct {
	root   int
	melody [8]int
}{
	{48, [8]int{64, 67, 72, 67, 76, 72, 67, 64}},
	{45, [8]int{64, 69, 72, 69, 76, 72, 69, 0}},
	{53, [8]int{65, 69, 72, 69, 77, 72, 69, 65}},
	{43, [8]int{62, 67, 71, 67, 74, 71, 67, 0}},
	{52, [8]int{64, 67, 71, 67, 76, 71, 67, 64}},
	{45, [8]int{60, 64, 69, 64, 72, 69, 64, 0}},
	{50, [8]int{62, 65, 69, 72, 74, 72, 69, 65}},
	{43, [8]int{62, 65, 67, 71, 74, 71, 67, 62}},
	{48, [8]int{72, 0, 67, 64, 67, 0, 72, 76}},
	{45, [8]int{76, 0, 72, 69, 72, 0, 69, 64}},
	{53, [8]int{77, 0, 72, 69, 72, 0, 69, 65}},
	{43, [8]int{74, 0, 71, 67, 71, 0, 67, 62}},
	{52, [8]int{71, 0, 67, 64, 67, 0, 71, 76}},
	{45, [8]int{72, 0, 69, 64, 69, 0, 72, 76}},
	{50, [8]int{74, 77, 74, 72, 69, 72, 69, 65}},
	{43, [8]int{67, 71, 74, 71, 67, 65, 62, 0}},
}

const (
	quaver       = SampleRate * 3 / 10 // 300 ms: 100 crotchets a minute
	holdPeakDBFS = -12.0
)

// HoldMusic renders the hold music, 38.4 s. The end flows into the start: notes that ring on wrap round.
func HoldMusic() *Clip { return NewClip(holdSamples()) }

func holdSamples() []int16 {
	n := len(holdScore) * 8 * quaver
	mix := make([]float64, n)
	for bar, b := range holdScore {
		at := bar * 8 * quaver
		pluck(mix, at, b.root, 0.55, 1.6)
		pluck(mix, at+4*quaver, b.root+7, 0.35, 1.2)
		for i, note := range b.melody {
			if note != 0 {
				pluck(mix, at+i*quaver, note, 0.5, 0.8)
			}
		}
	}
	peak := 0.0
	for _, v := range mix {
		peak = max(peak, math.Abs(v))
	}
	gain := 32767 * math.Pow(10, holdPeakDBFS/20) / peak
	out := make([]int16, n)
	for i, v := range mix {
		out[i] = int16(math.Round(v * gain))
	}
	return out
}

// pluck adds a note with three partials; the upper ones die sooner. decay is the seconds to 1/e. Each partial is a
// damped oscillator, x[n] = 2r cos(w) x[n-1] - r*r x[n-2]: no sine and no exponential a sample.
func pluck(mix []float64, at, note int, level, decay float64) {
	hz := 440 * math.Pow(2, float64(note-69)/12)
	length := min(int(4*decay*SampleRate), len(mix))
	const attack = SampleRate * 8 / 1000
	var now, before, twice, square [3]float64
	for p, strength := range [3]float64{1, 0.35, 0.12} {
		k := float64(p + 1)
		r, w := math.Exp(-k/(decay*SampleRate)), 2*math.Pi*hz*k/SampleRate
		before[p] = -level * strength * math.Sin(w) / r // the sample before the first, which is 0
		twice[p], square[p] = 2*r*math.Cos(w), r*r
	}
	for i, j := 0, at; i < length; i, j = i+1, j+1 {
		if j == len(mix) {
			j = 0
		}
		v := now[0] + now[1] + now[2]
		if i < attack {
			v *= float64(i) / attack
		}
		mix[j] += v
		for p := range now {
			now[p], before[p] = twice[p]*now[p]-square[p]*before[p], now[p]
		}
	}
}
