package feed

import (
	"context"
	"errors"
	"strconv"

	"github.com/wirechief/wirechief/api/wire"
)

// Page is a stretch of the feed for one reader.
type Page struct {
	Items []*Item
	Next  uint64 // the place to go on from
}

// ReadPage gives what passes the filter, whole changes, at least one event or none at the end of ctx. It takes no more
// than fills the limit, but for the rest of the last change. wait false: it does not wait.
func (r *Reader) ReadPage(ctx context.Context, f *Filter, limit int, wait bool) (Page, error) {
	p := Page{Next: r.pos}
	for {
		items, more, err := r.advance(ctx, wait && len(p.Items) == 0)
		if errors.Is(err, context.DeadlineExceeded) {
			return p, nil
		}
		if err != nil {
			return p, err
		}
		for _, it := range items {
			if !f.Passes(it) {
				continue
			}
			if n := len(p.Items); n >= limit && p.Items[n-1].Seq != it.Seq {
				p.Next = p.Items[n-1].Seq
				r.pos = p.Next
				return p, nil
			}
			p.Items = append(p.Items, it)
		}
		p.Next = r.pos
		if !more || len(p.Items) >= limit {
			return p, nil
		}
		if err := ctx.Err(); err != nil && len(p.Items) == 0 && !errors.Is(err, context.DeadlineExceeded) {
			return p, err
		} else if err != nil {
			return p, nil //nolint:nilerr // what was found by the deadline
		}
	}
}

func (r *Reader) advance(ctx context.Context, wait bool) ([]*Item, bool, error) {
	if !wait {
		return r.Poll()
	}
	items, err := r.Next(ctx)
	return items, err == nil, err
}

// ParseAfter reads a place: the seq of an event, in decimal digits.
func ParseAfter(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 63) // a JSON number somewhere on the way may not hold more
	if err != nil || len(s) > 1 && s[0] == '0' || s[0] == '+' {
		return 0, wire.Errorf(wire.CodeBadRequest, "after is the seq of an event, a whole number")
	}
	return n, nil
}

// Frames appends the events as JSON, each with its prev, by calling put for each; prev is the place before the first.
func Frames(items []*Item, prev uint64, put func(it *Item, frame []byte, last bool)) {
	var buf []byte
	for i, it := range items {
		buf = wire.Splice(buf[:0], it.Frame(), prev)
		put(it, buf, i+1 == len(items) || items[i+1].Seq != it.Seq)
		prev = it.Seq
	}
}
