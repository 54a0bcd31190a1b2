package hooks

import (
	"encoding/json"

	"github.com/wirechief/wirechief/api/feed"
)

// maxBytes bounds the body of a POST, but for the rest of a change whose beginning fits.
const maxBytes = 512 << 10

// Body is what is posted.
type Body struct {
	Webhook string            `json:"webhook"`
	Prev    uint64            `json:"prev" doc:"seq of the last event posted before these, or where the webhook began"`
	Lost    *Lost             `json:"lost,omitempty" doc:"Events that were no longer kept when the webhook came back"`
	Events  []json.RawMessage `json:"events"`
}

// Lost is a stretch of events that cannot be posted any more.
type Lost struct {
	After uint64 `json:"after"`
	Until uint64 `json:"until"`
}

// batch is one POST, the same whenever it is repeated.
type batch struct {
	body        []byte
	ids         string // of the first and the last event
	first, last uint64 // seqs
	firstMs     int64
	next        uint64 // the place once it is taken
	count       int
}

// newBatch makes a batch of a page, cut to its limit in bytes at the end of a change.
func newBatch(id string, place *Place, page feed.Page) *batch {
	out := Body{Webhook: id, Prev: place.Last}
	if place.LostFrom != 0 {
		out.Lost = &Lost{After: place.LostFrom, Until: place.Position}
	}
	b := &batch{next: page.Next}
	size, full := 0, false
	feed.Frames(page.Items, place.Last, func(it *feed.Item, frame []byte, last bool) {
		if full {
			return
		}
		out.Events = append(out.Events, append(json.RawMessage(nil), frame...))
		size += len(frame)
		b.last = it.Seq
		if full = last && size >= maxBytes; full && it != page.Items[len(page.Items)-1] {
			b.next = it.Seq
		}
	})
	b.count = len(out.Events)
	b.first, b.firstMs = page.Items[0].Seq, page.Items[0].AtMs
	b.ids = page.Items[0].ID() + " " + page.Items[b.count-1].ID()
	body, err := json.Marshal(&out)
	if err != nil {
		panic("hooks: events that cannot be encoded: " + err.Error()) //nolint:forbidigo // they are JSON
	}
	b.body = body
	return b
}
