package queues

import (
	"fmt"
	"testing"

	cc "github.com/wirechief/wirechief/callcenter"
)

// R94: places left are bounded; what is dropped early is counted, what is too old is only forgotten.
func TestR94LeftPlacesAreBounded(t *testing.T) {
	m, err := New(cc.NewDirectory(&cc.Center{Queues: []*cc.Queue{{Id: "q", RedialWindowMs: longestRedialMs}}}), Limits{MaxLeft: 3})
	if err != nil {
		t.Fatal(err)
	}
	leave := func(caller string, at int64) {
		m.SetLeft(&cc.LeftPlace{Call: "of " + caller, Queue: "q", Caller: caller, LeftMs: at})
	}
	finds := func(caller string, now int64) bool {
		_, ok := m.Redial("q", "", caller, now)
		return ok
	}
	for i := range 4 {
		leave(fmt.Sprint("+", i), 1_000)
	}
	if finds("+0", 2_000) || !finds("+1", 2_000) || !finds("+3", 2_000) || m.Stats().LeftDropped != 1 {
		t.Fatalf("the oldest is dropped: %+v", m.Stats())
	}
	m.RemoveLeft(&cc.LeftPlace{Call: "of +3", Queue: "q", Caller: "+3"})
	if finds("+3", 2_000) {
		t.Fatal("taken over and still there")
	}
	leave("+9", 1_001+longestRedialMs)
	if len(m.redials.left) != 1 || m.Stats().LeftDropped != 1 {
		t.Fatalf("%d left, %+v", len(m.redials.left), m.Stats())
	}
}
