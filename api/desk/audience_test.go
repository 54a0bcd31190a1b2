package desk

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/wirechief/wirechief/api/auth"
	cc "github.com/wirechief/wirechief/callcenter"
)

// R34, I12: two tenants by every role, before and after the answer.
func TestWhoSeesABubble(t *testing.T) {
	viewers := map[string]*Viewer{}
	dir := cc.NewDirectory(&cc.Center{})
	for _, role := range auth.RoleNames() {
		for _, tenant := range []string{"north", "south"} {
			name := role + "/" + tenant
			v := viewerOf(&auth.Principal{Agent: name, Role: role, Tenants: []string{tenant}}, "s-"+name, newState(dir))
			viewers[name] = &v
		}
	}
	offer := &cc.Offer{Id: "o", Agent: "csr/north"}
	watchers := []string{"supervisor/north", "admin/north", "auditor/north"}
	all := append([]string{"csr/north", "integrator/north"}, watchers...)
	for _, c := range []struct {
		name string
		call *cc.CallSummary
		want []string
	}{
		{"waiting", &cc.CallSummary{Tenant: "north", Phase: cc.CallPhase_WAITING}, watchers},
		{"offered", &cc.CallSummary{Tenant: "north", Phase: cc.CallPhase_OFFERED, Offer: offer}, append([]string{"csr/north"}, watchers...)},
		{"rings several", &cc.CallSummary{
			Tenant: "north", Phase: cc.CallPhase_OFFERED, Offer: &cc.Offer{Id: "p", Agent: "csr/elsewhere"},
			MoreOffers: []*cc.Offer{offer},
		}, append([]string{"csr/north"}, watchers...)},
		{"offered to one without a grant", &cc.CallSummary{
			Tenant: "south", Phase: cc.CallPhase_OFFERED, Offer: offer,
		}, []string{"supervisor/south", "admin/south", "auditor/south"}},
		{"answered", &cc.CallSummary{Tenant: "north", Phase: cc.CallPhase_BRIDGED, AnsweredMs: 1}, all},
		{"waits again", &cc.CallSummary{Tenant: "north", Phase: cc.CallPhase_WAITING, AnsweredMs: 1}, all},
		{"abandoned", &cc.CallSummary{Tenant: "north", Phase: cc.CallPhase_ENDED}, all},
		{"no tenant, waiting", &cc.CallSummary{Phase: cc.CallPhase_WAITING}, nil},
		{"no tenant, offered", &cc.CallSummary{Phase: cc.CallPhase_OFFERED, Offer: offer}, []string{"csr/north"}},
		{"forwarded, ringing", &cc.CallSummary{
			Tenant: "north", Phase: cc.CallPhase_ARRIVED, Mode: cc.CallMode_FORWARDED,
		}, all},
		{"manual", &cc.CallSummary{
			Tenant: "north", Phase: cc.CallPhase_ENDED, Kind: cc.BubbleKind_BUBBLE_MANUAL, Owner: "csr/north",
		}, all},
		{"no tenant, ended", &cc.CallSummary{Phase: cc.CallPhase_ENDED, Owner: "csr/south"}, []string{"csr/south"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := bubbleAudience(c.call)
			var got []string
			for name, v := range viewers {
				if Receives(v, &to) {
					got = append(got, name)
				}
			}
			require.ElementsMatch(t, c.want, got)
			for name, v := range viewers { // lists, summaries and timelines show no more than the live view
				require.Equal(t, Receives(v, &to), MayRead(v, c.call), name)
			}
		})
	}
}

// R35: who does not see a call of their tenant yet hears from the machine why they may not, not that it is unknown.
func TestWhoMayNameACall(t *testing.T) {
	csr := &Viewer{Agent: "alice", Tenants: []string{"north"}}
	waiting := &cc.CallSummary{Tenant: "north", Phase: cc.CallPhase_WAITING}
	require.False(t, MayRead(csr, waiting))
	require.True(t, MayName(csr, waiting))
	waiting.Tenant = "south"
	require.False(t, MayName(csr, waiting))
}

func TestAudience(t *testing.T) {
	alice := &Viewer{Session: "s1", Agent: "alice", Tenants: []string{"north"}, Queues: []string{"q"}}
	sue := &Viewer{Session: "s2", Agent: "sue", Tenants: []string{"north"}, Supervises: true}
	ann := &Viewer{Session: "s3", Tenants: []string{"north"}, Supervises: true}
	for _, c := range []struct {
		name string
		to   Audience
		want [3]bool // alice, sue, ann
	}{
		{"nobody", Audience{}, [3]bool{}},
		{"agent", Audience{Agent: "alice"}, [3]bool{true, false, false}},
		{"agent but one session", Audience{Agent: "alice", Except: "s1"}, [3]bool{}},
		{"agent of another tenant", Audience{Agent: "alice", Tenant: "south"}, [3]bool{}},
		{"everyone", Audience{Tenant: "north", Scope: Everyone}, [3]bool{true, true, true}},
		{"everyone of no tenant", Audience{Scope: Everyone}, [3]bool{}},
		{"supervisors", Audience{Tenant: "north", Scope: Supervisors}, [3]bool{false, true, true}},
		{"supervisors of some", Audience{Tenants: []string{"south", "north"}, Scope: Supervisors, Not: "sue"}, [3]bool{false, false, true}},
		{"supervisors of others", Audience{Tenants: []string{"south"}, Scope: Supervisors}, [3]bool{}},
		{"members", Audience{Queue: "q", Tenants: []string{"south"}, Scope: Members}, [3]bool{true, false, false}},
		{"members and supervisors", Audience{Queue: "x", Tenants: []string{"north"}, Scope: Members}, [3]bool{false, true, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, [3]bool{Receives(alice, &c.to), Receives(sue, &c.to), Receives(ann, &c.to)})
		})
	}
}

// I12: whatever the audience, what tells of a tenant reaches only those granted it.
func TestNoByteOfAnotherTenant(t *testing.T) {
	word := rapid.SampledFrom([]string{"", "a", "b", "c"})
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		v := &Viewer{
			Session: word.Draw(t, "session"), Agent: word.Draw(t, "agent"), Tenants: words.Draw(t, "grants"),
			Queues: words.Draw(t, "queues"), Supervises: rapid.Bool().Draw(t, "supervises"),
		}
		a := &Audience{
			Tenant: word.Draw(t, "tenant"), Tenants: words.Draw(t, "tenants"), Agent: word.Draw(t, "to"),
			Not: word.Draw(t, "not"), Except: word.Draw(t, "except"), Queue: word.Draw(t, "queue"),
			Scope: Scope(rapid.IntRange(0, int(Members)).Draw(t, "scope")),
		}
		if Receives(v, a) && a.Tenant != "" && !v.granted(a.Tenant) {
			t.Fatalf("%+v receives %+v", v, a)
		}
	})
}

func TestRingReplaysWhatOneMayHave(t *testing.T) {
	v := &Viewer{Agent: "alice", Tenants: []string{"north"}}
	mine, theirs := Audience{Agent: "alice"}, Audience{Agent: "bob"}
	r := &ring{}
	r.reset(10)
	add := func(seq uint64, to Audience, frame string) {
		r.add([]*delivery{{seq: seq, to: to, frame: []byte(frame)}})
	}
	add(11, mine, "11")
	add(12, theirs, "x")
	add(13, mine, "13a")
	add(13, mine, "13b")
	add(15, mine, "15")
	after := func(from uint64) (out []string, ok bool) {
		missed, ok := r.after(v, from)
		for _, d := range missed {
			out = append(out, string(d.frame))
		}
		return out, ok
	}
	for _, c := range []struct {
		from uint64
		want []string
		ok   bool
	}{
		{9, nil, false}, {10, []string{"11", "13a", "13b", "15"}, true}, {11, []string{"13a", "13b", "15"}, true},
		{12, []string{"13a", "13b", "15"}, true}, {13, []string{"13a", "13b", "15"}, true}, {14, []string{"15"}, true},
		{15, nil, true}, {20, nil, true},
	} {
		got, ok := after(c.from)
		require.Equal(t, c.ok, ok, "from %d", c.from)
		require.ElementsMatch(t, c.want, got, "from %d", c.from)
	}
	for i := range uint64(ringFrames + 100) {
		add(100+i, mine, "y")
	}
	require.LessOrEqual(t, len(r.items)-r.head, ringFrames)
	_, ok := after(15)
	require.False(t, ok, "forgotten")
	_, ok = after(100 + ringFrames)
	require.True(t, ok)
	_, ok = after(r.floor)
	require.False(t, ok, "too many for a replay")
}
