package actors_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A matcher that fails is replaced by one that reads everything again: the next call finds its agent.
func TestFailedMatcherIsReplaced(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	require.NoError(t, f.n.BreakMatcher(t.Context()))
	c := f.callers.Dial(testNumber, "+15551234")
	require.Equal(t, "agent0", f.rings().User)
	await(f.ctx, t, c.Answered())
	f.hangUp(c)
	f.until("inputs handled are no longer counted", func() bool { return f.n.MatcherDepth() == 0 })
	require.Equal(t, 1.0, f.counter("panics_total"))
	require.Equal(t, 1.0, f.counter("matcher_resets_total"))
}
