package actors

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/callback"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// The callbacks hear of calls from the journal: at least once, in order. How far they have heard is written now and
// then; what came after it is told again at the next start, and a report told twice does nothing.
const (
	markEvery   = 5 * time.Second // after a report
	markChanges = 100_000         // or when so many changes had none
	feedAgain   = 200 * time.Millisecond
	feedGather  = 50 * time.Millisecond // changes are taken in lots: the calls' own work goes first
	feedLot     = 4096
	// Where the journal's feed does not reach back, calls that arrived so long before the mark are told again.
	recountBefore = 12 * time.Hour
	recountMax    = 200_000
)

// mark is how far calls were reported.
type mark struct {
	index  uint64
	timeMs int64
}

func (m mark) encode() []byte {
	return binary.AppendVarint(binary.AppendUvarint(nil, m.index), m.timeMs)
}

func parseMark(b []byte) (m mark, ok bool) {
	var n, k int
	if m.index, n = binary.Uvarint(b); n <= 0 {
		return m, false
	}
	m.timeMs, k = binary.Varint(b[n:])
	return m, k > 0
}

// callbackFeed reports ended calls to the callbacks of their numbers.
type callbackFeed struct {
	n        *Node
	at       mark
	marked   uint64    // index last written
	reported time.Time // first report since then; zero: none
}

// runCallbackFeed reports until the context ends.
func (n *Node) runCallbackFeed(ctx context.Context) {
	f := &callbackFeed{n: n}
	for ctx.Err() == nil {
		err := f.run(ctx)
		if err == nil || ctx.Err() != nil || errors.Is(err, persistence.ErrClosed) {
			return
		}
		n.log.Warn("reporting calls to callbacks starts again", "err", err)
		select {
		case <-time.After(feedAgain):
		case <-ctx.Done():
		}
	}
}

// beginCallbacks sets the mark of a journal that has none, before the first call of this start can end: what was before
// is nobody's to call back, what comes is not lost.
func (n *Node) beginCallbacks(*Settings) error {
	v := n.reader()
	_, ok := parseMark(v.value(callbackMark))
	now := mark{v.Applied(), v.TimeMs()}
	v.Close()
	if ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), shardTimeout)
	defer cancel()
	if err := n.PutIndex(ctx, callbackMark, now.encode()); err != nil {
		return fmt.Errorf("marking where callbacks begin: %w", err)
	}
	return nil
}

func (f *callbackFeed) run(ctx context.Context) error {
	v := f.n.reader()
	at, ok := parseMark(v.value(callbackMark))
	v.Close()
	if !ok {
		return errors.New("there is no mark of how far calls were reported")
	}
	f.at = at
	f.marked = f.at.index
	follower := f.n.journal.FollowFrom(f.at.index + 1)
	defer func() { follower.Close() }()
	for {
		select {
		case <-time.After(feedGather):
		case <-ctx.Done():
		}
		changes, err := follower.Next(ctx)
		if errors.Is(err, persistence.ErrLagged) {
			follower.Close()
			if changes, err = f.missed(ctx); err != nil {
				return err
			}
			next := f.at.index + 1
			if len(changes) > 0 {
				next = changes[len(changes)-1].Index + 1
			}
			follower = f.n.journal.FollowFrom(next)
		}
		if err != nil {
			return err
		}
		for i := range changes {
			if err := f.change(ctx, &changes[i]); err != nil {
				return err
			}
		}
		if err := f.maybeMark(ctx); err != nil {
			return err
		}
	}
}

// missed reads what is no longer in memory from the feed, or tells of all calls of the time again.
func (f *callbackFeed) missed(ctx context.Context) (out []machine.Change, err error) {
	err = f.n.journal.Feed(f.at.index+1, f.at.index+feedLot, func(c machine.Change) bool {
		out = append(out, c)
		return true
	})
	if errors.Is(err, machine.ErrTrimmed) {
		return nil, f.recount(ctx)
	}
	return out, err
}

func (f *callbackFeed) recount(ctx context.Context) error {
	v := f.n.reader()
	now := mark{v.Applied(), v.TimeMs()}
	since := f.at.timeMs - recountBefore.Milliseconds()
	var ids []string
	for k := range v.Scan([]byte(b2bua.TimesPrefix)) {
		rest := k[len(b2bua.TimesPrefix):]
		if len(rest) < 8 || int64(^binary.BigEndian.Uint64(rest)) < since || len(ids) == recountMax {
			break
		}
		ids = append(ids, string(rest[8:]))
	}
	v.Close()
	for _, id := range slices.Backward(ids) {
		v := f.n.reader()
		value := bytes.Clone(v.value(b2bua.SummaryPrefix + id))
		v.Close()
		if err := f.summary(ctx, value); err != nil {
			return err
		}
	}
	f.at = now
	return f.mark(ctx)
}

func (f *callbackFeed) change(ctx context.Context, c *machine.Change) error {
	for i := range c.Ops {
		if op := &c.Ops[i]; !op.Delete && strings.HasPrefix(string(op.Key), b2bua.SummaryPrefix) {
			if err := f.summary(ctx, op.Value); err != nil {
				return err
			}
		}
	}
	f.at = mark{c.Index, c.TimeMs}
	return nil
}

// summary reports a call that has ended, if it wants a callback or there is one that it may end.
func (f *callbackFeed) summary(ctx context.Context, value []byte) error {
	s := &cc.CallSummary{}
	if s.UnmarshalVT(value) != nil {
		return nil // whoever shows it has said so
	}
	report := callback.Report(s)
	if report == nil {
		return nil
	}
	if report.Kind == cc.CallbackKind_CALLBACK_KIND_UNKNOWN {
		v := f.n.reader()
		open := v.value(callbackPrefix+callbackID(s.Tenant, s.Caller)) != nil
		v.Close()
		if !open {
			return nil
		}
	}
	if f.reported.IsZero() {
		f.reported = time.Now()
	}
	for {
		err := f.n.askCallback(ctx, s.Tenant, s.Caller, cc.NewCommand(report), true)
		if err == nil {
			f.n.stats.callbacksReported.Add(1)
			return nil
		}
		if code := codeOf(err); ctx.Err() == nil && code != cc.CodeOverloaded && code != cc.CodeUnavailable {
			f.n.stats.callbacksFailed.Add(1)
			f.n.log.Error("a call was not reported to its callback", "call", s.Call, "err", err)
			return nil // asking again would say the same
		}
		select {
		case <-time.After(feedAgain):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *callbackFeed) maybeMark(ctx context.Context) error {
	due := !f.reported.IsZero() && time.Since(f.reported) > markEvery
	if due || f.at.index-f.marked >= markChanges {
		return f.mark(ctx)
	}
	return nil
}

func (f *callbackFeed) mark(ctx context.Context) error {
	f.reported, f.marked = time.Time{}, f.at.index
	return f.n.PutIndex(ctx, callbackMark, f.at.encode())
}
