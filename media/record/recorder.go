package record

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Config of a Recorder.
type Config struct {
	Dir           string // finished recordings; crash log and extents lie in folders of it
	Slabs         int    // slabs in memory at most
	FinishWorkers int
	NowMs         func() int64
	Logger        *slog.Logger
	OnFinished    func(Finished) // called by the finishers; may block
	OnFailed      func(id string, err error)
}

// Recorder takes sealed slabs and makes recordings of them. A slab passes the writer, which appends it to the crash
// log, then the demultiplexer, which sorts its slots into the extents of their recordings. A stopped recording goes to
// a finisher. Each of them is one goroutine (finishers: FinishWorkers); none is ever waited for by a media worker.
type Recorder struct {
	cfg      Config
	slabs    *slabs
	sealed   chan *Slab
	demuxing chan *Slab
	retired  chan *os.File
	current  atomic.Pointer[os.File] // the log file being written, for the syncer
	numbers  atomic.Uint64
	firstLog uint64 // logs below are from processes before
	pool     *chunkPool
	demux    *demux
	dir      *os.File        // cfg.Dir, to be synced
	left     map[string]bool // paths of extent files of processes before; guarded by mu

	at func(step string) // tests look at the disk there

	mu        sync.Mutex
	known     map[string]*onDisk // recordings without a file, running or not
	queue     []job              // to be finished, in order
	wake      *sync.Cond
	ending    bool
	Stats     Stats
	writers   sync.WaitGroup
	finishers sync.WaitGroup
}

// onDisk is what is known of a recording's extents, in memory or on disk.
type onDisk struct {
	segments []int
	stopped  []*extent // those of this process; while finish is set they belong to the finisher
	running  bool      // its slots still come
	finish   bool      // queued for a finisher, or with one
	oldest   uint64    // oldest log file that may hold slots not durable in the extents; 0 none
}

// Open makes the folders and starts the goroutines.
func Open(cfg Config) (*Recorder, error) {
	r := &Recorder{cfg: cfg, known: map[string]*onDisk{}, left: map[string]bool{}, pool: newChunkPool(),
		at: func(string) {}}
	r.demux = &demux{r: r, open: map[uint64]*extent{}}
	r.wake = sync.NewCond(&r.mu)
	for _, dir := range []string{cfg.Dir, r.logDir()} {
		if err := os.MkdirAll(dir, logDirMode); err != nil {
			return nil, fmt.Errorf("opening recorder: %w", err)
		}
	}
	if err := makeFolder(cfg.Dir, r.openDir()); err != nil {
		return nil, fmt.Errorf("opening recorder: %w", err)
	}
	entries, err := os.ReadDir(r.openDir())
	if err != nil {
		return nil, fmt.Errorf("opening recorder: %w", err)
	}
	for _, e := range entries {
		r.left[filepath.Join(r.openDir(), e.Name())] = true
	}
	logs, err := listLogs(r.logDir())
	if err != nil {
		return nil, err
	}
	if r.dir, err = os.Open(cfg.Dir); err != nil {
		return nil, fmt.Errorf("opening recorder: %w", err)
	}
	last := uint64(0)
	if len(logs) > 0 {
		last = logs[len(logs)-1]
	}
	r.firstLog = last + 1
	r.numbers.Store(uint64(cfg.NowMs()) << 20)
	r.slabs = newSlabs(cfg.Slabs)
	r.sealed = make(chan *Slab, cfg.Slabs)
	r.demuxing = make(chan *Slab, cfg.Slabs)
	r.retired = make(chan *os.File, 8)
	r.writers.Add(3)
	go r.write(last)
	go r.syncLog()
	go r.demultiplex()
	for range cfg.FinishWorkers {
		r.finishers.Add(1)
		go r.finisher()
	}
	return r, nil
}

func (r *Recorder) logDir() string  { return filepath.Join(r.cfg.Dir, "log") }
func (r *Recorder) openDir() string { return filepath.Join(r.cfg.Dir, "open") }

// Get gives an empty slab, or nil if all are in use. It never blocks.
func (r *Recorder) Get() *Slab { return r.slabs.get() }

// Seal takes a filled slab. It never blocks.
func (r *Recorder) Seal(s *Slab) { r.sealed <- s }

// Number gives a new recording's number and the payload of its KindOpen slot, which must come before all others. The
// streams are number*2 for the caller and number*2+1 for the agent.
func (r *Recorder) Number(o Opening) (uint64, []byte, error) {
	if err := CheckID(o.ID); err != nil {
		return 0, nil, err
	}
	b, err := o.encode()
	if err != nil {
		return 0, nil, err
	}
	return r.numbers.Add(1), b, nil
}

// Close takes no more slabs, writes what it has, finishes what was stopped and waits. Recordings never stopped keep
// their extents. All slabs given out must be sealed before.
func (r *Recorder) Close() {
	close(r.sealed)
	r.writers.Wait()
	r.mu.Lock()
	r.ending = true
	r.wake.Broadcast()
	r.mu.Unlock()
	r.finishers.Wait()
	r.demux.close()
	_ = r.dir.Close()
	r.slabs.unmap()
}

// write is the writer: it alone touches the disk for the crash log.
func (r *Recorder) write(last uint64) {
	defer r.writers.Done()
	w := &logWriter{dir: r.logDir(), number: last, now: time.Now, retire: r.retired}
	for s := range r.sealed {
		err := w.write(s)
		r.current.Store(w.file)
		if err != nil {
			r.Stats.LogErrors.Add(1)
			r.cfg.Logger.Error("crash log not written", "err", err)
		}
		r.Stats.SlabsWritten.Add(1)
		r.demuxing <- s
	}
	if w.file != nil {
		r.current.Store(nil)
		w.rotate()
	}
	close(r.retired)
	close(r.demuxing)
}

// syncLog makes the crash log durable once a second, so that a power cut costs no more than that, and closes the log
// files left behind.
func (r *Recorder) syncLog() {
	defer r.writers.Done()
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	var synced uint64
	sync := func(f *os.File) {
		if err := fdatasync(f); err != nil {
			r.Stats.LogErrors.Add(1)
			r.cfg.Logger.Error("crash log not synced", "err", err)
		}
	}
	for {
		select {
		case f, ok := <-r.retired:
			if !ok {
				return
			}
			sync(f)
			_ = f.Close()
		case <-tick.C:
			if n := r.Stats.SlabsWritten.Load(); n != synced {
				synced = n
				if f := r.current.Load(); f != nil {
					sync(f)
				}
			}
		}
	}
}
