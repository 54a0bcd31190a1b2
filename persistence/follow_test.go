package persistence

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/wirechief/wirechief/persistence/machine"
)

// A view and the changes that follow it, together, are the journal: no gap, nothing twice, while writers go on.
func TestFollowContinuesTheView(t *testing.T) {
	j := open(t, Options{})
	claim(t, j)
	const writers, each = 4, 100
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range uint64(each) {
				if r := await(j, rec(fmt.Sprintf("call/%d", w), i, fmt.Sprint(i))); r.Status != machine.OK {
					t.Errorf("%+v", r)
				}
			}
		})
	}
	for range 5 {
		v := j.View()
		f := j.Follow(v)
		next, seen := v.Applied()+1, map[string]uint64{}
		for w := range writers {
			s := fmt.Sprintf("call/%d", w)
			seen[s] = v.StreamVersion(s)
		}
		v.Close()
		for next <= 1+writers*each {
			changes, err := f.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range changes {
				if c.Index != next || c.FirstVersion != seen[c.Stream]+1 {
					t.Fatalf("change %d of %s@%d, want %d @%d", c.Index, c.Stream, c.FirstVersion, next, seen[c.Stream]+1)
				}
				if got := string(c.Records[0]); got != fmt.Sprint(c.FirstVersion-1) {
					t.Fatalf("%s@%d is %q", c.Stream, c.FirstVersion, got)
				}
				seen[c.Stream]++
				next++
			}
		}
		f.Close()
	}
	wg.Wait()
}

func TestFollowerLags(t *testing.T) {
	j := open(t, Options{RingChanges: 10})
	claim(t, j)
	v := j.View()
	f := j.Follow(v)
	defer f.Close()
	v.Close()
	for i := range uint64(11) {
		must(t, j, rec("call/1", i, "x"))
	}
	if _, err := f.Next(t.Context()); !errors.Is(err, ErrLagged) {
		t.Errorf("11 changes behind a ring of 10: %v", err)
	}
	if j.Stats().Lagged.Load() != 1 || j.Stats().Evicted.Load() == 0 {
		t.Error("not counted")
	}
	v = j.View()
	f2 := j.Follow(v)
	defer f2.Close()
	v.Close()
	must(t, j, rec("call/1", 11, "y"))
	if c, err := f2.Next(t.Context()); err != nil || len(c) != 1 || string(c[0].Records[0]) != "y" {
		t.Errorf("after a new view: %v, %v", c, err)
	}
}

func TestFollowerEnds(t *testing.T) {
	j := open(t, Options{})
	v := j.View()
	defer v.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := j.Follow(v)
	if _, err := f.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	got := make(chan error, 2)
	go func() { _, err := f.Next(t.Context()); got <- err }()
	f.Close()
	if err := <-got; !errors.Is(err, ErrClosed) {
		t.Errorf("closed follower: %v", err)
	}
	f = j.Follow(v)
	defer f.Close()
	go func() { _, err := f.Next(t.Context()); got <- err }()
	v.Close()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, ErrClosed) {
		t.Errorf("closed journal: %v", err)
	}
}

// The feed gives what followers got, after a restart too.
func TestFeedResumes(t *testing.T) {
	j := open(t, Options{})
	claim(t, j)
	for i := range uint64(30) {
		a := rec("call/1", i, fmt.Sprint("r", i))
		a.Index = []machine.IndexOp{{Key: []byte("k"), Value: fmt.Append(nil, i)}}
		must(t, j, a)
	}
	fs := j.o.FS
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, Options{FS: fs})
	next := uint64(10)
	err := j.Feed(10, 20, func(c machine.Change) bool {
		i := c.Index - 2
		if c.Index != next || string(c.Records[0]) != fmt.Sprint("r", i) || string(c.Ops[0].Value) != fmt.Sprint(i) {
			t.Errorf("change %d: %q %v", c.Index, c.Records, c.Ops)
		}
		next++
		return true
	})
	if err != nil || next != 21 {
		t.Errorf("ends before %d: %v", next, err)
	}
}

// A view does not move.
func TestViewIsConsistent(t *testing.T) {
	j := open(t, Options{})
	claim(t, j)
	put := func(i uint64) {
		a := rec("call/1", i, fmt.Sprint(i))
		for _, k := range []string{"k/a", "k/b"} {
			a.Index = append(a.Index, machine.IndexOp{Key: []byte(k), Value: fmt.Append(nil, i)})
		}
		must(t, j, a)
	}
	put(0)
	v := j.View()
	defer v.Close()
	put(1)
	if got := recordsOf(v, "call/1"); len(got) != 1 || v.Applied() != 2 || v.StreamVersion("call/1") != 1 {
		t.Errorf("records %v, applied %d", got, v.Applied())
	}
	var keys []string
	for k, val := range v.Scan([]byte("k/")) {
		keys = append(keys, string(k)+"="+string(val))
	}
	if fmt.Sprint(keys) != "[k/a=0 k/b=0]" {
		t.Errorf("%v", keys)
	}
	if _, ok := v.Get([]byte("k/c")); ok {
		t.Error("a key that is not there")
	}
}
