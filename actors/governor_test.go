package actors

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// site is a node with room for so many calls a second; what is over its room queues.
type site struct {
	*governor
	now     time.Time
	room    float64
	due     float64
	served  float64
	waiting []time.Time
}

func (s *site) offer(rate float64, d time.Duration) (taken, refused int) {
	const step = time.Millisecond
	for until := s.now.Add(d); s.now.Before(until); s.now = s.now.Add(step) {
		for s.due += rate * step.Seconds(); s.due >= 1; s.due-- {
			if !s.admit(s.now) {
				refused++
				continue
			}
			taken++
			s.begin()
			s.waiting = append(s.waiting, s.now)
		}
		for s.served += s.room * step.Seconds(); s.served >= 1; s.served-- {
			if len(s.waiting) > 0 {
				s.settled(s.waiting[0], s.now)
				s.waiting = s.waiting[1:]
			}
		}
	}
	return taken, refused
}

func (s *site) limit() float64 {
	_, bound := s.level()
	return bound
}

func newSite(room float64) *site {
	return &site{governor: newGovernor(), now: time.Unix(0, 0), room: room}
}

func TestGovernorTakesAllWhileInTime(t *testing.T) {
	s := newSite(1200)
	_, refused := s.offer(1000, 10*time.Second)
	require.Zero(t, refused)
	require.Zero(t, s.limit())
}

// However much is offered, nine tenths of the room are served and the line stays short; afterwards all is taken again.
func TestGovernorHoldsGoodput(t *testing.T) {
	for _, over := range []float64{1.1, 1.5, 2, 4, 10} {
		s := newSite(1000)
		s.offer(1000*over, 2*time.Second) // to find its level
		taken, _ := s.offer(1000*over, 20*time.Second)
		require.Greater(t, taken, 20_000*9/10, "at %.1f times the room", over)
		require.Less(t, len(s.waiting), 300, "waiting at %.1f times the room", over)
		s.offer(100, 5*time.Second)
		require.Zero(t, s.limit())
	}
}

// A node that got slower while it was behind takes what it can do now.
func TestGovernorFollowsTheNode(t *testing.T) {
	s := newSite(1000)
	s.offer(3000, 3*time.Second)
	s.room = 200
	s.offer(3000, 3*time.Second)
	taken, _ := s.offer(3000, 10*time.Second)
	require.InDelta(t, 2000, taken, 200)
	require.Less(t, len(s.waiting), 60)
}

// A burst is served, however large: a node that is behind for a moment is not behind.
func TestGovernorForgivesABurst(t *testing.T) {
	s := newSite(1000)
	_, refused := s.offer(3000, 50*time.Millisecond)
	_, later := s.offer(500, 2*time.Second)
	require.Zero(t, refused+later)
}

// What is refused for another reason is not under way for ever, and is no sign of a quick node either.
func TestGovernorForgetsTheDropped(t *testing.T) {
	g := newGovernor()
	for range 1000 {
		g.begin()
		g.dropped()
	}
	underway, _ := g.level()
	require.Zero(t, underway)
	require.Zero(t, g.records)
	require.Zero(t, g.least)
}
