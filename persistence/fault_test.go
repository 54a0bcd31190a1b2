package persistence

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/wirechief/wirechief/persistence/machine"
)

// A WAL that cannot be synced or written ends the journal: nothing is acknowledged any more, what is under way ends
// Unknown, and the next life finds all that was acknowledged.
func TestFailedWALIsFatal(t *testing.T) {
	for _, c := range []struct {
		name  string
		kinds []errorfs.OpKind
	}{
		{"sync", []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo}},
		{"write", []errorfs.OpKind{errorfs.OpFileWrite}},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken := errors.New("injected")
			var on atomic.Bool
			mem := vfs.NewMem()
			fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
				if on.Load() && strings.HasSuffix(op.Path, ".log") {
					if slices.Contains(c.kinds, op.Kind) {
						return broken
					}
				}
				return nil
			}))
			fatal := make(chan error, 2)
			j := open(t, Options{FS: fs, Fatal: func(err error) { fatal <- err }})
			claim(t, j)
			must(t, j, rec("call/1", 0, "a"))
			on.Store(true)
			if r := await(j, rec("call/1", 1, "b")); r.Status != machine.Unknown {
				t.Fatalf("append on a broken disk: %+v", r)
			}
			if err := <-fatal; !errors.Is(err, broken) && !strings.Contains(err.Error(), "injected") {
				t.Fatalf("fatal: %v", err)
			}
			if r := await(j, rec("call/1", 1, "b")); r.Reason != machine.Closed {
				t.Fatalf("append after it: %+v", r)
			}
			if err := j.Close(); err == nil {
				t.Error("closing tells nothing of the failure")
			}
			if len(fatal) != 0 {
				t.Errorf("told twice: %v", <-fatal)
			}
			on.Store(false)
			again := open(t, Options{FS: mem})
			r := await(again, rec("call/1", 1, "b")) // repeated with the same id
			if r.Status != machine.OK || r.Version != 2 {
				t.Fatalf("repeated after the restart: %+v", r)
			}
			v := again.View()
			defer v.Close()
			if got := strings.Join(recordsOf(v, "call/1"), ","); got != "a,b" {
				t.Fatalf("records %s", got)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	fs := vfs.NewMem()
	if err := open(t, Options{FS: fs}).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: "journal", FS: fs, NodeID: 2}); !errors.Is(err, ErrOtherNode) {
		t.Errorf("another node's directory: %v", err)
	}
	if _, err := Open(Options{Dir: "journal", FS: fs}); err == nil {
		t.Error("node id 0 is taken")
	}
	j := open(t, Options{FS: fs})
	if j.Boot() != 2 { // the failed starts do not count
		t.Errorf("boot %d", j.Boot())
	}
}
