package persistence

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func derivedRows(t *testing.T, d *Derived, from, to string) (out []string) {
	t.Helper()
	v := d.View()
	defer v.Close()
	var end []byte
	if to != "" {
		end = []byte(to)
	}
	err := v.Scan([]byte(from), end, func(k, value []byte) bool {
		out = append(out, string(k)+"="+string(value))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDerivedSpacesAreApart(t *testing.T) {
	j := open(t, Options{})
	claim(t, j)
	v := j.View()
	hash := v.Hash()
	v.Close()
	a, b := j.Derived("a"), j.Derived("ab")
	for i, d := range []*Derived{a, b} {
		ops := []DerivedOp{{[]byte("x"), []byte(fmt.Sprint(i))}, {[]byte("y"), []byte{}}, {[]byte("z"), []byte("1")}, {Key: []byte("z")}}
		if err := d.Write(ops); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(derivedRows(t, a, "", ""), derivedRows(t, b, "", "y")); got != "[x=0 y=] [x=1]" {
		t.Errorf("rows %s", got)
	}
	if err := a.Clear(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(derivedRows(t, a, "", ""), derivedRows(t, b, "", "")); got != "[] [x=1 y=]" {
		t.Errorf("after clearing one: %s", got)
	}
	dv := b.View()
	defer dv.Close()
	if value, err := dv.Get([]byte("x")); err != nil || string(value) != "1" {
		t.Errorf("got %q, %v", value, err)
	}
	if value, err := dv.Get([]byte("none")); err != nil || value != nil {
		t.Errorf("got %q, %v", value, err)
	}
	v = j.View()
	defer v.Close()
	if v.Hash() != hash {
		t.Error("what is derived is in the replicated state")
	}
}

// After a power cut what is derived stands for no more than the journal holds.
func TestDerivedNeverGetsAheadOfTheJournal(t *testing.T) {
	for cut := range 20 {
		fs := vfs.NewCrashableMem()
		j := open(t, Options{FS: fs})
		claim(t, j)
		d := j.Derived("x")
		for i := range uint64(cut + 1) {
			must(t, j, rec("call/1", i, "r"))
			if err := d.Write([]DerivedOp{{[]byte("seen"), []byte(fmt.Sprint(j.Applied()))}}); err != nil {
				t.Fatal(err)
			}
		}
		clone := fs.CrashClone(vfs.CrashCloneCfg{})
		again := open(t, Options{FS: clone})
		for _, row := range derivedRows(t, again.Derived("x"), "", "") {
			var seen uint64
			if _, err := fmt.Sscanf(row, "seen=%d", &seen); err != nil || seen > again.Applied() {
				t.Fatalf("derived at %s, the journal at %d (%v)", row, again.Applied(), err)
			}
		}
	}
}
