package desk

import (
	"fmt"
	"testing"
	"time"

	"github.com/wirechief/wirechief/api/auth"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// aCall is what one call from its arrival to its end changes, as the journal tells it.
func aCall(b testing.TB, first uint64, id string) (out []machine.Change) {
	add := func(stream, key string, value interface{ MarshalVT() ([]byte, error) }, events ...any) {
		rec := &cc.Record{NowMs: 1_700_000_000_000}
		for _, e := range events {
			rec.Events = append(rec.Events, cc.NewEvent(e))
		}
		data, err := rec.MarshalVT()
		if err != nil {
			b.Fatal(err)
		}
		v, err := value.MarshalVT()
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, machine.Change{
			Index: first + uint64(len(out)), TimeMs: 1_700_000_000_000, Stream: stream, Records: [][]byte{data},
			Ops: []machine.IndexOp{{Key: []byte(key), Value: v}},
		})
	}
	call := func(s *cc.CallSummary, events ...any) {
		s.Call, s.Tenant, s.Queue, s.Number, s.Caller = id, "north", "desk", "+13125550100", "+15551234567"
		s.ArrivedMs, s.Campaign = 1_700_000_000_000, "spring"
		add(CallStreams+id, CallPrefix+id, s, events...)
	}
	agent := func(s *cc.AgentSummary, events ...any) { add(AgentStreams+s.Agent, AgentPrefix+s.Agent, s, events...) }
	offer := &cc.Offer{Id: "of-" + id, Agent: "alice", Queue: "desk"}
	shown := cc.BubbleDesk_DESK_SHOWN
	call(&cc.CallSummary{Phase: cc.CallPhase_WAITING, Desk: shown}, &cc.CallArrived{}, &cc.CallQueued{})
	agent(&cc.AgentSummary{Agent: "alice", Call: id}, &cc.TokenGranted{})
	call(&cc.CallSummary{Phase: cc.CallPhase_OFFERED, Desk: shown, Offer: offer}, &cc.OfferMade{Offer: offer})
	call(&cc.CallSummary{Phase: cc.CallPhase_BRIDGED, Desk: shown, AnsweredMs: 1, Owner: "alice", Agent: "alice"},
		&cc.Answered{Agent: "alice", Offer: offer.Id})
	agent(&cc.AgentSummary{Agent: "alice", Call: id, Focus: id}, &cc.FocusChanged{Call: id})
	call(&cc.CallSummary{Phase: cc.CallPhase_ENDED, Desk: shown, AnsweredMs: 1, Owner: "alice"}, &cc.CallEnded{})
	agent(&cc.AgentSummary{Agent: "alice"})
	call(&cc.CallSummary{Phase: cc.CallPhase_ENDED, Desk: cc.BubbleDesk_DESK_CLOSED, AnsweredMs: 1, Owner: "alice"},
		&cc.BubbleClosed{By: "alice"})
	return out
}

// BenchmarkChanges is what the hub does for one call from arrival to end, by who is connected.
func BenchmarkChanges(b *testing.B) {
	center := &cc.Center{
		Company: "acme", Tenants: []*cc.Tenant{{Id: "north"}, {Id: "south"}},
		Queues: []*cc.Queue{{Id: "desk", Tenants: []string{"north"}}},
		Agents: []*cc.Agent{
			{Id: "alice", Name: "Alice", Tenants: []string{"north"}, Queues: []string{"desk"}},
			{Id: "bob", Name: "Bob", Tenants: []string{"south"}},
		},
	}
	for _, c := range []struct {
		name, agent, role, tenant string
		clients                   int
	}{
		{"of_another_tenant", "bob", "csr", "south", 1},
		{"the_agent", "alice", "csr", "north", 1},
		{"supervisors", "sue", "supervisor", "north", 10},
	} {
		b.Run(fmt.Sprintf("%s=%d", c.name, c.clients), func(b *testing.B) {
			l := newLoop(&Hub{o: Options{Now: time.Now}})
			l.state = newState(cc.NewDirectory(center))
			for i := range c.clients {
				s := newSession(l.h, nil, "")
				s.closed = true // it takes frames and writes none
				s.who.Store(&auth.Principal{Agent: fmt.Sprint(c.agent, i), Role: c.role, Tenants: []string{c.tenant}})
				if c.clients == 1 {
					s.who.Load().Agent = c.agent
				}
				l.sessions[s] = struct{}{}
				l.view(s)
			}
			changes := aCall(b, 1, "1-a")
			b.ReportAllocs()
			for b.Loop() {
				l.changes(changes)
			}
		})
	}
}
