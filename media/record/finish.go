package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// tempSuffix marks a WAV file that is being written, in the folder of the extents.
const tempSuffix = ".tmp"

func wavPath(dir, id string) string { return filepath.Join(dir, id+".wav") }

// workshop is what a finisher uses again for each recording.
type workshop struct {
	wav    wavFile
	render renderer
}

// finish makes the WAV files of a batch durable under their names: a file of that name is complete, its manifest in it.
// What goes wrong with one is in its err.
func (r *Recorder) finish(w *workshop, jobs []*job) {
	for _, j := range jobs {
		if j.again == nil {
			j.err = r.makeFile(w, j)
		}
	}
	r.at("written")
	named := false
	for _, j := range jobs {
		if j.file != nil {
			j.err = r.publish(j)
			named = named || j.err == nil
		}
	}
	if !named {
		return
	}
	r.at("named")
	err := r.dir.Sync()
	for _, j := range jobs {
		if j.again == nil && j.err == nil {
			j.err = err
		}
	}
}

func (r *Recorder) tempPath(id string) string {
	return filepath.Join(r.openDir(), id+".wav"+tempSuffix)
}

// makeFile renders one recording and has the kernel begin to write it: with all files of a batch on their way, the sync
// of each has little to wait for.
func (r *Recorder) makeFile(w *workshop, j *job) error {
	w.wav.start(r.tempPath(j.id))
	w.render.start(&w.wav)
	for _, segment := range j.segments {
		if err := r.readSegment(j, segment, w.render.slot); err != nil {
			w.wav.abandon()
			return err
		}
	}
	res, err := w.render.finish()
	if err == nil {
		j.m = res.manifest(j.id + ".wav")
		j.file, err = w.wav.end(j.m)
	}
	if err != nil {
		w.wav.abandon()
		return err
	}
	_ = unix.SyncFileRange(int(j.file.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE) // only for speed
	return nil
}

func (r *Recorder) readSegment(j *job, segment int, f func(*Slot) error) error {
	if x := j.extent(segment); x != nil {
		return x.read(f)
	}
	_, err := readExtent(extentPath(r.openDir(), j.id, segment), f)
	return err
}

// publish makes a file durable and gives it its name; the directory is yet to be synced.
func (r *Recorder) publish(j *job) error {
	err := errors.Join(fdatasync(j.file), j.file.Close())
	j.file = nil
	if err != nil {
		return fmt.Errorf("syncing: %w", err)
	}
	return os.Rename(r.tempPath(j.id), wavPath(r.cfg.Dir, j.id))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
