package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/wirechief/wirechief/media/g711"
)

// ErrWAV says that a file is not a WAV file we read: mono, 16-bit PCM, PCMU or PCMA.
var ErrWAV = errors.New("audio: not a mono WAV file of 16-bit PCM or G.711")

// MaxPromptBytes bounds a prompt file: about three minutes at 48 kHz.
const MaxPromptBytes = 20 << 20

// Format tags of WAVE files.
const (
	wavPCM  = 1
	wavPCMA = 6
	wavPCMU = 7
)

// LoadClip reads a prompt: a mono WAV file of 8, 16 or 48 kHz.
func LoadClip(path string) (*Clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("loading prompt: %w", err)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, MaxPromptBytes+1))
	if err != nil {
		return nil, fmt.Errorf("loading prompt %s: %w", path, err)
	}
	pcm, err := DecodeWAV(raw)
	if err != nil {
		return nil, fmt.Errorf("loading prompt %s: %w", path, err)
	}
	return NewClip(pcm), nil
}

// DecodeWAV gives the samples of a WAV file at 8 kHz.
func DecodeWAV(raw []byte) ([]int16, error) {
	if len(raw) > MaxPromptBytes {
		return nil, fmt.Errorf("%w: over %d bytes", ErrWAV, MaxPromptBytes)
	}
	if len(raw) < 12 || string(raw[:4]) != "RIFF" || string(raw[8:12]) != "WAVE" {
		return nil, ErrWAV
	}
	var format, data []byte
	for rest := raw[12:]; len(rest) >= 8 && data == nil; {
		id, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		body := rest[8:]
		size = min(size, uint64(len(body)))
		switch id {
		case "fmt ":
			format = body[:size]
		case "data":
			data = body[:size]
		}
		rest = body[min(size+size&1, uint64(len(body))):]
	}
	if len(format) < 16 || data == nil {
		return nil, fmt.Errorf("%w: no format or no data", ErrWAV)
	}
	tag, channels := binary.LittleEndian.Uint16(format), binary.LittleEndian.Uint16(format[2:])
	rate, bits := binary.LittleEndian.Uint32(format[4:]), binary.LittleEndian.Uint16(format[14:])
	if channels != 1 || rate > 48000 {
		return nil, fmt.Errorf("%w: %d channels at %d Hz", ErrWAV, channels, rate)
	}
	pcm, err := linear(data, tag, bits)
	if err != nil {
		return nil, err
	}
	return To8k(pcm, int(rate))
}

func linear(data []byte, tag, bits uint16) ([]int16, error) {
	var table *[256]int16
	switch {
	case tag == wavPCM && bits == 16:
		pcm := make([]int16, len(data)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
		}
		return pcm, nil
	case tag == wavPCMU && bits == 8:
		table = g711.PCMUTable()
	case tag == wavPCMA && bits == 8:
		table = g711.PCMATable()
	default:
		return nil, fmt.Errorf("%w: format %d of %d bits", ErrWAV, tag, bits)
	}
	pcm := make([]int16, len(data))
	for i, c := range data {
		pcm[i] = table[c]
	}
	return pcm, nil
}
