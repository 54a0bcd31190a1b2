package g711

import "math/bits"

// SilencePCMU and SilencePCMA are the codes of a zero sample.
const (
	SilencePCMU byte = 0xFF
	SilencePCMA byte = 0xD5
)

// ulawBias shifts the mu-law's segment ends to powers of two (14-bit scale).
const ulawBias = 33

// Tables, made once from the definitions below. Indexed by code, or by the sample's upper 14 (mu-law) or 12 + sign
// (A-law) bits.
var (
	ulawLinear, alawLinear [256]int16
	linearUlaw             [1 << 14]byte
	linearAlaw             [1 << 13]byte
	ulawAlaw, alawUlaw     [256]byte
)

func init() {
	for c := range 256 {
		ulawLinear[c] = ulawExpand(byte(c))
		alawLinear[c] = alawExpand(byte(c))
	}
	for i := range linearUlaw {
		linearUlaw[i] = ulawCompress(int16(uint16(i << 2)))
	}
	for i := range linearAlaw {
		linearAlaw[i] = alawCompress(int16(uint16(i << 3)))
	}
	for c := range 256 {
		ulawAlaw[c] = EncodePCMA(ulawLinear[c])
		alawUlaw[c] = EncodePCMU(alawLinear[c])
	}
}

// DecodePCMU gives the linear sample of a mu-law code.
func DecodePCMU(c byte) int16 { return ulawLinear[c] }

// DecodePCMA gives the linear sample of an A-law code.
func DecodePCMA(c byte) int16 { return alawLinear[c] }

// EncodePCMU gives the mu-law code of a linear sample.
func EncodePCMU(s int16) byte { return linearUlaw[uint16(s)>>2] }

// EncodePCMA gives the A-law code of a linear sample.
func EncodePCMA(s int16) byte { return linearAlaw[uint16(s)>>3] }

// PCMUTable and PCMATable are the decoding tables, for loops. They must not be changed.
func PCMUTable() *[256]int16 { return &ulawLinear }

// PCMATable is the A-law decoding table.
func PCMATable() *[256]int16 { return &alawLinear }

// ToPCMA turns mu-law codes of src into A-law codes in dst; dst is at least as long and may be src.
func ToPCMA(dst, src []byte) {
	dst = dst[:len(src)]
	for i, c := range src {
		dst[i] = ulawAlaw[c]
	}
}

// ToPCMU turns A-law codes of src into mu-law codes in dst; dst is at least as long and may be src.
func ToPCMU(dst, src []byte) {
	dst = dst[:len(src)]
	for i, c := range src {
		dst[i] = alawUlaw[c]
	}
}

// ulawCompress follows G.711 table 2: sign, 3 bits of segment, 4 bits of step, all inverted.
func ulawCompress(s int16) byte {
	mag, sign := int(s)>>2, byte(0)
	if s < 0 {
		mag, sign = int(^s)>>2, 0x80
	}
	mag = min(mag+ulawBias, 0x1FFF)
	seg := bits.Len(uint(mag)) - 6
	return ^(sign | byte(seg)<<4 | byte(mag>>(seg+1))&0xF)
}

func ulawExpand(c byte) int16 {
	c = ^c
	mag := (2*int(c&0xF)+ulawBias)<<(c>>4&7) - ulawBias
	if c&0x80 != 0 {
		mag = -mag
	}
	return int16(mag << 2)
}

// alawCompress follows G.711 table 1: sign, 3 bits of segment, 4 bits of step, even bits inverted.
func alawCompress(s int16) byte {
	mag, sign := int(s)>>4, byte(0x80)
	if s < 0 {
		mag, sign = int(^s)>>4, 0
	}
	code := byte(mag)
	if mag > 15 {
		seg := bits.Len(uint(mag)) - 4
		code = byte(seg)<<4 | byte(mag>>(seg-1))&0xF
	}
	return (sign | code) ^ 0x55
}

func alawExpand(c byte) int16 {
	c ^= 0x55
	seg, step := int(c>>4&7), int(c&0xF)
	mag := step<<4 + 8
	if seg > 0 {
		mag = (mag + 0x100) << (seg - 1)
	}
	if c&0x80 == 0 {
		mag = -mag
	}
	return int16(mag)
}
