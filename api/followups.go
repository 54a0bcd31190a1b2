package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	cc "github.com/wirechief/wirechief/callcenter"
)

// followUpsIn asks for one day's follow-ups (R90): calls whose lead is to be called again that day.
type followUpsIn struct {
	Date   string `query:"date" required:"true" format:"date" doc:"In the tenant's time zone"`
	Tenant string `query:"tenant"`
	Owner  string `query:"owner"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
	Cursor string `query:"cursor" maxLength:"256"`
}

func (s *Server) followUpOps(api huma.API) {
	register(api, auth.CallsRead, http.MethodGet, "/v1/followups", "list-follow-ups",
		"Calls to be followed up on a day (R90), newest call first", s.followUps)
}

// followUps are a filter over the calls: the date stands on the call.
func (s *Server) followUps(ctx context.Context, in *followUpsIn) (*callsOut, error) {
	return s.calls(ctx, &callsIn{
		FollowUp: in.Date, Tenant: in.Tenant, Owner: in.Owner, Limit: in.Limit, Cursor: in.Cursor,
	})
}

// followUpOn is the day, as 2026-03-02, that a call is to be followed up on, "" for none or when it is done. The summary
// has no such field yet: nothing passes.
func followUpOn(*cc.CallSummary) string { return "" }

// tagsOf are the free words on a call (R55). The summary has none yet.
func tagsOf(*cc.CallSummary) []string { return nil }
