package api

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/wirechief/wirechief/api/wire"
	"github.com/wirechief/wirechief/persistence"
)

// maxRows bounds the rows one page reads for a filter that little passes: then the page is short, and its cursor goes
// on from there.
const maxRows = 2_000

// listPage is one page of a list that the journal keeps by time, the newest first.
type listPage struct {
	prefix   string // of the list's rows
	limit    int
	from, to time.Time // at or after, before; zero: unbounded
	cursor   string

	readTo int64 // when the oldest row read was, ms; 0: all of the span was read
}

// row is one line of a list.
type row struct {
	ms    int64
	id    string
	value []byte // valid while it is looked at
}

// read hands the rows of the page to take, which says whether the row is shown. It gives the cursor of the next page,
// "" when this was the last.
func (s *Server) read(ctx context.Context, v *persistence.View, p *listPage, take func(row) bool) (next string, err error) {
	start, err := p.start()
	if err != nil {
		return "", err
	}
	shown, rows := 0, 0
	last, lastMs := "", int64(0) // the row before
	for k, value := range v.ScanFrom([]byte(p.prefix), start) {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		r, ok := parseRow(strings.TrimPrefix(string(k), p.prefix))
		if !ok {
			continue
		}
		if !p.from.IsZero() && r.ms < p.from.UnixMilli() {
			break
		}
		if shown == p.limit || rows == maxRows {
			next, p.readTo = base64.RawURLEncoding.EncodeToString([]byte(last)), lastMs
			break
		}
		rows++
		s.stats.listRows.Add(1)
		r.value = value
		if take(r) {
			shown++
		}
		last, lastMs = strings.TrimPrefix(string(k), p.prefix), r.ms
	}
	return next, nil
}

// start is the key the page begins at: after the cursor's, or at the newest that may be shown.
func (p *listPage) start() ([]byte, error) {
	start := []byte(p.prefix)
	if !p.to.IsZero() {
		start = binary.BigEndian.AppendUint64(start, ^uint64(p.to.UnixMilli()-1))
	}
	if p.cursor == "" {
		return start, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.cursor)
	if _, ok := parseRow(string(raw)); err != nil || !ok {
		return nil, wire.Errorf(wire.CodeBadRequest, "this cursor is not one of ours").With("field", "cursor")
	}
	after := append(append([]byte(p.prefix), raw...), 0)
	if string(after) > string(start) {
		start = after
	}
	return start, nil
}

// parseRow reads a row's key without the prefix.
func parseRow(key string) (row, bool) {
	const n = 8
	if len(key) <= n {
		return row{}, false
	}
	return row{ms: int64(^binary.BigEndian.Uint64([]byte(key[:n]))), id: key[n:]}, true
}
