package api

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/wirechief/wirechief/api/wire"
)

// mark is where a page of a list ended: time of the last item, then its id.
type mark struct {
	ms int64
	id string
}

func (m mark) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(m.ms, 10) + "/" + m.id))
}

func parseMark(s string) (m mark, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	ms, id, ok := strings.Cut(string(raw), "/")
	if err == nil && ok {
		m.id = id
		m.ms, err = strconv.ParseInt(ms, 10, 64)
	}
	if err != nil || !ok {
		return m, wire.Errorf(wire.CodeBadRequest, "this cursor is not one of ours").With("field", "cursor")
	}
	return m, nil
}

// before: m is listed before o, newest first.
func (m mark) before(o mark) bool { return m.ms > o.ms || m.ms == o.ms && m.id > o.id }

// newest collects the newest items after a cursor while a whole index is read; it never holds more than a few pages.
type newest[T any] struct {
	limit int
	after *mark
	items []ranked[T]
}

type ranked[T any] struct {
	at   mark
	item T
}

func newNewest[T any](limit int, cursor string) (*newest[T], error) {
	n := &newest[T]{limit: limit}
	if cursor == "" {
		return n, nil
	}
	m, err := parseMark(cursor)
	n.after = &m
	return n, err
}

func (n *newest[T]) add(at mark, item T) {
	if n.after != nil && !n.after.before(at) {
		return
	}
	n.items = append(n.items, ranked[T]{at, item})
	if len(n.items) > 4*(n.limit+1) {
		n.trim()
	}
}

func (n *newest[T]) trim() {
	slices.SortFunc(n.items, func(a, b ranked[T]) int {
		if a.at.before(b.at) {
			return -1
		}
		return 1
	})
	n.items = n.items[:min(len(n.items), n.limit+1)]
}

// page gives the items and the cursor of the next page, "" when this was the last.
func (n *newest[T]) page() (items []T, next string) {
	n.trim()
	more := len(n.items) > n.limit
	if more {
		n.items = n.items[:n.limit]
		next = n.items[n.limit-1].at.String()
	}
	items = make([]T, len(n.items))
	for i := range n.items {
		items[i] = n.items[i].item
	}
	return items, next
}
