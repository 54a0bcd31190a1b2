package persistence

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/wirechief/wirechief/persistence/machine"
)

func TestAppendIsReadableWhenDone(t *testing.T) {
	j := open(t, Options{})
	claim(t, j)
	for i := range uint64(50) {
		got := make(chan string, 1)
		j.Append(rec("call/1", i, fmt.Sprint(i)), func(r machine.Result) {
			v := j.View()
			defer v.Close()
			got <- fmt.Sprintf("%d %v", v.StreamVersion("call/1"), v.Applied() >= r.Index && v.TimeMs() >= r.TimeMs)
		})
		if want := fmt.Sprintf("%d true", i+1); <-got != want {
			t.Fatalf("append %d is not readable in done", i)
		}
	}
}

func TestDoneInOrder(t *testing.T) {
	j := open(t, Options{MaxBatch: 7})
	claim(t, j)
	const n = 500
	var indexes []uint64 // written by the apply goroutine only
	var wg sync.WaitGroup
	wg.Add(n)
	for i := range uint64(n) {
		j.Append(rec("call/1", i, "x"), func(r machine.Result) {
			indexes = append(indexes, r.Index)
			wg.Done()
		})
	}
	wg.Wait()
	if !slices.IsSorted(indexes) || len(slices.Compact(indexes)) != n {
		t.Errorf("indexes %v", indexes)
	}
}

func TestRestart(t *testing.T) {
	fs := vfs.NewMem()
	j := open(t, Options{FS: fs})
	claim(t, j)
	a := rec("call/1", 0, "a")
	a.Index = []machine.IndexOp{{Key: []byte("k"), Value: []byte("v")}}
	a.Snapshot = []byte("S1")
	first := must(t, j, a)
	v := j.View()
	hash, boot := v.Hash(), j.Boot()
	v.Close()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	j = open(t, Options{FS: fs})
	if j.Boot() <= boot {
		t.Errorf("boot %d after %d", j.Boot(), boot)
	}
	v = j.View()
	if val, ok := v.Get([]byte("k")); !ok || string(val) != "v" {
		t.Errorf("k is %q, %v", val, ok)
	}
	if s, at, ok := v.Snapshot("call/1"); !ok || at != 1 || string(s) != "S1" {
		t.Errorf("snapshot %q at %d, %v", s, at, ok)
	}
	if rows := v.Shards(); len(rows) != machine.HashShards {
		t.Errorf("%d shards", len(rows))
	}
	v.Close()
	// The same append again: the same result, and the state is as it was but for the raft index.
	if again := must(t, j, a); again != first {
		t.Errorf("repeated: %+v, first %+v", again, first)
	}
	v = j.View()
	defer v.Close()
	if got := recordsOf(v, "call/1"); len(got) != 1 {
		t.Errorf("records %v", got)
	}
	if v.Hash() == hash {
		t.Error("the hash does not cover the raft index")
	}
}

func TestShards(t *testing.T) {
	fs := vfs.NewMem()
	command := func(j *Journal, op machine.ShardOp) (machine.Result, []machine.ShardRow) {
		type answer struct {
			r    machine.Result
			rows []machine.ShardRow
		}
		got := make(chan answer, 1)
		j.Shards(machine.ShardCommand{Op: op, Node: 1, Incarnation: j.Boot()},
			func(r machine.Result, rows []machine.ShardRow) { got <- answer{r, rows} })
		a := <-got
		return a.r, a.rows
	}
	j := open(t, Options{FS: fs})
	command(j, machine.ClaimHash)
	if _, rows := command(j, machine.CreateHome); len(rows) != machine.HashShards+1 || rows[256].Epoch != 1 {
		t.Errorf("first start owns %d rows, home %+v", len(rows), rows[256])
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, Options{FS: fs})
	_, rows := command(j, machine.ClaimHash)
	if len(rows) != machine.HashShards || rows[0].Epoch != 2 {
		t.Errorf("second start claims %d, epoch %d", len(rows), rows[0].Epoch)
	}
	if _, rows := command(j, machine.MoveFormer); len(rows) != machine.HashShards+1 || rows[256].Epoch != 2 {
		t.Errorf("second start has %d after the move", len(rows))
	}
	stale := rec("queue/1", 0, "x")
	if r := await(j, stale); r.Reason != machine.StaleEpoch {
		t.Errorf("append with the former epoch: %+v", r)
	}
	if r, _ := command(j, 9); r.Reason != machine.Malformed {
		t.Errorf("no such command: %+v", r)
	}
}

func TestLimits(t *testing.T) {
	j := open(t, Options{MaxPending: 4})
	claim(t, j)
	big := rec("call/1", 0, strings.Repeat("x", machine.MaxAppend))
	if r := await(j, big); r.Status != machine.Refused || r.Reason != machine.TooLarge {
		t.Errorf("large: %+v", r)
	}
	if r := await(j, rec("a\x00b", 0, "")); r.Reason != machine.Malformed {
		t.Errorf("NUL: %+v", r)
	}
	// With the apply goroutine held in done, the queue fills up to its limit and refuses at once.
	hold, held := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(4)
	j.Append(rec("call/1", 0, "a"), func(machine.Result) { close(held); <-hold; wg.Done() })
	<-held
	for i := range uint64(3) {
		j.Append(rec("call/1", i+1, "b"), func(machine.Result) { wg.Done() })
	}
	refused := false
	j.Append(rec("call/1", 4, "c"), func(r machine.Result) { refused = r.Reason == machine.Overloaded })
	if !refused || j.Stats().Overloaded.Load() != 1 {
		t.Error("the fifth append was not refused at once")
	}
	close(hold)
	wg.Wait()
	must(t, j, rec("call/1", 4, "c"))
}

func TestCloseWaitsForWhatIsUnderWay(t *testing.T) {
	j := open(t, Options{})
	claim(t, j)
	const n = 200
	var ok int // written by the apply goroutine, read after Close
	for i := range uint64(n) {
		j.Append(rec("call/1", i, "x"), func(r machine.Result) {
			if r.Status == machine.OK {
				ok++
			}
		})
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if ok != n {
		t.Errorf("%d of %d", ok, n)
	}
	if r := await(j, rec("call/1", n, "x")); r.Reason != machine.Closed {
		t.Errorf("after Close: %+v", r)
	}
}

func TestCutLogSurvivesRestart(t *testing.T) {
	fs := vfs.NewMem()
	for life := range uint64(3) {
		j := open(t, Options{FS: fs, LogKeep: 3})
		if life == 0 {
			claim(t, j)
		}
		for i := range uint64(20) {
			must(t, j, rec("call/1", life*20+i, "x"))
		}
		if j.Stats().Cuts.Load() < 3 {
			t.Errorf("life %d: %d cuts", life, j.Stats().Cuts.Load())
		}
		if n := len(j.rlog.sizes); n > 4 {
			t.Errorf("life %d: %d entries kept", life, n)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The wall clock steps back by an hour: cluster time goes on; it steps forward: cluster time does not jump.
func TestClusterTime(t *testing.T) {
	var mu sync.Mutex
	wall := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	mono := wall
	step := func(d, offset time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		mono = mono.Add(d)
		wall = mono.Add(offset)
	}
	c := clock{wall: func() time.Time { mu.Lock(); defer mu.Unlock(); return wall }}
	c.start(0)
	if got := c.advance(); got != wall.UnixNano() {
		t.Fatalf("starts at %d, the wall clock says %d", got, wall.UnixNano())
	}
	a := c.tick()
	step(0, -time.Hour)
	b := c.tick()
	if b != a+1 {
		t.Errorf("after a step back: %d after %d", b, a)
	}
	step(time.Second, -time.Hour)
	d := c.advance()
	if d < b || d > b+int64(time.Second) {
		t.Errorf("a second later: %v", time.Duration(d-b))
	}
	c.observe(d + int64(time.Minute))
	if got := c.tick(); got != d+int64(time.Minute)+1 {
		t.Errorf("after an entry ahead of time: %v", time.Duration(got-d))
	}
	ahead := d + int64(time.Hour)
	step(time.Minute, -time.Hour) // nobody reads the clock meanwhile
	c.observe(ahead)
	if got := c.advance(); got != ahead {
		t.Errorf("after an entry ahead of time and a minute before it: %v", time.Duration(got-ahead))
	}

	fs := vfs.NewMem()
	early := time.UnixMilli(1_000_000)
	j := open(t, Options{FS: fs, Wall: func() time.Time { return early.Add(time.Hour) }})
	claim(t, j)
	first := must(t, j, rec("call/1", 0, "a"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, Options{FS: fs, Wall: func() time.Time { return early }})
	if now := j.NowMs(); now < first.TimeMs {
		t.Errorf("started with a clock an hour behind: %d < %d", now, first.TimeMs)
	}
	if r := must(t, j, rec("call/1", 1, "b")); r.TimeMs < first.TimeMs {
		t.Errorf("entry at %d after %d", r.TimeMs, first.TimeMs)
	}
}

func TestStatsEach(t *testing.T) {
	j := open(t, Options{})
	claim(t, j)
	got := map[string]float64{}
	j.Stats().Each(func(name string, v float64) { got[name] = v })
	if got["appends_total"] != 1 || got["entries_total"] != 1 || got["batches_total"] < 1 {
		t.Errorf("%v", got)
	}
}
