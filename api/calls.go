package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// CallPage is one page of calls, newest first. It may have fewer than the limit, even none, and still a next one: where
// little passes the filter.
type CallPage struct {
	Calls []*wire.Call `json:"calls"`
	Next  string       `json:"next,omitempty" doc:"Cursor of the next page"`
	// The list is read as far back as this: what little passes the filter may be further.
	ReadTo wire.Time `json:"read_to,omitempty" format:"date-time" doc:"All calls that arrived after this were looked at"`
}

type (
	callsOut struct{ Body CallPage }
	callIn   struct {
		ID string `path:"id" maxLength:"128"`
	}
	callOut     struct{ Body *wire.Call }
	timelineOut struct{ Body Timeline }
)

func (s *Server) callOps(api huma.API) {
	register(api, auth.CallsRead, http.MethodGet, "/v1/calls", "list-calls", "Calls, newest first", s.calls)
	register(api, auth.CallsRead, http.MethodGet, "/v1/calls/{id}", "get-call", "One call", s.call)
	register(api, auth.CallsRead, http.MethodGet, "/v1/calls/{id}/timeline", "get-call-timeline",
		"The whole history of a call, every record in order", s.timeline)
}

func (s *Server) calls(ctx context.Context, in *callsIn) (*callsOut, error) {
	me, dir := viewer(who(ctx)), s.c.Engine.Directory()
	v := s.c.Engine.Journal().View()
	defer v.Close()
	out := &callsOut{CallPage{Calls: []*wire.Call{}}}
	in.Number, in.Caller = spelled(in.Number, dir), spelled(in.Caller, dir)
	passes, err := in.filter()
	if err != nil {
		return nil, err
	}
	p := &listPage{prefix: desk.CallTimes, limit: in.Limit, from: in.From, to: in.To, cursor: in.Cursor}
	out.Body.Next, err = s.read(ctx, v, p, func(r row) bool {
		tenant := string(r.value)
		if tenant != "" && (in.Tenant != "" && tenant != in.Tenant || !slices.Contains(me.Tenants, tenant)) {
			return false // without reading the call
		}
		c := desk.Summary(v, r.id)
		if c == nil || !passes(c) || !desk.MayRead(me, c) {
			return false
		}
		out.Body.Calls = append(out.Body.Calls, wire.NewCall(c, dir))
		return true
	})
	if err != nil {
		return nil, err
	}
	out.Body.ReadTo = wire.At(p.readTo)
	return out, nil
}

func (s *Server) call(ctx context.Context, in *callIn) (*callOut, error) {
	c, err := s.readable(who(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &callOut{wire.NewCall(c, s.c.Engine.Directory())}, nil
}

// Timeline is everything that was decided about a call.
type Timeline struct {
	Call      *wire.Call       `json:"call"`
	Records   []TimelineRecord `json:"records"`
	Truncated bool             `json:"truncated,omitempty" doc:"There are more records than are shown"`
}

// TimelineRecord is one decision: what was asked and what came of it.
type TimelineRecord struct {
	Version       uint64         `json:"version" doc:"Place in the call's history, from 1"`
	Seq           uint64         `json:"seq" doc:"Index in the journal, as the WebSocket's seq"`
	At            wire.Time      `json:"at" format:"date-time"`
	RulesVersion  uint32         `json:"rules_version"`
	ConfigVersion uint64         `json:"config_version"`
	Command       TimelineItem   `json:"command"`
	Events        []TimelineItem `json:"events"`
	Legs          []TimelineLeg  `json:"legs,omitempty" doc:"Legs whose signalling state changed"`
}

// TimelineItem is a command or event by its name, with the fields that are set.
type TimelineItem struct {
	Type   string         `json:"type"`
	Fields map[string]any `json:"fields"`
}

// TimelineLeg says that the signalling state of a leg changed.
type TimelineLeg struct {
	Leg   string `json:"leg"`
	Bytes int    `json:"bytes"`
	Gone  bool   `json:"gone,omitempty"`
	Media string `json:"media,omitempty"`
}

// maxTimeline bounds one answer.
const maxTimeline = 10_000

func (s *Server) timeline(ctx context.Context, in *callIn) (*timelineOut, error) {
	c, err := s.readable(who(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := Timeline{Call: wire.NewCall(c, s.c.Engine.Directory()), Records: []TimelineRecord{}}
	v := s.c.Engine.Journal().View()
	defer v.Close()
	for r := range v.Records(desk.CallStreams+in.ID, 1) {
		if len(out.Records) >= maxTimeline {
			out.Truncated = true
			break
		}
		rec := &cc.Record{}
		if err := rec.UnmarshalVT(r.Data); err != nil {
			return nil, err
		}
		out.Records = append(out.Records, timelineRecord(r.Version, r.Index, rec))
	}
	if v.Aside(desk.CallStreams+in.ID) != nil {
		return nil, wire.Errorf(cc.CodeUnreadable, "the journal of call %s cannot be read", in.ID)
	}
	return &timelineOut{out}, nil
}

func timelineRecord(version, index uint64, rec *cc.Record) TimelineRecord {
	out := TimelineRecord{
		Version: version, Seq: index, At: wire.At(rec.NowMs), RulesVersion: rec.RulesVersion,
		ConfigVersion: rec.ConfigVersion, Events: make([]TimelineItem, len(rec.Events)),
	}
	if rec.Command != nil {
		out.Command.Type, out.Command.Fields = wire.Body(rec.Command.ProtoReflect())
	}
	for i, e := range rec.Events {
		out.Events[i].Type, out.Events[i].Fields = wire.Body(e.ProtoReflect())
	}
	for _, l := range rec.Legs {
		out.Legs = append(out.Legs, TimelineLeg{l.Leg, len(l.Data), l.Gone, l.Media})
	}
	return out
}
