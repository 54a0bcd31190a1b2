package audio

import "encoding/binary"

// WAVHeaderBytes is the length of everything before the samples.
const WAVHeaderBytes = 12 + 36 + 24 + 8

// WAVHeader is the start of a file of 16-bit stereo at 8 kHz with so many bytes of samples, left before right, and so
// many bytes of further chunks behind them. Over 4 GiB the file is RF64 (EBU Tech 3306), for which a JUNK chunk keeps
// the place otherwise.
func WAVHeader(data, more int64) [WAVHeaderBytes]byte {
	var h [WAVHeaderBytes]byte
	le := binary.LittleEndian
	const channels, width = 2, 2
	riff := data + more + WAVHeaderBytes - 8
	copy(h[8:], "WAVE")
	le.PutUint32(h[16:], 28)
	if riff <= 0xFFFFFFFF {
		copy(h[0:], "RIFF")
		le.PutUint32(h[4:], uint32(riff))
		copy(h[12:], "JUNK")
		le.PutUint32(h[76:], uint32(data))
	} else {
		copy(h[0:], "RF64")
		le.PutUint32(h[4:], 0xFFFFFFFF)
		copy(h[12:], "ds64")
		le.PutUint64(h[20:], uint64(riff))
		le.PutUint64(h[28:], uint64(data))
		le.PutUint64(h[36:], uint64(data/(channels*width)))
		le.PutUint32(h[76:], 0xFFFFFFFF)
	}
	copy(h[48:], "fmt ")
	le.PutUint32(h[52:], 16)
	le.PutUint16(h[56:], wavPCM)
	le.PutUint16(h[58:], channels)
	le.PutUint32(h[60:], SampleRate)
	le.PutUint32(h[64:], SampleRate*channels*width)
	le.PutUint16(h[68:], channels*width)
	le.PutUint16(h[70:], 8*width)
	copy(h[72:], "data")
	return h
}

// WAVData gives the number of bytes of samples of a file that begins with a header of WAVHeader; false if h is none.
func WAVData(h *[WAVHeaderBytes]byte) (int64, bool) {
	le := binary.LittleEndian
	size := int64(le.Uint32(h[76:]))
	if string(h[:4]) == "RF64" {
		size = int64(le.Uint64(h[28:]))
	}
	if size < 0 || size%4 != 0 {
		return 0, false
	}
	riff := int64(le.Uint32(h[4:]))
	if string(h[:4]) == "RF64" {
		riff = int64(le.Uint64(h[20:]))
	}
	return size, *h == WAVHeader(size, riff-size-WAVHeaderBytes+8)
}
