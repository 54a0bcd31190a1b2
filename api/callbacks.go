package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/callback"
	"github.com/wirechief/wirechief/persistence"
)

// maxCallbacks bounds the open callbacks one request reads.
const maxCallbacks = 100_000

type (
	callbacksIn struct {
		Tenant  string `query:"tenant"`
		Number  string `query:"number"`
		Status  string `query:"status" default:"open" enum:"open,ended" doc:"open: somebody still has to call"`
		Claimed string `query:"claimed_by" doc:"- is nobody"`
		Overdue bool   `query:"overdue" doc:"Only those past due"`
		Cold    bool   `query:"cold" doc:"Only those open for 24 h"`
		Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
		Cursor  string `query:"cursor" maxLength:"512"`
	}
	callbacksOut struct {
		Body struct {
			Callbacks []*wire.Callback `json:"callbacks" doc:"Open ones by due time, ended ones newest first"`
			Next      string           `json:"next,omitempty"`
		}
	}
	callbackIn struct {
		Tenant string `path:"tenant" maxLength:"128"`
		Number string `path:"number" maxLength:"64"`
		Body   For
	}
	callbackCloseIn struct {
		Tenant string `path:"tenant" maxLength:"128"`
		Number string `path:"number" maxLength:"64"`
		Body   struct {
			For
			Reason string `json:"reason" maxLength:"256"`
		}
	}
	callbackFiguresIn struct {
		From   time.Time `query:"from" required:"true" doc:"Opened at or after"`
		To     time.Time `query:"to" required:"true" doc:"Opened before"`
		Tenant string    `query:"tenant"`
	}
	callbackFiguresOut struct{ Body CallbackFigures }
)

// CallbackFigures: how callers who got nobody were called back (R54).
type CallbackFigures struct {
	Opened        int64  `json:"opened"`
	Reached       int64  `json:"reached"`
	ReachedInDue  *Ratio `json:"reached_in_due,omitempty" doc:"Reached by due_at / opened"`
	OverdueNow    int64  `json:"overdue_now"`
	ColdNow       int64  `json:"cold_now"`
	MedianMinutes *int64 `json:"median_minutes,omitempty" doc:"From the call's end to reached; the lower one of two in the middle"`
	Truncated     bool   `json:"truncated,omitempty" doc:"There were more than one request reads"`
}

func (s *Server) callbackOps(api huma.API) {
	register(api, auth.CallsRead, http.MethodGet, "/v1/callbacks", "list-callbacks", "Who is to be called back (R54)", s.callbacks)
	register(api, auth.FiguresRead, http.MethodGet, "/v1/callbacks/figures", "get-callback-figures",
		"Share reached in time, overdue now, median minutes (R54)", s.callbackFigures)
	for _, c := range []struct{ path, id, typ, summary string }{
		{"claim", "claim-callback", wire.CmdCallbackClaim, "Claim a callback for 15 min"},
		{"release", "release-callback", wire.CmdCallbackRelease, "Give a claim back"},
		{"attempt", "attempt-callback", wire.CmdCallbackAttempt, "Say that the number was tried by another phone"},
		{"wrong-number", "wrong-number-callback", wire.CmdCallbackWrongNumber, "The number is not the caller's"},
	} {
		register(api, anybody, http.MethodPost, "/v1/callbacks/{tenant}/{number}/"+c.path, c.id, c.summary,
			func(ctx context.Context, in *callbackIn) (*doneOut, error) {
				return s.actOnCallback(ctx, in.Body.Agent, &wire.CallbackCommand{
					CommandHead: wire.CommandHead{Type: c.typ}, Tenant: in.Tenant, Number: in.Number,
				})
			})
	}
	register(api, anybody, http.MethodPost, "/v1/callbacks/{tenant}/{number}/close", "close-callback",
		"Close a callback with a reason", func(ctx context.Context, in *callbackCloseIn) (*doneOut, error) {
			return s.actOnCallback(ctx, in.Body.Agent, &wire.CallbackCommand{
				CommandHead: wire.CommandHead{Type: wire.CmdCallbackClose}, Tenant: in.Tenant, Number: in.Number,
				Reason: in.Body.Reason,
			})
		})
}

func (s *Server) actOnCallback(ctx context.Context, agent string, c wire.Command) (*doneOut, error) {
	p := who(ctx)
	if agent == "" {
		agent = p.Agent
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	return nil, s.acts.Do(ctx, p, agent, "", c)
}

// shows says whether a callback is asked for and may be seen.
func (in *callbacksIn) shows(p *auth.Principal, c *cc.CallbackState, nowMs int64) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	claimed := callback.ClaimedBy(c, nowMs)
	return p.Granted(c.Tenant) && is(in.Tenant, c.Tenant) && is(in.Number, c.Number) &&
		(is(in.Claimed, claimed) || in.Claimed == noKey && claimed == "") &&
		(!in.Overdue || callback.Open(c) && nowMs > c.DueMs) && (!in.Cold || callback.Cold(c, nowMs))
}

func (s *Server) callbacks(ctx context.Context, in *callbacksIn) (*callbacksOut, error) {
	p, now := who(ctx), s.c.Engine.Journal().NowMs()
	v := s.c.Engine.Journal().View()
	defer v.Close()
	out := &callbacksOut{}
	out.Body.Callbacks = []*wire.Callback{}
	if in.Status == "ended" {
		var err error
		out.Body.Next, err = s.read(ctx, v, &listPage{prefix: desk.CallbackEnded, limit: in.Limit, cursor: in.Cursor},
			func(r row) bool {
				c := &cc.CallbackState{}
				if c.UnmarshalVT(r.value) != nil || !in.shows(p, c, now) {
					return false
				}
				out.Body.Callbacks = append(out.Body.Callbacks, wire.NewCallback(c, now))
				return true
			})
		return out, err
	}
	skip := 0
	if in.Cursor != "" {
		var err error
		if skip, err = strconv.Atoi(in.Cursor); err != nil || skip < 0 {
			return nil, wire.Errorf(wire.CodeBadRequest, "this cursor is not one of ours").With("field", "cursor")
		}
	}
	open, _ := openCallbacks(v, func(c *cc.CallbackState) bool { return in.shows(p, c, now) })
	slices.SortStableFunc(open, func(a, b *cc.CallbackState) int { return cmp.Compare(a.DueMs, b.DueMs) })
	for i, c := range open {
		if i >= skip+in.Limit {
			out.Body.Next = strconv.Itoa(i)
			break
		}
		if i >= skip {
			out.Body.Callbacks = append(out.Body.Callbacks, wire.NewCallback(c, now))
		}
	}
	return out, nil
}

// openCallbacks reads all that are open; whole is false when there are more than one request reads.
func openCallbacks(v *persistence.View, keep func(*cc.CallbackState) bool) (out []*cc.CallbackState, whole bool) {
	rows := 0
	for _, value := range v.Scan([]byte(desk.CallbackPrefix)) {
		if rows++; rows > maxCallbacks {
			return out, false
		}
		c := &cc.CallbackState{}
		if c.UnmarshalVT(value) == nil && keep(c) {
			out = append(out, c)
		}
	}
	return out, true
}

// callbackFigures counts what was opened in the span: what is open, and what has ended since.
func (s *Server) callbackFigures(ctx context.Context, in *callbackFiguresIn) (*callbackFiguresOut, error) {
	p, now := who(ctx), s.c.Engine.Journal().NowMs()
	v := s.c.Engine.Journal().View()
	defer v.Close()
	var f callback.Figures
	keep := func(c *cc.CallbackState) bool {
		return p.Granted(c.Tenant) && (in.Tenant == "" || in.Tenant == c.Tenant) &&
			c.OpenedMs >= in.From.UnixMilli() && c.OpenedMs < in.To.UnixMilli()
	}
	open, whole := openCallbacks(v, keep)
	for _, c := range open {
		f.Add(c, now)
	}
	rows := 0
	for k, value := range v.Scan([]byte(desk.CallbackEnded)) {
		r, ok := parseRow(string(k[len(desk.CallbackEnded):]))
		if !ok || r.ms < in.From.UnixMilli() {
			break
		}
		if rows++; rows > maxCallbacks {
			whole = false
			break
		}
		c := &cc.CallbackState{}
		if c.UnmarshalVT(value) == nil && keep(c) {
			f.Add(c, now)
		}
	}
	out := CallbackFigures{
		Opened: f.Opened, Reached: f.Reached, OverdueNow: f.OverdueNow, ColdNow: f.ColdNow, Truncated: !whole,
	}
	if f.Opened > 0 {
		out.ReachedInDue = &Ratio{f.ReachedInDue, f.Opened, float64(f.ReachedInDue) / float64(f.Opened)}
	}
	if m, ok := f.Median(); ok {
		out.MedianMinutes = &m
	}
	return &callbackFiguresOut{out}, nil
}
