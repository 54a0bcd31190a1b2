package record

import (
	"errors"
	"fmt"
	"io"
)

// scanBytes is what is read at once: many slots, and always more than the longest.
const scanBytes = 256 << 10

// scanSlots reads slots up to the end or the first bad one and gives the length of the sound part. A slot's Data is
// valid during f only.
func scanSlots(r io.Reader, f func(*Slot) error) (int64, error) {
	buf := make([]byte, 0, scanBytes)
	var sound int64
	var s Slot
	for eof := false; !eof; {
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			eof = true
		case err != nil:
			return sound, fmt.Errorf("reading slots: %w", err)
		}
		at := 0
		for eof || len(buf)-at >= SlotHeader+MaxPacket+8 {
			n := readSlot(buf[at:], &s)
			if n == 0 {
				return sound, nil
			}
			if err := f(&s); err != nil {
				return sound, err
			}
			at += n
			sound += int64(n)
		}
		buf = buf[:copy(buf, buf[at:])]
	}
	return sound, nil
}
