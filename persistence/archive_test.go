package persistence

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/wirechief/wirechief/persistence/machine"
)

// An archive shows what the next start would find, entries that the store had not applied durably included.
func TestArchiveShowsWhatAStartWouldFind(t *testing.T) {
	for _, kept := range []int{0, 30, 60, 100} { // percent of what was not synced
		fs := vfs.NewCrashableMem()
		j := open(t, Options{FS: fs})
		claim(t, j)
		for i := range uint64(20) {
			must(t, j, rec("call/1", i, fmt.Sprint(i)))
		}
		crashed := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: kept, RNG: rand.New(rand.NewPCG(uint64(kept), 1))})
		a, err := OpenArchive("journal", crashed)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := machine.Records(a.Reader(), "call/1", 1, func(r machine.Record) bool {
			if string(r.Data) != fmt.Sprint(n) {
				t.Errorf("record %d is %s", n, r.Data)
			}
			n++
			return true
		}); err != nil {
			t.Fatal(err)
		}
		if n != 20 {
			t.Errorf("with %d %% kept: %d of 20 records", kept, n)
		}
		var streams []string
		_ = machine.Streams(a.Reader(), "ca", func(s string) bool { streams = append(streams, s); return true })
		if fmt.Sprint(streams) != "[call/1]" {
			t.Errorf("streams %v", streams)
		}
		was, err := machine.Hash(a.Reader())
		if err := errors.Join(err, a.Close()); err != nil {
			t.Fatal(err)
		}
		again, err := OpenArchive("journal", crashed) // nothing was changed by the first
		if err != nil {
			t.Fatal(err)
		}
		if is, _ := machine.Hash(again.Reader()); is != was {
			t.Error("the second reading differs")
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

const archiveChild = "PERSISTENCE_ARCHIVE_CHILD"

// A journal that a process has open is refused, and no process opens one that is being read. No file changes.
func TestArchiveOfAJournalInUse(t *testing.T) {
	if dir := os.Getenv(archiveChild); dir != "" {
		j, err := Open(Options{Dir: dir, NodeID: 1})
		fmt.Println("open:", err)
		if err == nil {
			_, _ = io.Copy(io.Discard, os.Stdin)
			_ = j.Close()
		}
		os.Exit(0)
	}
	dir := filepath.Join(t.TempDir(), "journal")
	child := func() (said string, end func()) {
		cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), archiveChild+"="+dir)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said, _ = bufio.NewReader(out).ReadString('\n')
		return said, func() {
			_ = in.Close()
			_ = cmd.Wait()
		}
	}
	said, end := child()
	if said != "open: <nil>\n" {
		t.Fatalf("the child said %q", said)
	}
	if _, err := OpenArchive(dir, nil); !errors.Is(err, ErrInUse) {
		t.Errorf("while it is open: %v", err)
	}
	end()
	before := listing(t, dir)
	a, err := OpenArchive(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if said, end := child(); said == "open: <nil>\n" {
		t.Error("a process opened a journal that is being read")
	} else {
		end()
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if after := listing(t, dir); after != before {
		t.Errorf("before\n%safter\n%s", before, after)
	}
}

func listing(t *testing.T, dir string) (out string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if e.Name() == "LOCK" {
			continue // the refused child has touched it
		}
		out += fmt.Sprintln(e.Name(), info.Size(), info.ModTime().UnixNano())
	}
	return out
}
