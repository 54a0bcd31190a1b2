package record

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/media/audio"
)

// desk is a recorder with what it told.
type desk struct {
	*Recorder
	t    *testing.T
	told chan any // Finished or failure
	once sync.Once
}

type failure struct {
	id  string
	err error
}

const deskMs = 1_800_000_000_000

// patience bounds waits for things that must come.
const patience = time.Minute

func newDesk(t *testing.T, dir string) *desk {
	d := &desk{t: t, told: make(chan any, 1000)}
	now := int64(deskMs)
	r, err := Open(Config{Dir: dir, Slabs: 8, FinishWorkers: 1, Logger: slog.New(slog.DiscardHandler),
		NowMs:      func() int64 { return now },
		OnFinished: func(f Finished) { d.told <- f },
		OnFailed:   func(id string, err error) { d.told <- failure{id, err} }})
	require.NoError(t, err)
	d.Recorder = r
	t.Cleanup(d.close)
	return d
}

func (d *desk) close() { d.once.Do(d.Close) }

// record puts whole recordings of a second into one slab each.
func (d *desk) record(ids ...string) {
	for _, id := range ids {
		d.Seal(addRecording(d.t, d.Recorder, nil, id, 50, packet(d.t, 1, 0, 0, 0x90)))
	}
}

func (d *desk) await() any {
	d.t.Helper()
	select {
	case x := <-d.told:
		return x
	case <-time.After(patience):
		d.t.Fatal("nothing is told")
		return nil
	}
}

// finished gives the next n finished recordings by id, their paths taken off.
func (d *desk) finished(n int) map[string]Finished {
	d.t.Helper()
	out := map[string]Finished{}
	for range n {
		f, ok := d.await().(Finished)
		require.True(d.t, ok)
		require.FileExists(d.t, f.Path)
		f.Path = ""
		out[f.ID] = f
	}
	require.Len(d.t, out, n)
	return out
}

func extents(t *testing.T, dir string) []string {
	list, err := filepath.Glob(filepath.Join(dir, "open", "*"))
	require.NoError(t, err)
	return list
}

// A kill at any moment between the stop of recordings and their files changes nothing: after it each of them is either
// found unfinished and finished the same, or has its file already and is told again, the same. What a killed process
// leaves is what its files hold at that moment; the test takes a copy of them.
func TestKilledWhileFinishing(t *testing.T) {
	ids := []string{"a", "b", "c"}
	for _, step := range []string{"stopped", "written", "named", "durable"} {
		for _, memory := range []string{"short", "enough"} {
			t.Run(step+", memory "+memory, func(t *testing.T) {
				dir, left := t.TempDir(), t.TempDir()
				d := newDesk(t, dir)
				if memory == "short" {
					d.pool.max = 0
				}
				reached, copied := make(chan struct{}), make(chan struct{})
				var once sync.Once
				d.at = func(s string) {
					if s == step {
						once.Do(func() { close(reached); <-copied })
					}
				}
				d.record(ids...)
				<-reached
				written := func() bool { return d.Stats.SlabsWritten.Load() == 3 }
				require.Eventually(t, written, patience, time.Millisecond)
				require.NoError(t, os.CopyFS(left, os.DirFS(dir)))
				close(copied)
				want := d.finished(3)
				if memory == "enough" {
					for _, name := range extents(t, left) {
						require.True(t, strings.HasSuffix(name, tempSuffix), name)
					}
				}
				d.close()
				require.Empty(t, extents(t, dir))
				require.Zero(t, d.pool.bytes(), "all memory is back")

				d = newDesk(t, left)
				found, err := d.Recover()
				require.NoError(t, err)
				for _, u := range found {
					require.True(t, u.Stopped)
				}
				for _, id := range ids {
					_, err := os.Stat(wavPath(left, id))
					unfinished := slices.ContainsFunc(found, func(u Unfinished) bool { return u.ID == id })
					require.Equal(t, err != nil, unfinished, "%s is unfinished or has its file, never both", id)
					require.NoError(t, d.Finish(id))
				}
				require.Equal(t, want, d.finished(3))
				d.close()
				require.Empty(t, d.told, "told once")
				require.Empty(t, extents(t, left))
				found, err = newDesk(t, left).Recover()
				require.NoError(t, err)
				require.Empty(t, found)
			})
		}
	}
}

// A file that cannot be written fails its own recording only; what it had in memory goes to disk, no log is held for
// it, and Finish makes the file later.
func TestFinishingFailsAndIsDoneAgain(t *testing.T) {
	dir := t.TempDir()
	d := newDesk(t, dir)
	obstacle := d.tempPath("bad")
	require.NoError(t, os.MkdirAll(obstacle+"/x", 0o750))
	d.record("bad", "good")
	var good Finished
	for range 2 {
		switch x := d.await().(type) {
		case failure:
			require.Equal(t, "bad", x.id)
		case Finished:
			good = x
		}
	}
	require.Equal(t, "good", good.ID)
	require.NoFileExists(t, extentPath(d.openDir(), "good", 0))
	require.FileExists(t, extentPath(d.openDir(), "bad", 0))
	d.mu.Lock()
	require.Zero(t, d.known["bad"].oldest)
	d.mu.Unlock()
	require.NoError(t, os.RemoveAll(obstacle))
	require.NoError(t, d.Finish("bad"))
	require.Equal(t, good.SHA256, d.finished(1)["bad"].SHA256)
	require.NoFileExists(t, extentPath(d.openDir(), "bad", 0))
}

// A recording whose id and segment is on disk is not begun again, before Recover and after.
func TestNoRecordingTwice(t *testing.T) {
	dir := t.TempDir()
	d := newDesk(t, dir)
	s := d.Get()
	number, opening, err := d.Number(Opening{ID: "x", StartMs: deskMs})
	require.NoError(t, err)
	addSlot(s, opening, number*2, deskMs, 1, KindOpen)
	d.Seal(s)
	d.close() // it runs still: its extent is written
	require.FileExists(t, extentPath(filepath.Join(dir, "open"), "x", 0))
	for _, recover := range []bool{false, true} {
		d = newDesk(t, dir)
		if recover {
			found, err := d.Recover()
			require.NoError(t, err)
			require.Len(t, found, 1)
		}
		d.record("x")
		f, ok := d.await().(failure)
		require.True(t, ok)
		require.ErrorIs(t, f.err, ErrExists)
		d.close()
	}
}

// players gives the duration in seconds as programs see it that know nothing of us.
func players(t *testing.T, path string, short bool) map[string]string {
	out := map[string]string{}
	for name, args := range map[string][]string{
		"sox":     {"--i", "-D", path},
		"ffprobe": {"-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path},
	} {
		if _, err := exec.LookPath(name); err != nil || name == "sox" && !short { // it reads all of an RF64 file
			continue
		}
		b, err := exec.Command(name, args...).CombinedOutput()
		require.NoError(t, err, "%s: %s", name, b)
		out[name] = strings.TrimSpace(string(b))
	}
	return out
}

func TestPlayersReadTheFile(t *testing.T) {
	dir := t.TempDir()
	d := newDesk(t, dir)
	d.record("short")
	d.finished(1)
	path := wavPath(dir, "short")
	long := filepath.Join(dir, "long.wav") // RF64: over 4 GiB, nearly all of it a hole
	const data = int64(5) << 30
	m, err := ReadManifest(path)
	require.NoError(t, err)
	m.Bytes = data
	chunk, err := m.chunk()
	require.NoError(t, err)
	f, err := os.Create(long)
	require.NoError(t, err)
	defer f.Close()
	head := audio.WAVHeader(data, int64(len(chunk)))
	_, err = f.WriteAt(head[:], 0)
	require.NoError(t, err)
	_, err = f.WriteAt(chunk, audio.WAVHeaderBytes+data)
	require.NoError(t, err)
	got, err := ReadManifest(long)
	require.NoError(t, err)
	require.Equal(t, audio.WAVHeaderBytes+data+int64(len(chunk)), got.FileBytes)
	for file, want := range map[string]float64{path: 1, long: float64(data) / 32000} {
		for player, said := range players(t, file, file == path) {
			seconds, err := strconv.ParseFloat(said, 64)
			require.NoError(t, err, "%s: %s", player, said)
			require.InDelta(t, want, seconds, 0.001, "%s of %s", player, file)
		}
	}
}

// A file cut short anywhere has no manifest, and one with another byte in the manifest neither.
func TestManifestIsWholeOrNone(t *testing.T) {
	dir := t.TempDir()
	d := newDesk(t, dir)
	d.record("x")
	d.finished(1)
	b, err := os.ReadFile(wavPath(dir, "x"))
	require.NoError(t, err)
	path := filepath.Join(dir, "y.wav")
	for n := 0; n < len(b); n += 61 {
		require.NoError(t, os.WriteFile(path, b[:n], 0o600))
		_, err := ReadManifest(path)
		require.ErrorIs(t, err, ErrNoManifest, "%d of %d bytes", n, len(b))
	}
	for at := len(b) - 1; at >= audio.WAVHeaderBytes+32000; at -= 7 {
		broken := slices.Clone(b)
		broken[at] ^= 4
		require.NoError(t, os.WriteFile(path, broken, 0o600))
		_, err := ReadManifest(path)
		require.ErrorIs(t, err, ErrNoManifest, "byte %d", at)
	}
	_, err = ReadManifest(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}
