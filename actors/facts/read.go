package facts

import (
	"context"
	"encoding/binary"
	"errors"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/figures"
	"github.com/wirechief/wirechief/persistence"
)

// MaxRead bounds the rows one question reads.
const MaxRead = 2_000_000

// Errors of Read.
var (
	ErrNotReady = errors.New("the facts are being made from the journal")
	ErrTooMany  = errors.New("too many facts for one question")
)

// Taker adds facts up; *figures.Table is one.
type Taker interface {
	AddCall(c *cc.CallFacts)
	AddWrap(w *cc.WrapFact, call *cc.CallFacts)
	AddQuarter(q *cc.AgentQuarter)
}

var _ Taker = (*figures.Table)(nil)

// Read hands out every fact that starts in the span, and with a call all else of it. What runs is as it stands at nowMs.
func (p *Projection) Read(ctx context.Context, fromMs, toMs, nowMs int64, t Taker) error {
	p.mu.Lock()
	ready := p.ready
	p.mu.Unlock()
	if !ready {
		return ErrNotReady
	}
	r := reader{ctx: ctx, v: p.space.View(), from: figures.Quarter(fromMs), to: toMs, now: nowMs, t: t}
	defer r.v.Close()
	for _, part := range []func() error{r.calls, r.wraps, r.quarters, r.open} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

type reader struct {
	ctx           context.Context //nolint:containedctx // of one call
	v             *persistence.DerivedView
	from, to, now int64
	rows          int
	t             Taker
}

// each calls fn for the rows of a kind whose time is in the span.
func (r *reader) each(kind byte, fn func(ms int64, id string, value []byte) error) error {
	var fault error
	err := r.v.Scan(timeKey(kind, r.from, ""), timeKey(kind, r.to, ""), func(k, value []byte) bool {
		if fault = r.spend(); fault != nil || len(k) < timedKeyLen {
			return fault == nil
		}
		fault = fn(int64(binary.BigEndian.Uint64(k[1:])), string(k[timedKeyLen:]), value)
		return fault == nil
	})
	if fault != nil {
		return fault
	}
	return err
}

func (r *reader) spend() error {
	r.rows++
	if r.rows > MaxRead {
		return ErrTooMany
	}
	if r.rows%1024 == 0 {
		return r.ctx.Err()
	}
	return nil
}

func (r *reader) call(id string) (*cc.CallFacts, error) {
	b, err := r.v.Get(idKey(rowCall, id))
	if err != nil || b == nil {
		return nil, err
	}
	c := &cc.CallFacts{}
	return c, c.UnmarshalVT(b)
}

func (r *reader) calls() error {
	return r.each(rowQuarter, func(quarter int64, id string, _ []byte) error {
		c, err := r.call(id)
		if err != nil || c == nil {
			return err
		}
		for _, q := range figures.Quarters(c) {
			if q >= r.from && q < quarter {
				return nil // given with that one
			}
		}
		r.t.AddCall(c)
		return nil
	})
}

func (r *reader) wraps() error {
	return r.each(rowWrap, func(_ int64, _ string, value []byte) error {
		w := &cc.WrapFact{}
		if err := w.UnmarshalVT(value); err != nil {
			return err
		}
		return r.wrap(w)
	})
}

func (r *reader) wrap(w *cc.WrapFact) error {
	c, err := r.call(w.Call)
	if err == nil {
		r.t.AddWrap(w, c)
	}
	return err
}

func (r *reader) quarters() error {
	return r.each(rowTime, func(_ int64, _ string, value []byte) error {
		q := &cc.AgentQuarter{}
		err := q.UnmarshalVT(value)
		if err == nil {
			r.t.AddQuarter(q)
		}
		return err
	})
}

// open adds what runs.
func (r *reader) open() error {
	var fault error
	err := r.v.Scan([]byte{rowAgent}, []byte{rowAgent + 1}, func(_, value []byte) bool {
		a := &cc.AgentFacts{}
		if fault = errors.Join(r.spend(), a.UnmarshalVT(value)); fault != nil {
			return false
		}
		now := figures.Open(a, r.now)
		for _, q := range now.Quarters {
			if q.StartMs >= r.from && q.StartMs < r.to {
				r.t.AddQuarter(q)
			}
		}
		for _, w := range now.Wraps {
			if w.FromMs >= r.from && w.FromMs < r.to && fault == nil {
				fault = r.wrap(w)
			}
		}
		return fault == nil
	})
	if fault != nil {
		return fault
	}
	return err
}

// Call gives the facts of one call, nil when there are none.
func (p *Projection) Call(id string) (*cc.CallFacts, error) {
	r := reader{v: p.space.View()}
	defer r.v.Close()
	return r.call(id)
}
