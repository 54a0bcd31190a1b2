package actors_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	cc "github.com/wirechief/wirechief/callcenter"
)

// R5, R101: a trunk that spells numbers as its country does reaches the tracking number, and the lists of callers meet
// the caller.
func TestR5R101NationalSpellings(t *testing.T) {
	f := newFloor(t, 0, func(c *cc.Center) {
		c.Region = "US"
		c.Numbers[0].E164 = "+13125550178"
		c.Tenants[0].TestCallers = []string{"+13125550101"}
		c.Tenants[0].BlockedCallers = []string{"+13125550199"}
	})
	arrived := func() (all []*cc.CallSummary) {
		v := f.n.Journal().View()
		defer v.Close()
		for _, value := range v.Scan([]byte(actors.SummaryPrefix)) {
			s := &cc.CallSummary{}
			require.NoError(t, s.UnmarshalVT(value))
			all = append(all, s)
		}
		return all
	}
	spellings := []string{"3125550178", "13125550178", "+13125550178"}
	for _, dialled := range spellings {
		call := f.callers.Dial(dialled, "3125550101")
		defer f.hangUp(call)
	}
	f.until("all arrived", func() bool { return len(arrived()) == len(spellings) })
	for _, s := range arrived() {
		require.Equal(t, "+13125550178", s.Number)
		require.Equal(t, "+13125550101", s.Caller)
		require.True(t, s.Test)
	}
	blocked := f.callers.Dial("3125550178", "13125550199")
	await(f.ctx, t, blocked.Ended())
	require.Equal(t, 603, blocked.Result().Final)
}
