package feed

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

type known struct{}

func (known) CallTenant(call string) string {
	if call == "1-a" {
		return "north"
	}
	return ""
}

func (known) AgentTenants(agent string) []string { return []string{"north", "south"} }

func record(events ...any) []byte {
	r := &cc.Record{}
	for _, e := range events {
		r.Events = append(r.Events, cc.NewEvent(e))
	}
	b, err := r.MarshalVT()
	if err != nil {
		panic(err)
	}
	return b
}

func row(key string, m interface{ MarshalVT() ([]byte, error) }) machine.IndexOp {
	b, err := m.MarshalVT()
	if err != nil {
		panic(err)
	}
	return machine.IndexOp{Key: []byte(key), Value: b}
}

// show is the events as JSON, without what all have.
func show(items []*Item) (out []string) {
	for _, it := range items {
		s := string(it.Frame())
		s = strings.ReplaceAll(s, `,"seq":7,"at":"2026-03-01T08:00:00.000Z","channel":"voice"`, "")
		out = append(out, s)
	}
	return out
}

// The public vocabulary, event by event.
func TestTranslate(t *testing.T) {
	const at = 1772352000000
	ended := &cc.CallSummary{
		Call: "1-a", Tenant: "north", Queue: "nq", Agent: "alice", Owner: "carol", ArrivedMs: at - 9000, EnqueuedMs: at - 8000,
		AnsweredMs: at - 5000, EndedMs: at, TalkMs: 5000, HoldMs: 700,
	}
	for _, c := range []struct {
		name   string
		change machine.Change
		want   []string
	}{
		{"arrival", machine.Change{Stream: "call/1-a", Records: [][]byte{record(
			&cc.CallArrived{Call: "1-a", Number: "+1800", Campaign: "spring", Caller: "+1555", Mode: cc.CallMode_MANAGED, Trunk: "t"},
			&cc.CallQueued{Queue: "nq", EnqueuedMs: at},
			&cc.CallerConnected{},
		)}}, []string{
			`{"type":"call.arrived","id":"7-0","tenant":"north","call":"1-a","number":"+1800","campaign":"spring","trunk":"t","caller":"+1555","mode":"managed"}`,
			`{"type":"call.queued","id":"7-1","tenant":"north","call":"1-a","queue":"nq","enqueued_at":"2026-03-01T08:00:00.000Z"}`,
			`{"type":"call.connected","id":"7-2","tenant":"north","call":"1-a"}`,
		}},
		{"offer", machine.Change{Stream: "call/1-a", Records: [][]byte{record(
			&cc.OfferMade{Offer: &cc.Offer{Id: "o1", Agent: "alice", Queue: "nq", DeadlineMs: at}},
			&cc.OfferRang{Offer: "o1"},
			&cc.OfferAccepted{Offer: "o1", By: "s"},
			&cc.OfferClosed{Offer: "o1", Agent: "alice", Outcome: cc.OfferOutcome_MISSED, Detail: "408"},
		)}}, []string{
			`{"type":"offer.made","id":"7-0","tenant":"north","call":"1-a","offer":"o1","agent":"alice","queue":"nq","deadline":"2026-03-01T08:00:00.000Z"}`,
			`{"type":"offer.accepted","id":"7-1","tenant":"north","call":"1-a","offer":"o1"}`,
			`{"type":"offer.ended","id":"7-2","tenant":"north","call":"1-a","offer":"o1","agent":"alice","outcome":"missed","detail":"408"}`,
		}},
		{"end", machine.Change{Stream: "call/1-a", Ops: []machine.IndexOp{row("c/1-a", ended)}, Records: [][]byte{record(
			&cc.CallEnded{Cause: cc.EndCause_END_CALLER}, &cc.Classified{Class: cc.Class_UNBOOKED, Provisional: true},
		)}}, []string{
			`{"type":"call.ended","id":"7-0","tenant":"north","call":"1-a","cause":"caller","queue":"nq","agent":"alice","owner":"carol",` +
				`"answered":true,"wait_ms":3000,"talk_ms":5000,"hold_ms":700,"total_ms":9000}`,
			`{"type":"call.classified","id":"7-1","tenant":"north","call":"1-a","class":"unbooked","provisional":true}`,
		}},
		{"bubble and links", machine.Change{Stream: "call/1-a", Records: [][]byte{record(
			&cc.BubbleTaken{Agent: "carol", From: "alice", Epoch: 2},
			&cc.LinkChanged{Level: cc.LinkLevel_LINK_BOOKED, Customer: "c", Job: "j", By: "carol"},
			&cc.AlsoBooked{Job: "k", By: "carol"}, &cc.NoteExcused{By: "carol"}, &cc.LinkConflict{Existing: "l", Wanted: "m", By: "carol"},
			&cc.BubbleCleared{Because: "booked"}, &cc.BubbleClosed{By: "system", Auto: true},
		)}}, []string{
			`{"type":"bubble.taken","id":"7-0","tenant":"north","call":"1-a","agent":"carol","from":"alice","epoch":2}`,
			`{"type":"link.changed","id":"7-1","tenant":"north","call":"1-a","level":"booked","customer":"c","job":"j","by":"carol"}`,
			`{"type":"link.also_booked","id":"7-2","tenant":"north","call":"1-a","job":"k","by":"carol"}`,
			`{"type":"bubble.excused","id":"7-3","tenant":"north","call":"1-a","by":"carol"}`,
			`{"type":"link.conflict","id":"7-4","tenant":"north","call":"1-a","existing":"l","wanted":"m","by":"carol"}`,
			`{"type":"bubble.cleared","id":"7-5","tenant":"north","call":"1-a","because":"booked"}`,
			`{"type":"bubble.closed","id":"7-6","tenant":"north","call":"1-a","by":"system","auto":true}`,
		}},
		{"what people make of a call", machine.Change{Stream: "call/1-a", Records: [][]byte{record(
			&cc.BubbleCreated{Call: "1-a", Agent: "carol"}, &cc.TenantSet{Tenant: "north", By: "carol"},
			&cc.Corrected{Field: cc.CorrectedField_CORRECTED_OWNER, Before: "alice", After: "carol", By: "sue", Why: "hers",
				ClassBefore: cc.Class_UNBOOKED, ClassAfter: cc.Class_UNBOOKED},
			&cc.FollowUpSet{On: "2026-03-02", Note: "n", By: "carol"}, &cc.FollowUpDone{By: "carol"},
		)}}, []string{
			`{"type":"bubble.created","id":"7-0","tenant":"north","call":"1-a","agent":"carol"}`,
			`{"type":"call.tenant_set","id":"7-1","tenant":"north","call":"1-a","by":"carol"}`,
			`{"type":"call.corrected","id":"7-2","tenant":"north","call":"1-a","field":"owner","before":"alice","after":"carol",` +
				`"class_before":"unbooked","class_after":"unbooked","by":"sue","why":"hers"}`,
			`{"type":"follow_up.set","id":"7-3","tenant":"north","call":"1-a","on":"2026-03-02","note":"n","by":"carol"}`,
			`{"type":"follow_up.done","id":"7-4","tenant":"north","call":"1-a","by":"carol"}`,
		}},
		{"an agent's status is of no single tenant, a wrap-up of its call's", machine.Change{Stream: "agent/alice", Records: [][]byte{record(
			&cc.PresenceChanged{Presence: cc.Presence_UNAVAILABLE, Reason: "lunch", By: "sue"},
			&cc.WrapUpStarted{Offer: "o1", Call: "1-a", Mode: cc.WrapUpMode_WRAPUP_TIMED, UntilMs: at},
			&cc.WrapUpEnded{Offer: "o1", By: "system"}, &cc.TokenFreed{Offer: "o1", Call: "1-a"},
		)}}, []string{
			`{"type":"agent.status","id":"7-0","agent":"alice","presence":"unavailable","reason":"lunch","by":"sue"}`,
			`{"type":"wrapup.started","id":"7-1","tenant":"north","agent":"alice","call":"1-a","offer":"o1","mode":"timed","until":"2026-03-01T08:00:00.000Z"}`,
			`{"type":"wrapup.ended","id":"7-2","tenant":"north","agent":"alice","call":"1-a","offer":"o1","by":"system"}`,
		}},
		{"what cannot be read is told", machine.Change{Stream: "call/1-a", Compacted: true}, []string{
			`{"type":"call.unreadable","id":"7-0","tenant":"north","call":"1-a"}`,
		}},
		{"configuration", machine.Change{Stream: "config", FirstVersion: 4, Ops: []machine.IndexOp{{Key: []byte("cfg/center")}}}, []string{
			`{"type":"center.changed","id":"7-0","version":4}`,
		}},
		{"the engine's own affairs", machine.Change{Ops: []machine.IndexOp{{Key: []byte("rt/x")}, {Key: []byte("c/y"), Value: []byte("?")}}}, nil},
		{"a record that is none", machine.Change{Stream: "call/1-a", Records: [][]byte{{0xff}}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.change.Index, c.change.TimeMs = 7, at
			require.Equal(t, c.want, show(Translate(&c.change, known{})))
		})
	}
}

// The catalog, the types in callcenter and the published order agree.
func TestCatalogIsComplete(t *testing.T) {
	var have []string
	for _, e := range Catalog() {
		have = append(have, e.Type)
		require.NotEmpty(t, e.Summary)
		require.True(t, json.Valid(encode(e.Value)))
		require.Contains(t, string(encode(e.Value)), `"channel"`, "R103")
	}
	require.Equal(t, cc.PublicEvents(), have)
}

func TestFilter(t *testing.T) {
	north, south := &Item{Type: "call.ended", Tenant: "north"}, &Item{Type: "call.ended", Tenant: "south"}
	both := &Item{Type: "agent.status", Tenants: []string{"north", "south"}}
	unsettled, open := &Item{Type: "call.arrived"}, &Item{Type: "center.changed", Open: true}
	for _, c := range []struct {
		name string
		f    Filter
		want []*Item
	}{
		{"one tenant", Filter{Tenants: []string{"north"}}, []*Item{north, both, open}},
		{"two", Filter{Tenants: []string{"north", "south"}}, []*Item{north, south, both, open}},
		{"none", Filter{}, []*Item{open}},
		{"everything", Filter{Everything: true}, []*Item{north, south, both, unsettled, open}},
		{"a group", Filter{Everything: true, Types: []string{"call.*"}}, []*Item{north, south, unsettled}},
		{"types", Filter{Tenants: []string{"south"}, Types: []string{"call.ended", "center.*"}}, []*Item{south, open}},
		{"a star alone is no group", Filter{Everything: true, Types: []string{"*"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []*Item
			for _, it := range []*Item{north, south, both, unsettled, open} {
				if c.f.Passes(it) {
					got = append(got, it)
				}
			}
			require.True(t, slices.Equal(c.want, got), "%v", got)
		})
	}
}

func TestGate(t *testing.T) {
	g := Gate{Max: 3, Each: 2}
	require.True(t, g.Enter("a") && g.Enter("a"))
	require.False(t, g.Enter("a"), "of one person")
	require.True(t, g.Enter("b"))
	require.False(t, g.Enter("c"), "altogether")
	g.Leave("a")
	require.True(t, g.Enter("c"))
}

func FuzzParseAfter(f *testing.F) {
	for _, s := range []string{"", "0", "17", "-1", "+1", "01", "9223372036854775807", "9223372036854775808", "1e3", "1_0", "٣", "0x1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseAfter(s)
		if err != nil {
			return
		}
		b, err := json.Marshal(n)
		require.NoError(t, err)
		require.Equal(t, s, string(b), "one spelling only")
	})
}
