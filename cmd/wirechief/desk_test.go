package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The desk outlives the engine: it says so, comes back by itself and goes on after the last event it has seen.
func TestDeskComesBackAfterARestart(t *testing.T) {
	s := newSite(t)
	engine := s.serve(t)
	desk := startCommand(t, "desk", "--url", s.url(), "--login", "alice", "--password", "demo-alice")
	_, at := desk.out.await(t, 0, `"type":"snapshot"`)
	_, _ = desk.stdin.Write([]byte("available\n"))
	_, at = desk.out.await(t, at, `> status.set ok`)
	engine.stop(t)
	_, at = desk.out.await(t, at, `- connection lost \(.*\), trying to come back`)
	_, at = desk.out.await(t, at, `- not yet: .*connection refused`)
	engine = s.serve(t)
	_, at = desk.out.await(t, at, `- connected again, going on after event [1-9]`)
	_, _ = desk.stdin.Write([]byte("unavailable lunch\n"))
	desk.out.await(t, at, `> status.set ok`)
	desk.out.await(t, at, `"presence":"unavailable"`)
	_, _ = desk.stdin.Write([]byte("quit\n"))
	require.Equal(t, exitOK, desk.ended(t))
	engine.stop(t)
}

// It gives up in the end, and at once where the password is no longer good.
func TestDeskGivesUp(t *testing.T) {
	s := newSite(t)
	engine := s.serve(t)
	desk := startCommand(t, "desk", "--url", s.url(), "--login", "alice", "--password", "demo-alice", "--give-up", "1s")
	desk.out.await(t, 0, `"type":"snapshot"`)
	engine.stop(t)
	require.Equal(t, exitFailed, desk.ended(t))
	desk.err.await(t, 0, `coming back: gave up after 1s`)
}

func TestPauseGrowsWithJitterUpToABound(t *testing.T) {
	for n := range 40 {
		lo, hi := pause(n, 0), pause(n, 0.999)
		require.Less(t, lo, hi)
		require.LessOrEqual(t, hi, longPause)
		require.GreaterOrEqual(t, lo, firstPause/2)
		if n > 0 {
			require.GreaterOrEqual(t, lo, pause(n-1, 0))
		}
	}
	require.Equal(t, longPause/2, pause(1_000_000, 0))
	require.Less(t, pause(0, 0.999), 300*time.Millisecond)
}
