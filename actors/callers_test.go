package actors_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	cc "github.com/wirechief/wirechief/callcenter"
)

// R7: an offer counts the caller's calls before, those to this tenant alone, and keeps the count with the call.
func TestR7CallsOfTheCallerAreCounted(t *testing.T) {
	f := newFloor(t, 0, func(c *cc.Center) {
		c.Tenants = append(c.Tenants, &cc.Tenant{Id: "south"})
		c.Numbers = append(c.Numbers, &cc.Number{
			E164: "+18005550200", Role: cc.NumberRole_TRACKING, Tenant: "south", Workflow: "main",
		})
		c.Queues[0].Tenants = append(c.Queues[0].Tenants, "south")
	})
	counts := func() (all []string) {
		v := f.n.Journal().View()
		defer v.Close()
		for _, value := range v.Scan([]byte(actors.SummaryPrefix)) {
			s := &cc.CallSummary{}
			require.NoError(t, s.UnmarshalVT(value))
			all = append(all, fmt.Sprintf("%s %s %d", s.Tenant, s.Caller, s.CallerCalls))
		}
		return all
	}
	var want []string
	for _, c := range []struct {
		number, caller, tenant string
		before                 int
	}{
		{testNumber, "+13125550101", "north", 0}, {testNumber, "+13125550101", "north", 1},
		{"+18005550200", "+13125550101", "south", 0}, {testNumber, "+13125550102", "north", 0},
		{testNumber, "+13125550101", "north", 2}, {testNumber, "anonymous", "north", 0}, {testNumber, "anonymous", "north", 0},
	} {
		call := f.callers.Dial(c.number, c.caller)
		defer f.hangUp(call)
		caller := c.caller
		if caller == "anonymous" {
			caller = ""
		}
		want = append(want, fmt.Sprintf("%s %s %d", c.tenant, caller, c.before))
		f.until("on record", func() bool { return len(counts()) == len(want) })
		await(f.ctx, t, call.Answered()) // by the queue: before that there is nothing to hang up
	}
	require.ElementsMatch(t, want, counts())
}
