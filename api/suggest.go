package api

import (
	"context"

	"github.com/wirechief/wirechief/api/lookup"
	cc "github.com/wirechief/wirechief/callcenter"
)

// suggestTo tells a call who its caller may be (R10); what becomes of it is the call's to decide.
func suggestTo(e Engine) lookup.Suggest {
	return func(ctx context.Context, call, _ string, refs []lookup.Ref) error {
		m := &cc.CustomerSuggested{}
		for _, r := range refs {
			m.Customers = append(m.Customers, &cc.CustomerRef{Id: r.Customer, Name: r.Name, Location: r.Location})
		}
		return e.AskCall(ctx, call, m)
	}
}
