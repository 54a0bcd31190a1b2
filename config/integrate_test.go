package config

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
)

// What a file says of webhooks and the look-up is what the journal gets, without any secret; a file that says nothing
// differs in nothing from one of before there were any.
func TestIntegrationsAreBuilt(t *testing.T) {
	text, err := os.ReadFile("testdata/webhooks.good.yml")
	require.NoError(t, err)
	f, err := Parse("webhooks.good.yml", text)
	require.NoError(t, err)
	c, err := f.Center.Build(nil)
	require.NoError(t, err)
	require.Len(t, c.Webhooks, 2)
	w := c.Webhooks[0]
	require.Equal(t, "CRM_SECRET", w.SecretEnv)
	require.Equal(t, []string{"call.ended", "bubble.*"}, w.Events)
	require.Equal(t, int64(10_000), w.TimeoutMs)
	require.Equal(t, int32(100), w.BatchMax)
	require.Equal(t, int64(86_400_000), w.ParkAfterMs)
	require.True(t, c.Webhooks[1].Paused)
	require.Equal(t, int64(250), c.Lookup.DeadlineMs)
	require.False(t, c.Lookup.NoDirectory)

	demo, err := Demo()
	require.NoError(t, err)
	plain, err := demo.Center.Build(nil)
	require.NoError(t, err)
	require.Nil(t, plain.Lookup)
	require.Empty(t, Diff(plain, plain.CloneVT()))
	changed := plain.CloneVT()
	changed.Webhooks, changed.Lookup = c.Webhooks, &cc.CustomerLookup{DeadlineMs: 250}
	require.Equal(t, []string{"webhooks[crm] added", "webhooks[lan] added", "lookup changed"}, Diff(plain, changed))
}
