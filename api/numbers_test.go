package api_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
)

// R1: any number in any spelling, what it stamps, since when, when it was last called; one that is not ours is said so.
func TestR1NumbersAreFound(t *testing.T) {
	w := newWorld(t, nil)
	type line struct {
		Number, Role, Tenant, Campaign, Workflow, Since, From, Until string
		Last                                                         string `json:"last_call_at"`
	}
	sue := w.token("sue")
	find := func(q string) (list []line, notOurs string) {
		var out struct {
			Numbers []line
			NotOurs string `json:"not_ours"`
		}
		w.get(sue, "/v1/numbers?q="+url.QueryEscape(q), &out)
		return out.Numbers, out.NotOurs
	}
	center := w.node.Directory().Center.CloneVT()
	center.Region = "US"
	later := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	center.Numbers = append(center.Numbers,
		&cc.Number{E164: north, Role: cc.NumberRole_TRACKING, Tenant: "north", Workflow: "n", FromMs: later.UnixMilli()},
		&cc.Number{E164: "+18005550300", Role: cc.NumberRole_SHARED, Workflow: "n"},
		&cc.Number{E164: "+18005550400", Role: cc.NumberRole_DIRECT_LINE, Agent: "bob"})
	require.NoError(t, w.node.ApplyCenter(w.ctx, center))

	call := w.callers.Dial("8005550100", "3125550101")
	var last string
	require.Eventually(t, func() bool {
		if list, _ := find("+1 800 555 0100"); len(list) > 0 {
			last = list[0].Last
		}
		return last != ""
	}, w.left(), tick)
	call.HangUp()
	w.await(call.Ended())
	for _, q := range []string{"+18005550100", "(800) 555-0100", "1 800 555 0100", "800.555.0100", "5550100"} {
		list, notOurs := find(q)
		require.Len(t, list, 2, q)
		require.Empty(t, notOurs)
		now, then := list[0], list[1]
		require.Equal(t, [4]string{"tracking", "north", "spring", "n"}, [4]string{now.Role, now.Tenant, now.Campaign, now.Workflow})
		require.NotEmpty(t, now.Since)
		require.Empty(t, now.From)
		require.Equal(t, last, now.Last)
		until, err := time.Parse(time.RFC3339, now.Until)
		require.NoError(t, err)
		require.True(t, later.Equal(until))
		require.Equal(t, now.Until, then.From)
		require.Empty(t, then.Since, "not yet")
		require.Empty(t, then.Campaign)
	}
	for _, q := range []string{"(312) 555-0142", "8005550200", "800 555 0400"} { // of nobody, of south, a line of south's agent
		list, notOurs := find(q)
		require.Empty(t, list, q)
		require.NotEmpty(t, notOurs, q)
	}
	list, _ := find("800 555 0300")
	require.Len(t, list, 1)
	require.Equal(t, "shared", list[0].Role)
	list, notOurs := find("SPRING")
	require.Len(t, list, 1)
	require.Empty(t, notOurs)
	_, notOurs = find("no such thing")
	require.Empty(t, notOurs)
}
