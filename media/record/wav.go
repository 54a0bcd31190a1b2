package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"hash/crc32"
	"os"
	"strings"

	"github.com/wirechief/wirechief/media/audio"
)

// The manifest is the last chunk of its WAV file: this id, the length, CRC32C of the JSON (little-endian), the JSON
// with a space behind it if its length is odd. Players skip chunks they do not know.
const manifestChunk = "wcmf"

const (
	chunkHead = 8 + 4
	// maxManifest bounds what is read as a manifest: MaxGaps gaps are about 70 KB; pauses are bounded by slots.
	maxManifest = 16 << 20
	// wavBuffer is what is gathered before it is written: a recording shorter than 8 s is one write.
	wavBuffer = 256 << 10
)

// wavFile writes a recording's file. The file is made at the first write; its sum is taken on the way.
type wavFile struct {
	path    string
	file    *os.File
	buf     []byte
	written int64 // what lies before buf
	data    int64 // bytes of samples
	sum     hash.Hash
}

// start begins another file, with the old buffer.
func (w *wavFile) start(path string) {
	if w.sum == nil {
		w.sum = sha256.New()
	}
	w.sum.Reset()
	w.path, w.file, w.written, w.data = path, nil, 0, 0
	w.buf = append(w.buf[:0], make([]byte, audio.WAVHeaderBytes)...)
}

// Write appends little-endian samples, left before right.
func (w *wavFile) Write(p []byte) (int, error) {
	_, _ = w.sum.Write(p)
	w.data += int64(len(p))
	w.buf = append(w.buf, p...)
	if len(w.buf) < wavBuffer {
		return len(p), nil
	}
	return len(p), w.flush()
}

func (w *wavFile) flush() error {
	if w.file == nil {
		f, err := os.OpenFile(w.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, logFileMode)
		if err != nil {
			return err
		}
		w.file = f
	}
	n, err := w.file.Write(w.buf)
	w.written += int64(n)
	w.buf = w.buf[:0]
	return err
}

// end appends the manifest and writes the header. The file stays open, to be synced and closed by the caller.
func (w *wavFile) end(m *Manifest) (*os.File, error) {
	m.Bytes, m.SHA256 = w.data, hex.EncodeToString(w.sum.Sum(nil))
	chunk, err := m.chunk()
	if err != nil {
		return nil, err
	}
	w.buf = append(w.buf, chunk...)
	head := audio.WAVHeader(w.data, int64(len(chunk)))
	m.FileBytes = w.written + int64(len(w.buf))
	whole := w.written == 0
	if whole {
		copy(w.buf, head[:])
	}
	if err := w.flush(); err != nil {
		return nil, err
	}
	if !whole {
		if _, err := w.file.WriteAt(head[:], 0); err != nil {
			return nil, err
		}
	}
	f := w.file
	w.file = nil
	return f, nil
}

// chunk gives the manifest as it stands in the file.
func (m *Manifest) chunk() ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encoding manifest: %w", err)
	}
	if len(body)%2 == 1 {
		body = append(body, ' ')
	}
	b := append(make([]byte, 0, chunkHead+len(body)), manifestChunk...)
	b = binary.LittleEndian.AppendUint32(b, uint32(4+len(body)))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(body, castagnoli))
	return append(b, body...), nil
}

// abandon deletes what was written of a file that will not be.
func (w *wavFile) abandon() {
	if w.file != nil {
		_ = w.file.Close()
		_ = os.Remove(w.path)
		w.file = nil
	}
}

// ReadManifest reads the manifest out of a recording's WAV file. The sound is not read: whoever doubts it compares the
// SHA-256 of the data chunk with that of the manifest. ErrNoManifest says that the file has none that is whole.
func ReadManifest(path string) (*Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading manifest: %w", err)
	}
	defer func() { _ = f.Close() }()
	m, err := readManifest(f)
	if err != nil {
		return nil, fmt.Errorf("reading manifest of %s: %w", path, err)
	}
	return m, nil
}

func readManifest(f *os.File) (*Manifest, error) {
	var head [audio.WAVHeaderBytes]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoManifest, err)
	}
	data, ok := audio.WAVData(&head)
	if !ok {
		return nil, fmt.Errorf("%w: not our header", ErrNoManifest)
	}
	var chunk [chunkHead]byte
	at := audio.WAVHeaderBytes + data
	if _, err := f.ReadAt(chunk[:], at); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoManifest, err)
	}
	le := binary.LittleEndian
	n := int64(le.Uint32(chunk[4:])) - 4
	if string(chunk[:4]) != manifestChunk || n < 2 || n > maxManifest {
		return nil, fmt.Errorf("%w: not our chunk", ErrNoManifest)
	}
	body := make([]byte, n)
	if _, err := f.ReadAt(body, at+chunkHead); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoManifest, err)
	}
	if crc32.Checksum(body, castagnoli) != le.Uint32(chunk[8:]) {
		return nil, fmt.Errorf("%w: wrong sum", ErrNoManifest)
	}
	m := Manifest{FileBytes: at + chunkHead + n}
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoManifest, err)
	}
	if m.Bytes != data || strings.ContainsRune(m.File, os.PathSeparator) {
		return nil, fmt.Errorf("%w: of another file", ErrNoManifest)
	}
	return &m, nil
}
