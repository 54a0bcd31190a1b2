package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

type callsIn struct {
	Tenant string `query:"tenant"`
	Queue  string `query:"queue"`
	Agent  string `query:"agent" doc:"On the call, or its owner"`
	Number string `query:"number"`
	Caller string `query:"caller"`
	Class  string `query:"class" doc:"As first seen"`
	Kind   string `query:"kind" enum:"call,manual"`
	// R55: the rest of what calls are found by.
	Corrected  string    `query:"corrected" doc:"Class as corrected; as seen where nobody corrected it (R52)"`
	Owner      string    `query:"owner" doc:"As first seen"`
	Campaign   string    `query:"campaign"`
	Customer   string    `query:"customer"`
	Location   string    `query:"location"`
	Job        string    `query:"job"`
	Reason     string    `query:"reason"`
	Tag        string    `query:"tag"`
	Direction  string    `query:"direction" enum:"inbound,outbound,internal"`
	Link       string    `query:"link" enum:"none,customer,location,job,booked"`
	FollowUpOn string    `query:"follow_up_on" doc:"YYYY-MM-DD"`
	Recorded   string    `query:"recorded" enum:"yes,no"`
	Owes       bool      `query:"owes_reason" doc:"Over, not closed, and closing needs a reason"`
	Callback   bool      `query:"needs_callback" doc:"Marked by a person"`
	MinTalkMs  int64     `query:"min_talk_ms" minimum:"0"`
	MaxTalkMs  int64     `query:"max_talk_ms" minimum:"0" doc:"0: no limit"`
	Phase      string    `query:"phase" enum:"arrived,waiting,offered,bridged,ended"`
	From       time.Time `query:"from" doc:"Arrived at or after"`
	To         time.Time `query:"to" doc:"Arrived before"`
	Limit      int       `query:"limit" default:"50" minimum:"1" maximum:"200"`
	Cursor     string    `query:"cursor" maxLength:"256"`
}

// CallPage is one page of calls, newest first. It may have fewer than the limit, even none, and still a next one: where
// little passes the filter.
type CallPage struct {
	Calls []*wire.Call `json:"calls"`
	Next  string       `json:"next,omitempty" doc:"Cursor of the next page"`
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

func (in *callsIn) matches(c *cc.CallSummary) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(in.Tenant, c.Tenant) && is(in.Queue, c.Queue) && is(in.Number, c.Number) && is(in.Caller, c.Caller) &&
		(in.Agent == "" || in.Agent == c.Agent || in.Agent == c.Owner) &&
		is(in.Class, wire.Class(c.Class)) && is(in.Phase, wire.Phase(c.Phase)) && in.matchesDesk(c)
}

// matchesDesk: what people made of the call (R55).
func (in *callsIn) matchesDesk(c *cc.CallSummary) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	either := func(want, yes string, have bool) bool { return want == "" || (want == yes) == have }
	corrected := c.Class
	if c.CorrectedClass != cc.Class_CLASS_UNKNOWN {
		corrected = c.CorrectedClass
	}
	direction := c.Direction
	if direction == cc.Direction_DIRECTION_UNKNOWN {
		direction = cc.Direction_INBOUND
	}
	return is(in.Corrected, wire.Class(corrected)) && is(in.Owner, c.Owner) && is(in.Campaign, c.Campaign) &&
		is(in.Customer, c.Customer) && is(in.Location, c.Location) && is(in.Reason, c.Reason) &&
		(in.Job == "" || in.Job == c.Job || slices.Contains(c.AlsoBooked, in.Job)) &&
		(in.Tag == "" || slices.Contains(c.Tags, in.Tag)) &&
		(in.Direction == "" || in.Direction == strings.ToLower(direction.String())) &&
		is(in.Link, wire.LinkLevel(c.Link)) && is(in.FollowUpOn, c.FollowUp.GetOn()) &&
		either(in.Kind, "manual", c.Kind == cc.BubbleKind_BUBBLE_MANUAL) &&
		either(in.Recorded, "yes", c.Recording != "") && (!in.Owes || c.OwesReason) &&
		(!in.Callback || c.NeedsCallback) && c.TalkMs >= in.MinTalkMs &&
		(in.MaxTalkMs == 0 || c.TalkMs <= in.MaxTalkMs)
}

func (s *Server) calls(ctx context.Context, in *callsIn) (*callsOut, error) {
	me, dir := viewer(who(ctx)), s.c.Engine.Directory()
	v := s.c.Engine.Journal().View()
	defer v.Close()
	out := &callsOut{CallPage{Calls: []*wire.Call{}}}
	p := listPage{prefix: desk.CallTimes, limit: in.Limit, from: in.From, to: in.To, cursor: in.Cursor}
	var err error
	out.Body.Next, err = s.read(ctx, v, p, func(r row) bool {
		tenant := string(r.value)
		if tenant != "" && (in.Tenant != "" && tenant != in.Tenant || !slices.Contains(me.Tenants, tenant)) {
			return false // without reading the call
		}
		c := desk.Summary(v, r.id)
		if c == nil || !in.matches(c) || !desk.MayRead(me, c) {
			return false
		}
		out.Body.Calls = append(out.Body.Calls, wire.NewCall(c, dir))
		return true
	})
	if err != nil {
		return nil, err
	}
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
