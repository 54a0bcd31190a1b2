package record

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Unfinished is a recording with extents and no file yet.
type Unfinished struct {
	ID       string
	Segments []int // ascending
	StartMs  int64
	LastMs   int64
	Stopped  bool
}

// found is one extent file while recovering.
type found struct {
	path    string
	opening Opening
	sound   int64  // length of the sound part
	ordinal uint32 // of its last slot
	lastMs  int64
	stopped bool
	more    []byte // slots to be appended from the crash log
}

// Recover completes the extents from the crash log of processes before this one and lists the recordings without a
// file. Slots already in the extents are known by their ordinals. It must be called before the first recording.
func (r *Recorder) Recover() ([]Unfinished, error) {
	if err := r.dir.Sync(); err != nil { // names given right before the end are relied on from here
		return nil, fmt.Errorf("recovering recordings: %w", err)
	}
	streams, err := r.readExtents()
	if err != nil {
		return nil, err
	}
	logs, err := listLogs(r.logDir())
	if err != nil {
		return nil, err
	}
	logs = slices.DeleteFunc(logs, func(n uint64) bool { return n >= r.firstLog })
	for _, n := range logs {
		err := readLog(logPath(r.logDir(), n), func(s *Slot, raw []byte) error { return r.restore(streams, s, raw) })
		if err != nil {
			return nil, err
		}
	}
	for _, f := range streams {
		if err := f.complete(); err != nil {
			return nil, err
		}
	}
	if err := syncDir(r.openDir()); err != nil {
		return nil, fmt.Errorf("recovering recordings: %w", err)
	}
	for _, n := range logs {
		if err := os.Remove(logPath(r.logDir(), n)); err != nil {
			return nil, fmt.Errorf("recovering recordings: %w", err)
		}
	}
	return r.list(streams), nil
}

// readExtents reads all extent files; the keys are recording numbers. Left-over temporary files are deleted.
func (r *Recorder) readExtents() (map[uint64]*found, error) {
	entries, err := os.ReadDir(r.openDir())
	if err != nil {
		return nil, fmt.Errorf("recovering recordings: %w", err)
	}
	streams := map[uint64]*found{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), tempSuffix) {
			_ = os.Remove(r.openDir() + "/" + e.Name())
		}
		if _, _, ok := extentName(e.Name()); !ok {
			continue
		}
		f := &found{path: r.openDir() + "/" + e.Name()}
		number := uint64(0)
		f.sound, err = readExtent(f.path, func(s *Slot) error {
			number = s.Stream >> 1
			return f.take(s)
		})
		if err != nil {
			return nil, err
		}
		if f.sound > 0 && !r.covered(f.opening) {
			streams[number] = f
			continue
		}
		// Begun and never written, so the crash log has it; or its file was there already when the process died.
		if err := os.Remove(f.path); err != nil {
			return nil, fmt.Errorf("recovering recordings: %w", err)
		}
	}
	return streams, nil
}

// take notes what a slot says of its recording.
func (f *found) take(s *Slot) error {
	if s.Kind == KindOpen {
		o, err := decodeOpening(s.Data)
		if err != nil {
			return err
		}
		f.opening, f.lastMs = o, o.StartMs
	}
	f.ordinal, f.lastMs = s.Ordinal, max(f.lastMs, s.AtMs)
	f.stopped = f.stopped || s.Kind == KindStop
	return nil
}

// maxMore bounds what is kept in memory of one recording before it is appended.
const maxMore = 256 << 10

// restore takes a slot of the crash log.
func (r *Recorder) restore(streams map[uint64]*found, s *Slot, raw []byte) error {
	f := streams[s.Stream>>1]
	if f == nil {
		if s.Kind != KindOpen {
			r.Stats.Orphans.Add(1) // finished already: its extents are gone
			return nil
		}
		o, err := decodeOpening(s.Data)
		if err != nil {
			return err
		}
		if r.covered(o) {
			return nil
		}
		f = &found{path: extentPath(r.openDir(), o.ID, o.Segment)}
		streams[s.Stream>>1] = f
	} else if s.Ordinal <= f.ordinal {
		return nil
	}
	if err := f.take(s); err != nil {
		return err
	}
	if f.more = append(f.more, raw...); len(f.more) > maxMore {
		return f.append(false)
	}
	return nil
}

// covered says that a segment's recording has its file.
func (r *Recorder) covered(o Opening) bool {
	m, err := ReadManifest(wavPath(r.cfg.Dir, o.ID))
	return err == nil && slices.ContainsFunc(m.Segments, func(s SegmentEntry) bool { return s.Segment == o.Segment })
}

// complete appends what the crash log had more, and makes it durable.
func (f *found) complete() error {
	if len(f.more) == 0 {
		return syncPath(f.path)
	}
	return f.append(true)
}

func (f *found) append(sync bool) error {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE, logFileMode)
	if err != nil {
		return fmt.Errorf("recovering %s: %w", f.opening.ID, err)
	}
	_, err = file.WriteAt(f.more, f.sound)
	f.sound += int64(len(f.more))
	f.more = f.more[:0]
	err = errors.Join(err, file.Truncate(f.sound))
	if sync {
		err = errors.Join(err, file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("recovering %s: %w", f.opening.ID, err)
	}
	return nil
}

// list gathers the segments by recording, in order of start, and makes them known for Finish.
func (r *Recorder) list(streams map[uint64]*found) []Unfinished {
	files := make([]*found, 0, len(streams))
	for _, f := range streams {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b *found) int {
		if c := strings.Compare(a.opening.ID, b.opening.ID); c != 0 {
			return c
		}
		return a.opening.Segment - b.opening.Segment
	})
	var out []Unfinished
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.left) // they are known now
	for _, f := range files {
		if n := len(out); n == 0 || out[n-1].ID != f.opening.ID {
			out = append(out, Unfinished{ID: f.opening.ID, StartMs: f.opening.StartMs})
			r.known[f.opening.ID] = &onDisk{}
		}
		u := &out[len(out)-1]
		u.Segments = append(u.Segments, f.opening.Segment)
		u.LastMs, u.Stopped = max(u.LastMs, f.lastMs), f.stopped
		r.known[u.ID].segments = append(r.known[u.ID].segments, f.opening.Segment)
	}
	return out
}
