package actors_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/callcenter/figures"
)

// sumsOf adds everything up, by key.
func (f *floor) sumsOf(by figures.Dimension) map[string]func(measure string) int64 {
	f.t.Helper()
	p, now := f.n.Facts(), f.n.Journal().NowMs()
	require.NoError(f.t, p.Wait(f.ctx, f.n.Journal().Applied()))
	q := &figures.Query{Options: figures.Defaults(now), By: by, Dir: f.n.Directory(),
		Edges: []int64{figures.Quarter(now) - 4*figures.QuarterMs, figures.Quarter(now) + 4*figures.QuarterMs}}
	table := figures.NewTable(q)
	require.NoError(f.t, p.Read(f.ctx, q.Edges[0], q.Edges[1], now, table))
	out := map[string]func(string) int64{}
	for _, r := range table.Rows() {
		out[r.Key] = func(m string) int64 { return r.Sums[figures.MeasureOf(m)] }
	}
	return out
}

// Calls go in over SIP, figures come out: one is answered, one gives up.
func TestR77FiguresOfRealCalls(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	answered := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, answered.Answered())
	gaveUp := f.callers.Dial(testNumber, "+15550002")
	f.until("the second call waits", func() bool { return f.sumsOf(figures.ByQueue)["sales"](figures.Waiting) == 1 })
	gaveUp.HangUp()
	await(f.ctx, t, gaveUp.Ended())
	f.hangUp(answered)
	f.sound()

	sales := f.sumsOf(figures.ByQueue)["sales"]
	require.EqualValues(t, 2, sales(figures.Offered))
	require.EqualValues(t, 1, sales(figures.Answered))
	require.EqualValues(t, 1, sales(figures.Abandoned))
	require.EqualValues(t, 1, sales(figures.AbandonedShort))
	require.EqualValues(t, 1, sales("offers"))
	agent := f.sumsOf(figures.ByAgent)["agent0"]
	require.EqualValues(t, 1, agent(figures.Handled))
	require.EqualValues(t, 1, agent("excused"), "shorter than the threshold")
	require.Positive(t, agent(figures.SignedIn))
	require.LessOrEqual(t, agent(figures.TalkTime), agent(figures.HandleTime)+1000)
	nobody := f.sumsOf(figures.ByAgent)[""]
	require.EqualValues(t, 1, nobody("abandoned_unanswered"))
}
