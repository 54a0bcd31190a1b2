package actors_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/callback"
)

// callbackOf reads the open callback of a number, or the newest that has ended; nil if there is none.
func callbackOf(t *testing.T, n *actors.Node, number string) *cc.CallbackState {
	t.Helper()
	v := n.Journal().View()
	defer v.Close()
	for _, prefix := range []string{actors.CallbackPrefix, actors.CallbackEnded} {
		for _, value := range v.Scan([]byte(prefix)) {
			s := &cc.CallbackState{}
			require.NoError(t, s.UnmarshalVT(value))
			if s.Number == number {
				return s
			}
		}
	}
	return nil
}

// R54 on a real node: a caller gives up, calls again, is called back and reached.
func TestR54CallbackOfARealCall(t *testing.T) {
	const caller = "+15550001"
	f := newFloor(t, 0, nil)
	give := func() {
		c := f.callers.Dial(testNumber, caller)
		await(f.ctx, t, c.Answered()) // by the queue
		f.hangUp(c)
	}
	give()
	f.until("a callback", func() bool { return callbackOf(t, f.n, caller) != nil })
	s := callbackOf(t, f.n, caller)
	require.Equal(t, cc.CallbackStatus_CALLBACK_OPEN, s.Status)
	require.Equal(t, s.OpenedMs+callback.DefaultDueMs, s.DueMs)
	give()
	f.until("the second joined", func() bool { return len(callbackOf(t, f.n, caller).Causes) == 2 })

	ask := func(msg any) error { return f.n.AskCallback(f.ctx, "north", caller, msg) }
	require.NoError(t, ask(&cc.ClaimCallback{Agent: "alice"}))
	var refused *cc.Error
	require.ErrorAs(t, ask(&cc.AttemptCallback{Agent: "bob"}), &refused)
	require.Equal(t, cc.CodeCallbackClaimed, refused.Code)
	require.ErrorAs(t, f.n.AskCallback(f.ctx, "north", "+1999", &cc.ClaimCallback{Agent: "bob"}), &refused)
	require.Equal(t, cc.CodeNotFound, refused.Code)

	// Calls of ours cannot be dialled yet: what one would leave in the index.
	began := callbackOf(t, f.n, caller).OpenedMs + 1000
	out, err := (&cc.CallSummary{
		Call: "1-out", Tenant: "north", Caller: caller, Class: cc.Class_CLASS_OUTBOUND, Phase: cc.CallPhase_ENDED,
		ArrivedMs: began, AnsweredMs: began + 5000, EndedMs: began + 30_000, TalkMs: 25_000,
	}).MarshalVT()
	require.NoError(t, err)
	require.NoError(t, f.n.PutIndex(f.ctx, "c/1-out", out))
	f.until("reached", func() bool { return !callback.Open(callbackOf(t, f.n, caller)) })
	s = callbackOf(t, f.n, caller)
	require.Equal(t, cc.CallbackStatus_CALLBACK_REACHED, s.Status)
	require.Equal(t, "1-out", s.ReachedCall)
	require.ErrorAs(t, ask(&cc.ClaimCallback{Agent: "alice"}), &refused)
	require.Equal(t, cc.CodeCallbackEnded, refused.Code)
	require.NoError(t, f.n.PutIndex(f.ctx, "c/1-out", nil)) // no call of this node: the audit knows it not
}

// Many at once: one of them has the claim.
func TestR54OneClaims(t *testing.T) {
	f := newFloor(t, 0, nil)
	require.NoError(t, f.n.AskCallback(f.ctx, "north", "+1", &cc.CallReported{
		Call: "x", Kind: cc.CallbackKind_CALLBACK_ABANDONED, EndedMs: f.n.Journal().NowMs(),
	}))
	var wg sync.WaitGroup
	won := make(chan string, 20)
	for i := range 20 {
		who := string(rune('a' + i))
		wg.Go(func() {
			if f.n.AskCallback(f.ctx, "north", "+1", &cc.ClaimCallback{Agent: who}) == nil {
				won <- who
			}
		})
	}
	wg.Wait()
	require.Len(t, won, 1)
	require.Equal(t, <-won, callbackOf(t, f.n, "+1").ClaimedBy)
}

// What was reported before a restart is not lost, and not counted twice.
func TestR54OverARestart(t *testing.T) {
	dir := t.TempDir()
	c := testCenter(0, nil)
	n := startNode(t, dir, c)
	for _, call := range []string{"1", "2"} {
		sum, err := (&cc.CallSummary{
			Call: call, Tenant: "north", Caller: "+1", Class: cc.Class_ABANDONED_UNANSWERED, Phase: cc.CallPhase_ENDED,
			ArrivedMs: n.Journal().NowMs(), EndedMs: n.Journal().NowMs(),
		}).MarshalVT()
		require.NoError(t, err)
		require.NoError(t, n.PutIndex(t.Context(), "c/"+call, sum))
	}
	require.NoError(t, n.Close()) // perhaps before the calls were reported
	n = startNode(t, dir, c)
	require.Eventually(t, func() bool {
		s := callbackOf(t, n, "+1")
		return s != nil && len(s.Causes) == 2
	}, patience, 2e6)
	require.NoError(t, n.Close())
}
