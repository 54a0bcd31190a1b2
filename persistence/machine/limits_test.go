package machine

import (
	"errors"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	long := strings.Repeat("x", MaxAppend)
	for _, c := range []struct {
		name string
		a    Append
		want Reason
	}{
		{"plain", Append{Stream: "s", Records: [][]byte{nil}}, NoReason},
		{"index only", Append{Index: []IndexOp{{Key: []byte("k")}}}, NoReason},
		{"records without a stream", Append{Records: [][]byte{nil}}, Malformed},
		{"snapshot without a stream", Append{Snapshot: []byte{}}, Malformed},
		{"id without a stream", Append{Seq: 1}, Malformed},
		{"NUL in the stream", Append{Stream: "a\x00b"}, Malformed},
		{"empty key", Append{Index: []IndexOp{{}}}, Malformed},
		{"require of nothing", Append{Requires: []Require{{}}}, Malformed},
		{"long stream", Append{Stream: long[:MaxStreamName+1]}, TooLarge},
		{"long required stream", Append{Requires: []Require{{Stream: long[:MaxStreamName+1]}}}, TooLarge},
		{"long key", Append{Index: []IndexOp{{Key: []byte(long[:MaxKey+1])}}}, TooLarge},
		{"large record", Append{Stream: "s", Records: [][]byte{[]byte(long)}}, TooLarge},
		{"many records", Append{Stream: "s", Records: make([][]byte, MaxParts+1)}, TooLarge},
	} {
		if got := Check(&c.a, Size(&c.a)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// An entry of a later version stops the replica instead of being skipped; so does one that comes twice.
func TestApplyRefusesWhatItCannotKnow(t *testing.T) {
	m, err := Load(NewMem())
	if err != nil {
		t.Fatal(err)
	}
	var out Applied
	if err := m.Apply(NewMem(), 1, []byte{entryVersion + 1, 1}, &out); !errors.Is(err, ErrVersion) {
		t.Errorf("later version: %v", err)
	}
	if err := m.Apply(NewMem(), 1, nil, &out); !errors.Is(err, ErrCorrupt) {
		t.Errorf("same index again: %v", err)
	}
	if err := m.Apply(NewMem(), 2, []byte{entryVersion}, &out); !errors.Is(err, ErrCorrupt) {
		t.Errorf("cut short: %v", err)
	}
}
