package config

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	cc "github.com/wirechief/wirechief/callcenter"
)

// R67: what a file says of skills, tiers and strategies is what the matcher gets.
func TestR67RoutingIsBuilt(t *testing.T) {
	data, err := os.ReadFile("testdata/r67_routing.good.yml")
	require.NoError(t, err)
	c, err := parseCenter(t, string(data)).Build(nil)
	require.NoError(t, err)
	q := c.Queues[0]
	require.Equal(t, "most_skilled", q.Strategy)
	require.Equal(t, []int64{20_000, 40_000}, q.TierAfterMs)
	require.Equal(t, int64(10_000), q.PreferredWindowMs)
	require.True(t, q.LastAgent)
	require.Equal(t, cc.SkipIf_SKIP_NONE_AVAILABLE, q.SkipIf)
	require.Equal(t, int64(120_000), q.HeadStartMs(q.Priority))
	require.Len(t, q.Skills, 1)
	require.True(t, proto.Equal(q.Skills[0], &cc.SkillNeed{
		Name: "gas", Level: 5, Relax: []*cc.SkillStep{{AfterMs: 30_000, Level: 3}, {AfterMs: 60_000}},
	}), "%v", q.Skills[0])
	require.Equal(t, 4, c.Queues[1].RingAllLimit())
	amy := c.Agents[0]
	require.Equal(t, int32(2), amy.Tier("all"))
	require.Equal(t, int32(3), amy.Position("all"))
	require.Equal(t, int32(1), amy.Tier("desk"))
	require.Equal(t, int32(4), amy.SkillLevel("gas"))
	steps := c.Workflows[0].Steps
	require.False(t, steps[0].DropAge)
	require.True(t, steps[1].DropAge)
	require.Equal(t, "spanish", steps[0].Skills[0].Name)
}
