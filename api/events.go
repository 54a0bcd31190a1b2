package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/feed"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Bounds of the event feed.
const (
	maxEventReaders  = 256 // connected at a time
	maxReadersEach   = 16  // of one person
	maxEventWait     = 60 * time.Second
	eventWriteWithin = 5 * time.Second // a reader who takes longer is dropped
	eventScanWithin  = 2 * time.Second // to look for events of one who does not wait
	heartbeatEvery   = 15 * time.Second
	eventStream      = "text/event-stream"
)

type eventsIn struct {
	After       string   `query:"after" maxLength:"20" doc:"seq to go on from: what came after it follows; 0 is the beginning of what is kept; left out: from now on"`
	WaitMs      int64    `query:"wait_ms" minimum:"0" maximum:"60000" default:"0" doc:"How long to wait for the first event (long poll)"`
	Limit       int      `query:"limit" default:"200" minimum:"1" maximum:"1000" doc:"Events of one answer; those of one change stay together"`
	Types       []string `query:"types" maxItems:"64" doc:"Types, or groups as call.*, by commas; all when left out"`
	Tenant      string   `query:"tenant" maxLength:"64" doc:"Only of this tenant"`
	Accept      string   `header:"Accept" doc:"text/event-stream for a stream"`
	LastEventID string   `header:"Last-Event-ID" doc:"As after, by clients of event streams that connect again" maxLength:"20"`
}

// EventPage is an answer of the event feed.
type EventPage struct {
	Events []json.RawMessage `json:"events" doc:"In order; their schemas are in asyncapi.yaml"`
	Next   uint64            `json:"next" doc:"after of the next request; it moves on even when nothing was for you"`
}

func (s *Server) eventOps(api huma.API) {
	op := operation(auth.EventsRead, http.MethodGet, "/v1/events", "read-events",
		"Public events from any place on: long poll, or a stream with Accept: text/event-stream")
	op.Errors = append(op.Errors, http.StatusGone)
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Events in order",
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeFor[EventPage]())},
			eventStream: {Schema: &huma.Schema{
				Type:        huma.TypeString,
				Description: "id is the seq to resume from, on the last event of a change only; data is the event",
			}},
		},
	}}
	huma.Register(api, op, handler(s.events))
}

// eventFilter is what the person may have of what they ask for.
func eventFilter(p *auth.Principal, in *eventsIn) (*feed.Filter, error) {
	f := &feed.Filter{Tenants: p.Tenants, Types: in.Types}
	if in.Tenant != "" {
		if !p.Granted(in.Tenant) {
			return nil, wire.Errorf(wire.CodeForbidden, "%.64q is not one of your tenants", in.Tenant)
		}
		f.Tenants = []string{in.Tenant}
	}
	for _, t := range in.Types {
		if !slices.ContainsFunc(cc.PublicEvents(), func(e string) bool { return cc.EventMatches(t, e) }) {
			return nil, wire.Errorf(wire.CodeBadRequest, "there is no type of event %.64q", t).With("field", "types")
		}
	}
	return f, nil
}

func (s *Server) events(ctx context.Context, in *eventsIn) (*huma.StreamResponse, error) {
	p := who(ctx)
	f, err := eventFilter(p, in)
	if err != nil {
		return nil, err
	}
	if !s.gate.Enter(p.Agent) {
		s.feed.Stats.Turned.Add(1)
		return nil, wire.Errorf(cc.CodeOverloaded, "at most %d readers of events, %d of one person", maxEventReaders, maxReadersEach)
	}
	r, err := s.eventReader(in)
	if err != nil {
		s.gate.Leave(p.Agent)
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer s.gate.Leave(p.Agent)
		defer r.Close()
		req, w := humago.Unwrap(c)
		if wantsStream(in.Accept) {
			s.stream(req.Context(), w, p, in, f, r)
			return
		}
		s.poll(req.Context(), w, p, in, f, r)
	}}, nil
}

func wantsStream(accept string) bool {
	return slices.ContainsFunc(strings.Split(accept, ","), func(a string) bool {
		kind, _, _ := strings.Cut(a, ";")
		return strings.TrimSpace(kind) == eventStream
	})
}

// eventReader begins where the client left: Last-Event-ID is newer than what stands in the URL it connects again to.
func (s *Server) eventReader(in *eventsIn) (*feed.Reader, error) {
	at := in.After
	if in.LastEventID != "" {
		at = in.LastEventID
	}
	if at == "" {
		return s.feed.FromNow(), nil
	}
	after, err := feed.ParseAfter(at)
	if err != nil {
		return nil, err
	}
	r, err := s.feed.From(after)
	return r, eventError(err)
}

func eventError(err error) error {
	if old, ok := errors.AsType[*feed.TooOldError](err); ok {
		return wire.Errorf(wire.CodeTooOld, "what came after that is not kept any more, the first seq is %d", old.First).
			With("first", strconv.FormatUint(old.First, 10))
	}
	switch {
	case errors.Is(err, feed.ErrAhead):
		return wire.Errorf(wire.CodeBadRequest, "the journal has not come to this seq").With("field", "after")
	case errors.Is(err, feed.ErrClosed):
		return wire.Errorf(cc.CodeUnavailable, "the node stops")
	}
	return err
}

func (s *Server) poll(
	ctx context.Context, w http.ResponseWriter, p *auth.Principal, in *eventsIn, f *feed.Filter, r *feed.Reader,
) {
	within := min(time.Duration(in.WaitMs)*time.Millisecond, maxEventWait)
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{}) // it would end the request's context
	_ = c.SetWriteDeadline(time.Now().Add(within + eventScanWithin + eventWriteWithin))
	bound := within
	if bound == 0 {
		bound = eventScanWithin
	}
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	from, dir := r.Pos(), s.c.Engine.Directory()
	page, err := r.ReadPage(ctx, f, in.Limit, within > 0)
	if err == nil && s.c.Engine.Directory() != dir { // the grants may be others than when it began to wait
		if p, err = s.auth.Renew(p); err == nil {
			f, err = eventFilter(p, in)
		}
		if err == nil {
			page.Items = slices.DeleteFunc(page.Items, func(it *feed.Item) bool { return !f.Passes(it) })
		} else {
			err = wire.Errorf(wire.CodeUnauthorized, "the token is not valid")
		}
	}
	if err != nil {
		writeError(w, wire.FromError(eventError(err)))
		return
	}
	out := EventPage{Events: []json.RawMessage{}, Next: page.Next}
	feed.Frames(page.Items, from, func(_ *feed.Item, frame []byte, _ bool) {
		out.Events = append(out.Events, slices.Clone(frame))
	})
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(&out); err != nil {
		s.feed.Stats.Dropped.Add(1)
		return
	}
	s.feed.Stats.Sent.Add(uint64(len(page.Items)))
}

// sse is one connected event stream.
type sse struct {
	w    http.ResponseWriter
	c    *http.ResponseController
	buf  bytes.Buffer
	prev uint64 // seq of the last event sent, or the place resumed from
	id   uint64 // the last id sent
}

// flush sends what was gathered; an error is a reader who is gone or too slow.
func (e *sse) flush() error {
	_ = e.c.SetWriteDeadline(time.Now().Add(eventWriteWithin))
	if _, err := e.w.Write(e.buf.Bytes()); err != nil {
		return err
	}
	e.buf.Reset()
	return e.c.Flush()
}

func (e *sse) put(items []*feed.Item) {
	feed.Frames(items, e.prev, func(it *feed.Item, frame []byte, last bool) {
		if last { // resuming by it must not skip the rest of its change
			_, _ = fmt.Fprintf(&e.buf, "id: %d\n", it.Seq)
			e.prev, e.id = it.Seq, it.Seq
		}
		_, _ = fmt.Fprintf(&e.buf, "event: %s\ndata: %s\n\n", it.Type, frame)
	})
}

// beat shows that the connection lives, and lets the client's place move on when nothing was for it.
func (e *sse) beat(pos uint64) {
	if pos > e.id {
		e.id = pos
		_, _ = fmt.Fprintf(&e.buf, "id: %d\n\n", pos)
		return
	}
	e.buf.WriteString(":\n\n")
}

// stream sends events until the client or its sign-in goes, or it is too slow: it comes back with the last id.
func (s *Server) stream(
	ctx context.Context, w http.ResponseWriter, p *auth.Principal, in *eventsIn, f *feed.Filter, r *feed.Reader,
) {
	e := &sse{w: w, c: http.NewResponseController(w), prev: r.Pos(), id: r.Pos()}
	_ = e.c.SetReadDeadline(time.Time{}) // it would end the request's context
	w.Header().Set("Content-Type", eventStream)
	w.Header().Set("X-Accel-Buffering", "no")
	_, _ = fmt.Fprintf(&e.buf, "retry: 2000\nid: %d\n\n", e.id)
	err := e.flush()
	dir := s.c.Engine.Directory()
	ctx, cancel := context.WithDeadline(ctx, s.tokenEnd(p))
	defer cancel()
	for err == nil {
		wait, stop := context.WithTimeout(ctx, heartbeatEvery)
		var page feed.Page
		page, err = r.ReadPage(wait, f, maxStreamed, true)
		stop()
		if err != nil || ctx.Err() != nil {
			return // the client, its sign-in, or the node
		}
		if now := s.c.Engine.Directory(); now != dir || len(page.Items) == 0 {
			dir = now
			if p, err = s.auth.Renew(p); err != nil || !p.Can(auth.EventsRead) {
				return
			}
			if f, err = eventFilter(p, in); err != nil {
				return
			}
			page.Items = slices.DeleteFunc(page.Items, func(it *feed.Item) bool { return !f.Passes(it) })
		}
		if len(page.Items) == 0 {
			e.beat(page.Next)
		}
		e.put(page.Items)
		if err = e.flush(); err != nil && ctx.Err() == nil {
			s.feed.Stats.Dropped.Add(1)
			s.log.Info("a reader of events was dropped", "agent", p.Agent, "err", err)
			return
		}
		s.feed.Stats.Sent.Add(uint64(len(page.Items)))
	}
}

// maxStreamed bounds the events of one write to a stream.
const maxStreamed = 128

// tokenEnd is when the access token ends, by the wall clock.
func (s *Server) tokenEnd(p *auth.Principal) time.Time {
	return time.Now().Add(time.UnixMilli(p.UntilMs).Sub(s.c.Now()))
}
