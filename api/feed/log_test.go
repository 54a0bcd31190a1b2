package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// book is an engine that is a journal and nothing else.
type book struct {
	t     *testing.T
	j     *persistence.Journal
	epoch uint64
}

func newBook(t *testing.T) *book {
	t.Helper()
	j, err := persistence.Open(persistence.Options{
		Dir: t.TempDir(), NodeID: 1, RingChanges: 64, // followers lag easily
		Fatal: func(err error) { t.Error(err) },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	b := &book{t: t, j: j}
	done := make(chan struct{})
	j.Shards(machine.ShardCommand{Op: machine.ClaimHash, Node: 1, Incarnation: 1}, func(_ machine.Result, rows []machine.ShardRow) {
		b.epoch = rows[0].Epoch
		close(done)
	})
	<-done
	return b
}

func (b *book) Journal() *persistence.Journal { return b.j }
func (b *book) Directory() *cc.Directory      { return cc.NewDirectory(&cc.Center{}) }

// write appends n changes of a call with two events each, and one of nobody's business after each of them.
func (b *book) write(call string, from, n int) {
	done := make(chan machine.Result, 2*n)
	for i := range n {
		b.j.Append(&machine.Append{
			Shard: 1, Epoch: b.epoch, Stream: "call/" + call, Expect: uint64(from + i),
			Records: [][]byte{record(&cc.CallHeld{By: strconv.Itoa(from + i)}, &cc.CallResumed{})},
		}, func(r machine.Result) { done <- r })
		b.j.Append(&machine.Append{Shard: 1, Epoch: b.epoch, Index: []machine.IndexOp{{Key: []byte("x"), Value: []byte("y")}}},
			func(r machine.Result) { done <- r })
	}
	for range 2 * n {
		if r := <-done; r.Status != machine.OK {
			b.t.Errorf("append: %v", r)
		}
	}
}

// Whoever reads, early or late, fast or slow, while followers lag and the ring is cut, gets every event once and in
// order, changes in one piece.
func TestEveryReaderGetsEverything(t *testing.T) {
	b := newBook(t)
	l := NewLog(b, slog.New(slog.DiscardHandler))
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const first, second = 300, 3_000
	b.write("1-a", 0, first)
	got := make(chan error)
	read := func(limit int, pause time.Duration) error {
		r, err := l.From(0)
		if err != nil {
			return err
		}
		defer r.Close()
		f := &Filter{Everything: true}
		last := ""
		for n := 0; n < 2*(first+second); {
			p, err := r.ReadPage(ctx, f, limit, true)
			if err != nil {
				return err
			}
			if len(p.Items)%2 != 0 {
				return fmt.Errorf("a change in pieces: %d events", len(p.Items))
			}
			for _, it := range p.Items {
				if it.Event.head().ID == last {
					return fmt.Errorf("%s twice", last)
				}
				if by, ok := it.Event.(*CallBy); ok && it.Type == cc.PubCallHeld && by.By != strconv.Itoa(n/2) {
					return fmt.Errorf("%s by %s, want %d", it.Type, by.By, n/2)
				}
				last = it.Event.head().ID
				n++
			}
			time.Sleep(pause)
		}
		return nil
	}
	go func() { got <- read(1_000, 0) }()
	go func() { got <- read(101, 0) }()
	go func() { got <- read(1_000, time.Millisecond) }()
	b.write("1-a", first, second)
	go func() { got <- read(1_000, 0) }()
	for range 4 {
		require.NoError(t, <-got)
	}
	require.Greater(t, l.Stats.ReadBack.Load(), uint64(0))
	require.Zero(t, l.Stats.Readers.Load())
}

// A reader of the future is refused; one that waits ends with the log.
func TestReaderEnds(t *testing.T) {
	b := newBook(t)
	l := NewLog(b, slog.New(slog.DiscardHandler))
	_, err := l.From(l.Applied() + 1)
	require.ErrorIs(t, err, ErrAhead)
	r := l.FromNow()
	defer r.Close()
	done := make(chan error)
	go func() {
		_, err := r.Next(t.Context())
		done <- err
	}()
	l.Close()
	require.ErrorIs(t, <-done, ErrClosed)
	_, _, err = r.Poll()
	require.ErrorIs(t, err, ErrClosed)
}

// Nobody is told of what happened while nobody was there, unless they ask for it.
func TestFromNow(t *testing.T) {
	b := newBook(t)
	l := NewLog(b, slog.New(slog.DiscardHandler))
	defer l.Close()
	b.write("1-a", 0, 3)
	r := l.FromNow()
	defer r.Close()
	b.write("1-a", 3, 1)
	p, err := r.ReadPage(t.Context(), &Filter{Everything: true}, 10, true)
	require.NoError(t, err)
	require.Len(t, p.Items, 2)
	var prevs []uint64
	Frames(p.Items, r.Pos(), func(it *Item, frame []byte, last bool) {
		require.Equal(t, it == p.Items[1], last)
		prevs = append(prevs, parse(t, frame).Prev)
	})
	require.Equal(t, p.Items[0].Seq, prevs[1])
}

func parse(t *testing.T, frame []byte) (h Head) {
	t.Helper()
	require.NoError(t, json.Unmarshal(frame, &h))
	return h
}
