package desk

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
)

// busyAgent answers with the next of its errors, then hears.
type busyAgent struct {
	Engine
	errs []error
	told []time.Time
}

func (b *busyAgent) AskAgent(context.Context, string, any) error {
	b.told = append(b.told, time.Now())
	if len(b.errs) == 0 {
		return nil
	}
	err := b.errs[0]
	b.errs = b.errs[1:]
	return err
}

func busy(n int) (errs []error) {
	for range n {
		errs = append(errs, cc.Errorf(cc.CodeOverloaded, "too much to do"))
	}
	return errs
}

// Edge 4, R98: an agent who has too much to do for minutes hears in the end that the client is gone.
func TestGoneIsToldUntilHeard(t *testing.T) {
	for name, c := range map[string]struct {
		errs []error
		want int
	}{
		"at once":                   {nil, 1},
		"overloaded for five min":   {busy(65), 66},
		"no time left":              {[]error{context.DeadlineExceeded}, 2},
		"removed":                   {[]error{cc.Errorf(cc.CodeNotFound, "no such agent"), errors.New("never asked")}, 1},
		"set aside until the start": {[]error{cc.Errorf(cc.CodeUnreadable, "cannot be read"), errors.New("never asked")}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &busyAgent{errs: c.errs}
				h := &Hub{o: Options{Engine: e}, log: slog.New(slog.DiscardHandler), stopping: make(chan struct{})}
				h.tellGone("alice", "s-1")
				require.Len(t, e.told, c.want)
				for i := 1; i < len(e.told); i++ {
					pause := e.told[i].Sub(e.told[i-1])
					require.GreaterOrEqual(t, pause, goodbyeAgain)
					require.LessOrEqual(t, pause, goodbyeAgainMax)
				}
			})
		})
	}
}

// A node that stops does not wait for an agent who does not hear.
func TestGoneIsToldOnceMoreAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &busyAgent{errs: busy(1000)}
		h := &Hub{o: Options{Engine: e}, log: slog.New(slog.DiscardHandler), stopping: make(chan struct{})}
		done := make(chan struct{})
		go func() { h.tellGone("alice", "s-1"); close(done) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		before := len(e.told)
		close(h.stopping)
		<-done
		require.Len(t, e.told, before+1)
	})
}
