package audio

import "math"

// Cadence is a tone of up to two frequencies, on for OnMs and silent for OffMs.
type Cadence struct {
	Hz    []float64
	DBFS  float64 // level of each frequency; 0 is full scale
	OnMs  int
	OffMs int
}

// Tones of ITU-T E.180 and its list of national tones.
var (
	RingbackNorthAmerica = Cadence{Hz: []float64{440, 480}, DBFS: -19, OnMs: 2000, OffMs: 4000}
	RingbackEurope       = Cadence{Hz: []float64{425}, DBFS: -16, OnMs: 1000, OffMs: 4000}
	BusyNorthAmerica     = Cadence{Hz: []float64{480, 620}, DBFS: -22, OnMs: 500, OffMs: 500}
	Beep                 = Cadence{Hz: []float64{1000}, DBFS: -16, OnMs: 200}
)

// rampMs rounds the edges of a tone so that it does not click.
const rampMs = 5

// Samples gives one period of the cadence.
func (c Cadence) Samples() []int16 {
	on, n := c.OnMs*SampleRate/1000, (c.OnMs+c.OffMs)*SampleRate/1000
	out := make([]int16, n)
	amp := 32767 * math.Pow(10, c.DBFS/20)
	ramp := float64(rampMs * SampleRate / 1000)
	for i := range on {
		v := 0.0
		for _, hz := range c.Hz {
			v += math.Sin(2 * math.Pi * hz * float64(i) / SampleRate)
		}
		edge := min(1, float64(i)/ramp, float64(on-1-i)/ramp)
		out[i] = int16(math.Round(max(-32767, min(32767, v*amp*edge))))
	}
	return out
}

// Clip gives one period of the cadence, to be looped or played once.
func (c Cadence) Clip() *Clip { return NewClip(c.Samples()) }
