package main

import (
	"strings"
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

// What is typed about bubbles becomes the command it reads as.
func TestDeskLinesAboutBubbles(t *testing.T) {
	for line, want := range map[string]struct {
		typ    string
		fields map[string]any
	}{
		"bubble north":                {"bubble.create", map[string]any{"tenant": "north"}},
		"draft 2 leaking tap":         {"bubble.draft", map[string]any{"call": "c1", "version": uint64(2), "text": "leaking tap"}},
		"do dispatch job=j1":          {"bubble.action", map[string]any{"action": "dispatch", "job": "j1"}},
		"note location=l1":            {"bubble.note", map[string]any{"call": "c1", "location": "l1"}},
		"suggestion s1 yes":           {"bubble.suggestion", map[string]any{"call": "c1", "suggestion": "s1", "accept": true}},
		"callback off":                {"bubble.needs_callback", map[string]any{"call": "c1", "on": false}},
		"followup 2026-12-01 ask Jo":  {"bubble.follow_up", map[string]any{"call": "c1", "on": "2026-12-01", "note": "ask Jo"}},
		"correct c2 class not_lead":   {"call.correct", map[string]any{"call": "c2", "field": "class", "value": "not_lead"}},
		"correct c2 notes as it was":  {"call.correct", map[string]any{"call": "c2", "field": "notes", "value": "as it was"}},
		"whatever else may be typed ": {"", nil},
	} {
		typ, fields := bubbleLine(strings.Fields(line), "c1")
		require.Equal(t, want.typ, typ, line)
		require.Equal(t, want.fields, fields, line)
	}
}
