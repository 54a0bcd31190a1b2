package audit_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/persistence/machine"
)

func arrived() any {
	return &cc.CallArrived{Call: "c1", Company: "acme", Tenant: "north", Number: "+1", Leg: "leg-c"}
}
func queued() any {
	return &cc.CallQueued{Queue: "sales", EnqueuedMs: 10, MaxWaitUntilMs: 99_000, WaitSeq: 2}
}
func connected() any { return &cc.CallerConnected{} }
func made(offer, by string) any {
	return &cc.OfferMade{Offer: &cc.Offer{Id: offer, Agent: by, Queue: "sales", TimerSeq: 3}, Leg: "leg-a"}
}
func closed(offer, by string, o cc.OfferOutcome) any {
	return &cc.OfferClosed{Offer: offer, Agent: by, Outcome: o}
}
func answered(offer, by string, epoch uint64) any {
	return &cc.Answered{Offer: offer, Agent: by, OwnerEpoch: epoch}
}
func callEnded() any { return &cc.CallEnded{Cause: cc.EndCause_END_CALLER} }

func created(id string) any      { return &cc.AgentCreated{Agent: id, Company: "acme"} }
func granted(offer string) any   { return &cc.TokenGranted{Offer: offer, Call: "c1", Queue: "sales"} }
func talking(offer string) any   { return &cc.TokenTalking{Offer: offer} }
func wrapUp(offer string) any    { return &cc.WrapUpStarted{Offer: offer, UntilMs: 5_000, TimerSeq: 4} }
func wrapUpEnd(offer string) any { return &cc.WrapUpEnded{Offer: offer, By: "system"} }
func freed(offer string, o cc.OfferOutcome) any {
	return &cc.TokenFreed{Offer: offer, Call: "c1", Outcome: o}
}

// story is a journal of one call and one agent, correct until a test breaks it.
type story struct{ call, agent []at }

func talked() story {
	return story{
		call: []at{
			{10, []any{arrived(), queued()}}, {20, []any{made("of-0", "ann")}},
			{30, []any{closed("of-0", "ann", cc.OfferOutcome_MISSED)}}, {40, []any{made("of-1", "ann")}},
			{50, []any{connected(), answered("of-1", "ann", 1)}}, {60, []any{callEnded()}},
		},
		agent: []at{
			{1, []any{created("ann")}}, {15, []any{granted("of-0")}}, {35, []any{freed("of-0", cc.OfferOutcome_MISSED)}},
			{38, []any{granted("of-1")}}, {55, []any{talking("of-1")}}, {65, []any{wrapUp("of-1")}},
			{5_900, []any{wrapUpEnd("of-1"), freed("of-1", cc.OfferOutcome_ANSWERED)}},
		},
	}
}

func (s *story) add(ms int64, events ...any)      { s.call = append(s.call, at{ms, events}) }
func (s *story) addAgent(ms int64, events ...any) { s.agent = append(s.agent, at{ms, events}) }

// upTo keeps the first records of call and agent.
func (s *story) upTo(call, agent int) { s.call, s.agent = s.call[:call], s.agent[:agent] }

func TestClean(t *testing.T) {
	b, s := newBook(t), talked()
	b.call("c1", s.call)
	b.agent("ann", s.agent)
	r := b.audit(true)
	require.Empty(t, r.Violations)
	require.Equal(t, 1, r.Calls)
	require.Equal(t, 1, r.Agents)
	require.Equal(t, 1, r.Answered)
	require.Equal(t, 0, r.Live)
	require.Equal(t, map[string]int{"END_CALLER": 1}, r.Ended)
	require.Equal(t, 16, r.Events)
}

// A call that talks, one that waits: nothing wrong, quiet or not.
func TestCleanLive(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		b, s := newBook(t), talked()
		s.upTo(5, 5)
		b.call("c1", s.call)
		b.call("c2", []at{{10, []any{&cc.CallArrived{Call: "c2", Leg: "x"}, queued()}}})
		b.agent("ann", s.agent)
		r := b.audit(quiet)
		require.Empty(t, r.Violations)
		require.Equal(t, 2, r.Live)
	}
}

// Each kind of violation is planted alone and found, and nothing else is.
func TestPlanted(t *testing.T) {
	for _, tc := range []struct {
		name  string
		plant func(b *book, s *story)
		loud  bool // something may be under way
		want  []string
	}{
		{name: "offer made twice", plant: func(_ *book, s *story) {
			s.upTo(1, 2)
			s.add(20, made("of-0", "ann"))
			s.add(30, closed("of-0", "ann", cc.OfferOutcome_WITHDRAWN_MOVED))
			s.add(40, made("of-0", "ann"))
		}, want: []string{"I1 c1: offer of-0 was made 2 times"}},
		{name: "offer without a token", plant: func(_ *book, s *story) {
			s.upTo(3, 1)
		}, want: []string{"I1 c1: offer of-0 was made without the token of ann"}},
		{name: "two tokens at once", plant: func(_ *book, s *story) {
			s.upTo(1, 2)
			s.addAgent(16, granted("of-9"))
		}, loud: true, want: []string{"I1 ann: token granted to of-9 while of-0 holds it"}},
		{name: "token freed twice", plant: func(_ *book, s *story) {
			s.addAgent(6_000, freed("of-1", cc.OfferOutcome_ANSWERED))
		}, want: []string{
			`I1 ann: freed the token of of-1 while "" holds it`, "I1 ann: the token of offer of-1 was freed 2 times",
		}},
		{name: "another's token freed", plant: func(_ *book, s *story) {
			s.upTo(2, 2)
			s.addAgent(25, freed("of-7", cc.OfferOutcome_MISSED))
		}, loud: true, want: []string{`I1 ann: freed the token of of-7 while "of-0" holds it`}},
		{name: "token held for nothing", plant: func(_ *book, s *story) {
			s.upTo(3, 2)
		}, want: []string{"I1 ann: holds the token for offer of-0 that call c1 does not have"}},
		{name: "token held for nothing, not yet told", loud: true, plant: func(_ *book, s *story) {
			s.upTo(3, 2)
		}},
		{name: "token given back too early", plant: func(_ *book, s *story) {
			s.upTo(5, 5)
			s.addAgent(56, freed("of-1", cc.OfferOutcome_ANSWERED))
		}, want: []string{"I1 c1: has offer of-1 whose token ann has given back"}},
		{name: "offer while another is open", plant: func(_ *book, s *story) {
			s.upTo(2, 2)
			s.add(25, made("of-2", "bob"))
		}, loud: true, want: []string{
			"I2 c1: offer of-2 made in phase OFFERED", "I1 c1: offer of-2 was made without the token of bob",
		}},
		{name: "answered without an offer", plant: func(_ *book, s *story) {
			s.call = append(s.call[:3:3], at{50, []any{answered("of-1", "ann", 1)}}, s.call[5])
		}, want: []string{"I2 c1: answered in phase WAITING"}},
		{name: "answered twice", plant: func(_ *book, s *story) {
			s.upTo(5, 5)
			s.add(55, answered("of-1", "ann", 2))
		}, want: []string{"I2 c1: answered in phase BRIDGED", "I10 c1: offer of-1 ended 2 times"}},
		{name: "ended without a cause", plant: func(_ *book, s *story) {
			s.call[5] = at{60, []any{&cc.CallEnded{}}}
		}, want: []string{"I2 c1: ended without a cause"}},
		{name: "ended twice", plant: func(_ *book, s *story) {
			s.add(70, callEnded())
		}, want: []string{"I2 c1: ended twice"}},
		{name: "never queued, never ended", plant: func(_ *book, s *story) {
			s.call, s.agent = []at{{10, []any{arrived()}}}, s.agent[:1]
		}, want: []string{"I2 c1: is in phase ARRIVED"}},
		{name: "would not come back", plant: func(_ *book, s *story) {
			s.upTo(5, 5)
		}, want: []string{"I2 c1: is BRIDGED but would not be brought back after a restart"}},
		{name: "not in the waiting index", plant: func(_ *book, s *story) {
			s.upTo(1, 1)
		}, want: []string{"I2 c1: index says waiting=false, the call true"}},
		{name: "waits in the index only", plant: func(_ *book, _ *story) {
		}, want: []string{"I2 c1: index says waiting=true, the call false"}},
		{name: "owner epoch goes back", plant: func(_ *book, s *story) {
			s.call[4] = at{50, []any{connected(), answered("of-1", "ann", 0)}}
		}, want: []string{"I4 c1: answer with owner epoch 0 after 0"}},
		{name: "claimed from its owner", plant: func(_ *book, s *story) {
			s.add(70, &cc.BubbleClaimed{Agent: "bob", Epoch: 2})
		}, want: []string{`I4 c1: claimed by bob with epoch 2 while "ann" owns epoch 1`}},
		{name: "taken from the wrong owner", plant: func(_ *book, s *story) {
			s.add(70, &cc.BubbleTaken{Agent: "bob", From: "cleo", Epoch: 2})
		}, want: []string{`I4 c1: taken from cleo with epoch 2 while "ann" owns epoch 1`}},
		{name: "wrap-up ended late", plant: func(_ *book, s *story) {
			s.agent[6].ms = 6_001
		}, want: []string{"I6 ann: wrap-up of of-1 ended 1001 ms late"}},
		{name: "two outcomes", plant: func(_ *book, s *story) {
			s.agent[2] = at{35, []any{freed("of-0", cc.OfferOutcome_REJECTED)}}
		}, want: []string{"I10 c1: offer of-0 ended MISSED, its agent ann was told REJECTED"}},
		{name: "offer closed twice", plant: func(_ *book, s *story) {
			s.call = append(s.call[:3:3], at{35, []any{closed("of-0", "ann", cc.OfferOutcome_MISSED)}})
			s.agent = s.agent[:3]
		}, want: []string{"I10 c1: offer of-0 ended 2 times"}},
		{name: "call summary differs", plant: func(_ *book, _ *story) {
		}, want: []string{"I11 c1: replay differs from the index"}},
		{name: "agent summary differs", plant: func(_ *book, _ *story) {
		}, want: []string{"I11 ann: replay differs from the index"}},
		{name: "call record unreadable", plant: func(b *book, _ *story) {
			b.raw["call/c1"] = []byte{0xff, 0xff}
		}, want: []string{"I11 c1: record 7 cannot be read: unexpected EOF"}},
		{name: "agent record unreadable", plant: func(b *book, _ *story) {
			b.raw["agent/ann"] = []byte{0xff, 0xff}
		}, want: []string{"I11 ann: record 8 cannot be read: unexpected EOF"}},
		{name: "unknown event", plant: func(b *book, _ *story) {
			b.raw["call/c1"] = records([]at{{70, nil}})[0]
			r := cc.Record{Events: []*cc.Event{{}}}
			b.raw["call/c1"], _ = r.MarshalVT()
			b.raw["agent/ann"] = b.raw["call/c1"]
		}, want: []string{"I11 c1: record 7 has an unknown event", "I11 ann: record 8 has an unknown event"}},
		{name: "events out of all order", plant: func(b *book, s *story) {
			b.broken = true
			s.call = []at{{10, []any{arrived(), &cc.OfferRang{Offer: "of-0"}}}}
			s.agent = []at{{10, []any{talking("of-0")}}}
		}, want: []string{
			"I11 c1: record 1 cannot be applied: runtime error: invalid memory address or nil pointer dereference",
			"I11 ann: record 1 cannot be applied: runtime error: invalid memory address or nil pointer dereference",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, s := newBook(t), talked()
			tc.plant(b, &s)
			b.call("c1", s.call)
			b.agent("ann", s.agent)
			switch tc.name { // what is planted in the index
			case "would not come back":
				delete(b.index, "l/c1")
			case "not in the waiting index":
				delete(b.index, "w/c1")
			case "waits in the index only":
				b.index["w/c1"] = []byte{}
			case "call summary differs":
				b.index["c/c1"] = append(b.index["c/c1"], b.index["c/c1"]...)
			case "agent summary differs":
				b.index["a/ann"] = []byte{}
			}
			var got []string
			for _, v := range b.audit(!tc.loud).Violations {
				got = append(got, v.String())
			}
			require.Equal(t, tc.want, got)
		})
	}
}

// An agent whose older records were cut is replayed from the snapshot; that its old grants are gone is no finding.
func TestSnapshot(t *testing.T) {
	b, s := newBook(t), talked()
	b.call("c1", s.call)
	b.agent("ann", s.agent)
	state := agent.New("ann", "acme")
	for _, x := range s.agent {
		for _, e := range x.events {
			agent.Apply(state, cc.NewEvent(e), x.ms)
		}
	}
	snap, err := state.MarshalVT()
	require.NoError(t, err)
	tail := []at{{9_000, []any{&cc.MissesChanged{Misses: 2}}}}
	b.append(&machine.Append{Stream: "agent/ann", Snapshot: snap, Compact: true})
	b.append(&machine.Append{Stream: "agent/ann", Records: records(tail)})
	require.Empty(t, b.audit(true).Violations)
}

// A journal that is wrong everywhere gives a bounded report.
func TestBounded(t *testing.T) {
	b := newBook(t)
	for i := range 250 {
		b.index[fmt.Sprintf("c/c%03d", i)] = []byte{}
	}
	require.Len(t, b.audit(true).Violations, 200)
}
