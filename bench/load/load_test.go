package load

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// TestMain lets the test program be its own children.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Child {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := RunChild(ctx, os.Stdout, os.Args[2:]); err != nil {
			_, _ = os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1) //nolint:gocritic // nothing is left to stop
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func testHost(t *testing.T) *Host {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return &Host{Dir: t.TempDir(), Core: -1, Self: self, Log: t.Output()}
}

// Every call of a small step is accounted for, the journal knows them all, and nothing is left behind.
func TestStep(t *testing.T) {
	h := testHost(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	r, err := h.NewRig(ctx, Options{Agents: 5})
	require.NoError(t, err)
	hold := [2]time.Duration{10 * time.Millisecond, 30 * time.Millisecond}
	s, err := r.Run(ctx, Plan{Rate: 50, Calls: 40, Hold: hold, Seed: 7, Patient: time.Minute})
	require.NoError(t, err)
	require.Equal(t, 40, s.Served, "%v", s.Why)
	require.Zero(t, s.Failed)
	require.Equal(t, int64(40), s.Ring.Count)
	require.GreaterOrEqual(t, s.Ring.P50, s.RingWire.P50)
	require.Positive(t, s.CPUPerCall)
	re, err := r.Reoffer(ctx, 10, 20, hold)
	require.NoError(t, err)
	require.GreaterOrEqual(t, re.Latency.Count, int64(20))
	require.Zero(t, re.Failed)
	require.NoError(t, r.Stop())
	f, err := r.Inspect(ctx)
	require.NoError(t, err)
	require.Empty(t, f.Violations)
	require.GreaterOrEqual(t, f.Calls, 60)
	require.GreaterOrEqual(t, f.CommitsToRing, 3, "arrival, reservation, offer; more for calls that waited on a slow machine")
	require.Positive(t, f.CallBytes)
	dir := r.Site.Dir
	require.NoError(t, r.Close())
	require.NoDirExists(t, dir)
}

func TestMemory(t *testing.T) {
	h := testHost(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	r, err := h.NewRig(ctx, Options{Agents: 3, Record: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	m, err := r.Memory(ctx, 5)
	require.NoError(t, err)
	require.Equal(t, 3, m.Bridged)
	require.Positive(t, m.Base)
}

func TestJournal(t *testing.T) {
	h := testHost(t)
	f, err := h.Journal(context.Background(), h.Dir, 50*time.Millisecond, 1, 8)
	require.NoError(t, err)
	require.Positive(t, f.SyncPerSecond)
	require.Len(t, f.Runs, 2)
	require.Equal(t, 8, f.Runs[1].Writers)
	for _, r := range f.Runs {
		require.Positive(t, r.PerSecond)
		require.GreaterOrEqual(t, r.BytesPerAppend, 200.0)
	}
}

func TestChildRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, args := range [][]string{nil, {"fly"}, {"seed"}, {"journal", "d", "long"}, {"journal", "d", "1s", "many"}} {
		require.ErrorIs(t, RunChild(context.Background(), os.Stdout, args), errChild, args)
	}
}

func TestCallerNumbers(t *testing.T) {
	for _, n := range []int{0, 1, 9_999_999} {
		got, ok := numberOf(callerOf(n))
		require.True(t, ok)
		require.Equal(t, n, got)
	}
	for _, bad := range []string{"", "12345", "+1555abcdefg"} {
		_, ok := numberOf(bad)
		require.False(t, ok, bad)
	}
}

// A generator that is late does not make the engine look fast: time counts from when the call was due.
func TestLateGeneratorIsCounted(t *testing.T) {
	s := Step{Plan: Plan{Calls: 2}}
	ms := int64(time.Millisecond)
	s.count([]entry{
		{due: 1 * ms, sent: 41 * ms, rung: 42 * ms, ended: 50 * ms, served: true},
		{due: 2 * ms, sent: 2 * ms, ended: 60 * ms, final: 503},
	}, 0, 100*ms)
	require.Equal(t, 1, s.Served)
	require.Equal(t, map[string]int{"503": 1}, s.Why)
	require.InDelta(t, 41*ms, int64(s.Ring.P50), float64(ms)/10)
	require.InDelta(t, ms, int64(s.RingWire.P50), float64(ms)/100)
	require.InDelta(t, 40*ms, int64(s.Late.Max), float64(ms)/10)
	require.False(t, s.Clean())
}
