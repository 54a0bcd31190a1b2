package actors_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
)

// draftOf is what the index holds of a bubble's draft, nil when there is none.
func (f *floor) draftOf(id string) *cc.Draft {
	v := f.n.Journal().View()
	defer v.Close()
	value, ok := v.Get([]byte(b2bua.DraftPrefix + id))
	if !ok {
		return nil
	}
	d := &cc.Draft{}
	require.NoError(f.t, d.UnmarshalVT(value))
	return d
}

// R39: a manual bubble lives like a call's: its actor sleeps between commands, its draft stands in the index until the
// close, and it is the agent's focus from the start (R38).
func TestR39ManualBubble(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	id, err := f.n.CreateBubble(f.ctx, &cc.CreateBubble{Agent: "agent0", Tenant: "north"})
	require.NoError(t, err)
	f.until("focused", func() bool { return agentSummary(t, f.n, "agent0").Focus == id })
	require.NoError(t, f.n.AskCall(f.ctx, id, &cc.WriteDraft{Agent: "agent0", Text: []byte("sink")}))
	require.Equal(t, "sink", string(f.draftOf(id).Text))
	f.until("asleep", func() bool { return !f.n.Active(id) })
	err = f.n.AskCall(f.ctx, id, &cc.WriteDraft{Agent: "agent0", Text: []byte("tap")})
	require.ErrorContains(t, err, cc.CodeDraftConflict)
	require.NoError(t, f.n.AskCall(f.ctx, id, &cc.CloseBubble{Agent: "agent0"}))
	require.Nil(t, f.draftOf(id))
	f.until("no focus", func() bool { return agentSummary(t, f.n, "agent0").Focus == "" })
	f.until("asleep again", func() bool { return !f.n.Active(id) })

	_, err = f.n.CreateBubble(f.ctx, &cc.CreateBubble{Agent: "nobody"})
	require.ErrorContains(t, err, cc.CodeNoGrant)
}

// R52: the actor of a closed call is woken for a correction. R46: a booking that named no bubble finds the one call it
// may belong to.
func TestR46R52AfterTheClose(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	call := f.callers.Dial(testNumber, "+15550001")
	r := f.rings()
	await(f.ctx, t, call.Answered())
	f.until("talking", func() bool { return callSummary(t, f.n, r.Call).Phase == cc.CallPhase_BRIDGED })
	require.NoError(t, f.n.AskCall(f.ctx, r.Call, &cc.HangUp{Agent: "agent0"}))
	await(f.ctx, t, call.Ended())
	require.NoError(t, f.n.AskCall(f.ctx, r.Call, &cc.CloseBubble{Agent: "agent0"}))
	f.until("asleep", func() bool { return !f.n.Active(r.Call) })
	require.NoError(t, f.n.AskCall(f.ctx, r.Call,
		&cc.Correct{By: "boss", Field: cc.CorrectedField_CORRECTED_CLASS, Value: "not_lead"}))
	s := callSummary(t, f.n, r.Call)
	require.Equal(t, cc.Class_EXCUSED_SHORT, s.Class)
	require.Equal(t, cc.Class_NOT_LEAD, s.CorrectedClass)

	id, err := f.n.SuggestBooking(f.ctx, &cc.SuggestBooking{Agent: "agent0", Caller: "+15559999", Job: "j1"})
	require.NoError(t, err)
	require.Empty(t, id)
	id, err = f.n.SuggestBooking(f.ctx, &cc.SuggestBooking{Agent: "agent0", Caller: "+15550001", Job: "j1"})
	require.NoError(t, err)
	require.Equal(t, r.Call, id)
	g := callSummary(t, f.n, id).Suggestion
	require.Equal(t, "j1", g.Job)
	require.NoError(t, f.n.AskCall(f.ctx, id, &cc.AnswerSuggestion{Agent: "agent0", Suggestion: g.Id, Accept: true}))
	require.Equal(t, cc.Class_BOOKED, callSummary(t, f.n, id).Class)
}

// R44: who acts is told that the link is refused, and the conflict is on record.
func TestR44ConflictIsToldAndKept(t *testing.T) {
	f := newFloor(t, 1, nil)
	f.available("agent0")
	id, err := f.n.CreateBubble(f.ctx, &cc.CreateBubble{Agent: "agent0", Tenant: "north"})
	require.NoError(t, err)
	require.NoError(t, f.n.AskCall(f.ctx, id, &cc.ReportNote{Agent: "agent0", Location: "l1"}))
	v := f.n.Journal().View()
	version := v.StreamVersion("call/" + id)
	v.Close()
	err = f.n.AskCall(f.ctx, id, &cc.ReportBooked{Agent: "agent0", Location: "l2", Job: "j"})
	require.ErrorContains(t, err, cc.CodeLinkConflict)
	v = f.n.Journal().View()
	defer v.Close()
	require.Greater(t, v.StreamVersion("call/"+id), version)
}

// R8: a call to a shared number has no tenant until its owner sets it; the list by time follows.
func TestR8SharedNumber(t *testing.T) {
	const shared = "+18005550199"
	f := newFloor(t, 1, func(c *cc.Center) {
		c.Numbers = append(c.Numbers, &cc.Number{
			E164: shared, Role: cc.NumberRole_SHARED, Workflow: c.Workflows[0].Id, Connect: cc.ConnectMode_ON_AGENT,
		})
	})
	f.available("agent0")
	call := f.callers.Dial(shared, "+15550001")
	r := f.rings()
	await(f.ctx, t, call.Answered())
	f.until("talking", func() bool { return callSummary(t, f.n, r.Call).Phase == cc.CallPhase_BRIDGED })
	require.Empty(t, callSummary(t, f.n, r.Call).Tenant)
	require.NoError(t, f.n.AskCall(f.ctx, r.Call, &cc.SetTenant{Agent: "agent0", Tenant: "north"}))
	s := callSummary(t, f.n, r.Call)
	require.Equal(t, "north", s.Tenant)
	v := f.n.Journal().View()
	defer v.Close()
	row, ok := v.Get(b2bua.TimeKey(b2bua.TimesPrefix, s.ArrivedMs, r.Call))
	require.True(t, ok)
	require.Equal(t, "north", string(row))
	require.ErrorContains(t, f.n.AskCall(f.ctx, r.Call, &cc.SetTenant{Agent: "agent0", Tenant: "north"}), cc.CodeTenantSet)
}
