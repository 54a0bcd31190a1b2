package audio

import "github.com/wirechief/wirechief/media/g711"

const (
	// SampleRate of telephone speech, Hz.
	SampleRate = 8000
	// FrameSamples is the length of a page: 20 ms at 8 kHz.
	FrameSamples = 160
)

// Clip is sound ready to be sent: whole 20 ms pages in both G.711 laws. It is never changed after it is made.
type Clip struct {
	PCMU []byte // a multiple of FrameSamples
	PCMA []byte // same length
}

// NewClip encodes 8 kHz samples; the last page is filled with silence. No samples give one page of silence.
func NewClip(pcm []int16) *Clip {
	n := max(1, (len(pcm)+FrameSamples-1)/FrameSamples) * FrameSamples
	c := &Clip{PCMU: make([]byte, n), PCMA: make([]byte, n)}
	for i := range n {
		var s int16
		if i < len(pcm) {
			s = pcm[i]
		}
		c.PCMU[i], c.PCMA[i] = g711.EncodePCMU(s), g711.EncodePCMA(s)
	}
	return c
}

// Frames is the number of 20 ms pages.
func (c *Clip) Frames() int { return len(c.PCMU) / FrameSamples }

// DurationMs is the length in ms.
func (c *Clip) DurationMs() int64 { return int64(c.Frames()) * 20 }
