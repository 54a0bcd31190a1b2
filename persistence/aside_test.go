package persistence

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"

	"github.com/wirechief/wirechief/persistence/machine"
)

// A row of one stream that cannot be read sets that stream aside, whatever row it is; the rest of the journal opens and
// goes on.
func TestUnreadableStreamIsSetAside(t *testing.T) {
	record := append([]byte("recall/1\x00"), 0, 0, 0, 0, 0, 0, 0, 2)
	for _, c := range []struct {
		name    string
		key     []byte
		value   string
		version uint64
		cause   error
	}{
		{"record cut short", record, "\x01", 2, machine.ErrCorrupt},
		{"record of a later program", record, "\x63abc", 2, machine.ErrVersion},
		{"stream row", []byte("rtcall/1"), "\x01\xff", 0, machine.ErrCorrupt},
		{"snapshot", []byte("rpcall/1"), "", 0, machine.ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "call/1", "call/2")
			db, err := pebble.Open(dir, &pebble.Options{
				FormatMajorVersion: formatVersion, Logger: pebbleLog{log: slog.New(slog.DiscardHandler)},
			})
			must0(t, err)
			must0(t, db.Set(c.key, []byte(c.value), pebble.Sync))
			must0(t, db.Close())

			var log bytes.Buffer
			j, err := Open(Options{
				Dir: dir, NodeID: 1, Fatal: func(err error) { t.Errorf("fatal: %v", err) },
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})
			must0(t, err)
			defer func() { must0(t, j.Close()) }()
			for range 2 {
				checkAside(t, j, "call/1", c.version, c.cause)
			}
			if n := strings.Count(log.String(), "stream=call/1"); n != 1 {
				t.Errorf("logged %d times: %s", n, &log)
			}
			if v := j.stats.Aside.Load(); v != 1 {
				t.Errorf("%d streams set aside", v)
			}
			if c.name == "stream row" { // without it nobody knows the stream's version
				a := rec("call/1", 3, "e")
				if r := await(j, a); r.Status != machine.Refused || r.Reason != machine.Damaged {
					t.Errorf("append to it: %+v", r)
				}
				a = rec("call/3", 0, "a")
				a.Requires = []machine.Require{{Stream: "call/1", Version: 1}}
				if r := await(j, a); r.Reason != machine.Damaged {
					t.Errorf("append that requires it: %+v", r)
				}
			}
			next := rec("call/2", 3, "d")
			next.Seq = 3
			must(t, j, next)
			checkFeed(t, j)
		})
	}
}

// checkAside reads all of a stream and expects it to be set aside.
func checkAside(t *testing.T, j *Journal, stream string, version uint64, cause error) {
	t.Helper()
	v := j.View()
	defer v.Close()
	_, _, _ = v.Snapshot(stream)
	_ = v.StreamVersion(stream)
	_ = recordsOf(v, stream)
	err := v.Aside(stream)
	var u *machine.Unreadable
	if !errors.Is(err, ErrAside) || !errors.Is(err, cause) || !errors.As(err, &u) || u.Version != version {
		t.Errorf("set aside: %v", err)
	}
	if got := fmt.Sprint(recordsOf(v, "call/2")); !strings.HasPrefix(got, "[a b c") || v.Aside("call/2") != nil {
		t.Errorf("the other stream: %v, %v", got, v.Aside("call/2"))
	}
}

// checkFeed: the feed goes past the records that cannot be read.
func checkFeed(t *testing.T, j *Journal) {
	t.Helper()
	v := j.View()
	last := v.Applied()
	v.Close()
	seen := uint64(0)
	must0(t, j.Feed(1, last, func(c machine.Change) bool { seen = c.Index; return true }))
	if seen != last {
		t.Errorf("feed ends at %d of %d", seen, last)
	}
}

// A block of a table that does not have its checksum makes its streams unreadable, not the node.
func TestDamagedBlockSetsItsStreamsAside(t *testing.T) {
	dir := t.TempDir()
	var streams []string
	for i := range 400 {
		streams = append(streams, fmt.Sprintf("call/%04d", i))
	}
	write(t, dir, streams...)
	db, err := pebble.Open(dir, &pebble.Options{
		FormatMajorVersion: formatVersion, Logger: pebbleLog{log: slog.New(slog.DiscardHandler)},
	})
	must0(t, err)
	must0(t, db.Compact(t.Context(), []byte{0}, []byte{0xff}, false))
	must0(t, db.Close())
	flip(t, dir)
	j, err := Open(Options{Dir: dir, NodeID: 1, Fatal: func(err error) { t.Errorf("fatal: %v", err) }})
	must0(t, err)
	defer func() { must0(t, j.Close()) }()
	v := j.View()
	defer v.Close()
	whole, bad := 0, 0
	for _, s := range streams {
		if n := len(recordsOf(v, s)); v.Aside(s) != nil {
			bad++
		} else if n == 3 {
			whole++
		}
	}
	if bad == 0 || whole == 0 || bad+whole != len(streams) {
		t.Errorf("%d streams whole, %d set aside, of %d", whole, bad, len(streams))
	}
}

// flip damages one byte among the records in a table of the store.
func flip(t *testing.T, dir string) {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	must0(t, err)
	for _, path := range tables {
		data, err := os.ReadFile(path)
		must0(t, err)
		if i := bytes.LastIndex(data, []byte("sentinel-")); i >= 0 {
			data[i] ^= 1
			must0(t, os.WriteFile(path, data, 0o600))
			return
		}
	}
	t.Fatal("no table holds the records")
}

// write makes a journal in dir with three records in each stream, the last with a snapshot.
func write(t *testing.T, dir string, streams ...string) {
	t.Helper()
	j, err := Open(Options{Dir: dir, NodeID: 1, LogKeep: 1})
	must0(t, err)
	claim(t, j)
	for i, s := range streams {
		suffix := ""
		if len(streams) > 2 {
			suffix = fmt.Sprintf("sentinel-%d-%x", i, rand.Uint64())
		}
		a := rec(s, 0, "a"+suffix)
		a.Records = append(a.Records, []byte("b"+suffix))
		must(t, j, a)
		a = rec(s, 2, "c"+suffix)
		a.Seq, a.Snapshot = 2, []byte("state")
		must(t, j, a)
	}
	must0(t, j.Close())
}

func must0(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
