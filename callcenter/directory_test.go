package callcenter

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// R1: what is said of a number holds from its time on, until a later entry does; before the first it is not ours.
func TestR1NumbersAreEffectiveDated(t *testing.T) {
	d := NewDirectory(&Center{Numbers: []*Number{
		{E164: "+1", Campaign: "june", FromMs: 600},
		{E164: "+1", Campaign: "may", FromMs: 500},
		{E164: "+2", Campaign: "always"},
		{E164: "+2", Campaign: "later", FromMs: 700},
	}})
	for _, c := range []struct {
		number   string
		at       int64
		campaign string
	}{
		{"+1", 499, ""}, {"+1", 500, "may"}, {"+1", 599, "may"}, {"+1", 600, "june"}, {"+1", 9000, "june"},
		{"+2", 0, "always"}, {"+2", 699, "always"}, {"+2", 700, "later"}, {"+3", 700, ""},
	} {
		require.Equal(t, c.campaign, d.NumberAt(c.number, c.at).GetCampaign(), "%s at %d", c.number, c.at)
	}
	require.Len(t, d.NumberEntries("+1"), 2)
	require.Equal(t, "may", d.Number("+1").Campaign)
	require.Nil(t, d.Number("+3"))
}
