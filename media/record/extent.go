package record

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const extentSuffix = ".ext"

// Opening is the first slot of an extent file.
type Opening struct {
	ID      string            `json:"id"`
	Segment int               `json:"segment"`
	StartMs int64             `json:"start_ms"`
	Labels  map[string]string `json:"labels,omitempty"`
}

// encode gives the opening as it stands in a slot.
func (o Opening) encode() ([]byte, error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encoding opening: %w", err)
	}
	if len(b) > MaxPacket {
		return nil, fmt.Errorf("%w: labels of %s too long", ErrBadOpening, o.ID)
	}
	return b, nil
}

func decodeOpening(b []byte) (Opening, error) {
	var o Opening
	if err := json.Unmarshal(b, &o); err != nil {
		return o, fmt.Errorf("%w: %w", ErrBadOpening, err)
	}
	return o, nil
}

func extentPath(dir, id string, segment int) string {
	return filepath.Join(dir, id+"."+strconv.Itoa(segment)+extentSuffix)
}

// extentName takes a file name apart.
func extentName(name string) (id string, segment int, ok bool) {
	name, ok = strings.CutSuffix(name, extentSuffix)
	dot := strings.LastIndexByte(name, '.')
	if !ok || dot < 1 {
		return "", 0, false
	}
	segment, err := strconv.Atoi(name[dot+1:])
	return name[:dot], segment, err == nil
}

// extent gathers the slots of one segment of one recording and appends them to its file in large writes. The file is
// made at the first of them: a recording that ends before has none. It belongs to the demultiplexer until its stop,
// then to the finisher.
type extent struct {
	Opening
	path   string
	number uint64 // stream >> 1
	chunks [][]byte
	size   int
	oldest uint64 // oldest log file with slots that are not durable here; 0 none
	made   bool   // the file is there
	dirty  bool   // written since the last sync

	stopped bool // has its stop
}

// add takes a copy of a slot.
func (x *extent) add(raw []byte, log uint64, pool *chunkPool) {
	last := len(x.chunks) - 1
	if last < 0 || len(x.chunks[last])+len(raw) > chunkBytes {
		x.chunks = append(x.chunks, pool.get())
		last++
	}
	x.chunks[last] = append(x.chunks[last], raw...)
	x.size += len(raw)
	if x.oldest == 0 {
		x.oldest = log
	}
}

// flush appends what was gathered to the file. The file is opened for each write: a thousand recordings need no
// thousand descriptors.
func (x *extent) flush(pool *chunkPool, sync bool) error {
	if x.size == 0 && !(sync && x.dirty) {
		return nil
	}
	fd, err := unix.Open(x.path, unix.O_CREAT|unix.O_WRONLY|unix.O_APPEND|unix.O_CLOEXEC, logFileMode)
	if err != nil {
		return fmt.Errorf("opening extents of %s: %w", x.ID, err)
	}
	defer func() { _ = unix.Close(fd) }()
	x.made = true
	if err := writeAll(fd, x.chunks); err != nil {
		return fmt.Errorf("writing extents of %s: %w", x.ID, err)
	}
	x.release(pool)
	x.dirty = true
	if sync {
		if err := unix.Fdatasync(fd); err != nil {
			return fmt.Errorf("syncing extents of %s: %w", x.ID, err)
		}
		x.dirty, x.oldest = false, 0
	}
	return nil
}

// release gives the memory back.
func (x *extent) release(pool *chunkPool) {
	pool.put(x.chunks)
	x.chunks, x.size = x.chunks[:0], 0
}

// read calls f for all slots, those in the file and those in memory.
func (x *extent) read(f func(*Slot) error) error {
	if x.made {
		if _, err := readExtent(x.path, f); err != nil {
			return err
		}
	}
	var s Slot
	for _, c := range x.chunks {
		for at := 0; at < len(c); {
			at += viewSlot(c[at:], &s)
			if err := f(&s); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxVector is the kernel's bound of one writev (UIO_MAXIOV).
const maxVector = 1024

func writeAll(fd int, chunks [][]byte) error {
	left := append(make([][]byte, 0, len(chunks)), chunks...)
	for len(left) > 0 {
		n, err := unix.Writev(fd, left[:min(len(left), maxVector)])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		for len(left) > 0 && n >= len(left[0]) {
			n -= len(left[0])
			left = left[1:]
		}
		if len(left) > 0 {
			left[0] = left[0][n:]
		}
	}
	return nil
}

// readExtent calls f for every sound slot of an extent file and gives the length of the sound part.
func readExtent(path string, f func(*Slot) error) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("reading extents: %w", err)
	}
	defer func() { _ = file.Close() }()
	return scanSlots(file, f)
}
