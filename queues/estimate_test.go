package queues

import (
	"fmt"
	"testing"

	cc "github.com/wirechief/wirechief/callcenter"
)

// line is a queue of one agent where everybody waits behind those before; talk says how long each call takes.
type lineup struct {
	m     *Matcher
	now   int64
	next  int
	turns []string
}

func (l *lineup) come(t *testing.T) {
	id := fmt.Sprint("c", l.next)
	l.next++
	l.turns = append(l.turns, id)
	if !l.m.SetCall(&cc.WaitingCall{Call: id, Queue: "sales", EnqueuedMs: l.now, EnteredMs: l.now, Connected: true}) {
		t.Fatal("dropped")
	}
	l.m.Match(l.now)
}

// turn: the first caller is answered, talks for so long, and the agent is free again.
func (l *lineup) turn(ms int64) {
	talking := free("anna", 0)
	talking.Token, talking.Call = cc.TokenState_TALKING, l.turns[0]
	l.m.RemoveCall(l.turns[0])
	l.m.SetAgent(talking)
	l.m.Match(l.now)
	l.turns = l.turns[1:]
	l.now += ms
	l.m.Match(l.now)
}

func (l *lineup) stats(t *testing.T) EstimateStats {
	t.Helper()
	s, ok := l.m.EstimateStats("sales", l.now)
	if !ok {
		t.Fatal("no such queue")
	}
	return s
}

// R96: with a steady pace the estimates hold and are announced; with waits that nobody could tell they are not, and the
// measured error says so. What is older than an hour is forgotten.
func TestR96EstimateMeasuresItself(t *testing.T) {
	l := &lineup{m: oneQueue(t, Limits{}, "anna"), now: 1_700_000_000_000}
	for range 5 {
		l.come(t)
	}
	if e, ok := l.m.Estimate("c4", l.now); !ok || e.Position != 5 || e.WaitMs != 0 || e.Announce {
		t.Fatalf("nothing is known yet: %+v %v", e, ok)
	}
	for range 60 { // always five waiting, one answered every 20 s
		l.turn(20_000)
		l.come(t)
	}
	s := l.stats(t)
	if !s.Announceable || s.ErrorP90 > 0.25 || s.Checked < 40 || s.MsPerAnswer < 18_000 || s.MsPerAnswer > 22_000 {
		t.Fatalf("steady: %+v", s)
	}
	last := l.turns[len(l.turns)-1]
	if e, _ := l.m.Estimate(last, l.now); !e.Announce || e.Position != 5 || abs(e.WaitMs-5*s.MsPerAnswer) > 5 {
		t.Fatalf("fifth: %+v with %+v", e, s)
	}
	for i := range 50 { // most are answered at once, then one holds up all
		ms := int64(500)
		if i%7 == 0 {
			ms = 200_000
		}
		l.turn(ms)
		l.come(t)
	}
	if s := l.stats(t); s.Announceable || s.ErrorP90 < announceBelow {
		t.Fatalf("erratic: %+v", s)
	}
	if e, _ := l.m.Estimate(l.turns[0], l.now); e.Announce || e.Position != 1 {
		t.Fatalf("announced all the same: %+v", e)
	}
	l.now += 2 * 60 * 60_000
	if s := l.stats(t); s.Answers != 0 || s.Checked != 0 || s.Announceable {
		t.Fatalf("two hours on: %+v", s)
	}
}

func abs(v int64) int64 { return max(v, -v) }

// R96: time in which nobody waits is no pace, callers who give up are not answered.
func TestR96OnlyBusyTimeAndAnswersCount(t *testing.T) {
	l := &lineup{m: oneQueue(t, Limits{}, "anna"), now: 1_700_000_000_000}
	for range 12 {
		l.come(t)
		l.now += 4_000
		l.m.Match(l.now)
		l.turn(30_000) // an empty queue
	}
	if s := l.stats(t); s.Answers != 12 || s.MsPerAnswer != 4_000 {
		t.Fatalf("%+v", s)
	}
	l.come(t)
	l.m.RemoveCall(l.turns[0])
	l.m.Match(l.now)
	if s := l.stats(t); s.Answers != 12 {
		t.Fatalf("gave up: %+v", s)
	}
}
